"""Subscription filters send on what matches, and nothing else."""

import base64
import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from control_planes import REGION, client_of, make_function

from tracing_lab.embedded.model import ServiceCall
from tracing_lab.embedded.moto.plane import ControlPlane

GROUP = "/aws/lambda/order"
START_MS = int(time.time()) * 1000  # PutLogEvents accepts no event of long ago
EVENTS = [(START_MS, '{"level":"ERROR","ms":12}'), (START_MS + 1, '{"level":"INFO","ms":200}')]


@pytest.fixture
def calls() -> list[ServiceCall]:
    return []


@pytest.fixture
def plane(tmp_path: Path, calls: list[ServiceCall]) -> Iterator[ControlPlane]:
    plane = ControlPlane(tmp_path)
    plane.on_service_call(REGION, calls.append)
    client_of(plane, "logs").create_log_group(logGroupName=GROUP)
    yield plane
    plane.reset()
    plane.close()


def subscribe(plane: ControlPlane, pattern: str) -> str:
    """Send a group's events to a function; return the function's ARN."""
    arn = str(make_function(plane)["FunctionArn"])
    client_of(plane, "logs").put_subscription_filter(
        logGroupName=GROUP, filterName="errors", filterPattern=pattern, destinationArn=arn
    )
    return arn


def content(call: ServiceCall) -> dict[str, Any]:
    data = json.loads(call.payload)["awslogs"]["data"]
    unpacked: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(data)))
    return unpacked


def test_a_function_gets_the_events_that_match(
    plane: ControlPlane, calls: list[ServiceCall]
) -> None:
    arn = subscribe(plane, '{ $.level = "ERROR" }')
    plane.put_log_events(REGION, GROUP, "a1", EVENTS)
    plane.put_log_events(REGION, GROUP, "a1", EVENTS[1:])
    (call,) = calls
    assert (call.function_arn, call.principal) == (arn, "logs.amazonaws.com")
    assert call.source_arn.endswith(f":log-group:{GROUP}:*")
    message = content(call)
    assert (message["logGroup"], message["logStream"]) == (GROUP, "a1")
    assert message["subscriptionFilters"] == ["errors"]
    assert [event["message"] for event in message["logEvents"]] == [EVENTS[0][1]]


def test_events_that_somebody_writes_are_filtered_too(
    plane: ControlPlane, calls: list[ServiceCall]
) -> None:
    subscribe(plane, "ERROR")
    logs = client_of(plane, "logs")
    logs.create_log_stream(logGroupName=GROUP, logStreamName="mine")
    events = [{"timestamp": time_ms, "message": message} for time_ms, message in EVENTS]
    logs.put_log_events(logGroupName=GROUP, logStreamName="mine", logEvents=events)
    assert [len(content(call)["logEvents"]) for call in calls] == [1]


def test_an_empty_pattern_matches_everything(plane: ControlPlane, calls: list[ServiceCall]) -> None:
    subscribe(plane, "")
    plane.put_log_events(REGION, GROUP, "a1", EVENTS)
    assert [len(content(call)["logEvents"]) for call in calls] == [2]


def test_another_group_gets_what_matches(plane: ControlPlane) -> None:
    logs = client_of(plane, "logs")
    logs.create_log_group(logGroupName="errors")
    group = logs.describe_log_groups(logGroupNamePrefix="errors")["logGroups"][0]
    logs.create_log_stream(logGroupName="errors", logStreamName="a1")
    logs.put_subscription_filter(
        logGroupName=GROUP, filterName="e", filterPattern="ERROR", destinationArn=group["arn"]
    )
    plane.put_log_events(REGION, GROUP, "a1", EVENTS)
    found = logs.filter_log_events(logGroupName="errors")["events"]
    assert [event["message"] for event in found] == [EVENTS[0][1]]
