"""FilterLogEvents and TestMetricFilter through AWS's own client, on a control control."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of

from tracing_lab.embedded.moto.plane import ControlPlane

GROUP = "/aws/lambda/order"
START_MS = (time.time_ns() // 10**9 // 3600 - 2) * 3_600_000  # a minute that PutLogEvents accepts
LINES = ('{"level":"ERROR","ms":12}', '{"level":"INFO","ms":200}', "plain text")


@pytest.fixture
def logs(control: ControlPlane) -> Any:
    """Return the client of Logs, with a group that has two streams."""
    events = [(START_MS + number, line) for number, line in enumerate(LINES)]
    control.put_log_events(REGION, GROUP, "a1", events)
    control.put_log_events(REGION, GROUP, "b1", [(START_MS + 1, "from b"), (START_MS + 9, "last")])
    return client_of(control, "logs")


def messages(logs: Any, **options: Any) -> list[str]:
    found = logs.filter_log_events(logGroupName=GROUP, **options)
    assert found["searchedLogStreams"] == []
    return [event["message"] for event in found["events"]]


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ('{ $.level = "ERROR" }', [LINES[0]]),
        ("{ $.ms > 100 }", [LINES[1]]),
        ("-ERROR", [LINES[1], "from b", LINES[2], "last"]),
        ("?plain ?INFO", [LINES[1], LINES[2]]),
        ("%(nothing)%", None),
    ],
)
def test_a_pattern_selects_events(logs: Any, pattern: str, expected: list[str] | None) -> None:
    if expected is not None:
        assert messages(logs, filterPattern=pattern) == expected
        return
    with pytest.raises(logs.exceptions.InvalidParameterException, match="Invalid filter pattern: "):
        messages(logs, filterPattern=pattern)


def test_streams_are_interleaved_by_time(logs: Any) -> None:
    assert messages(logs) == [LINES[0], LINES[1], "from b", LINES[2], "last"]
    assert messages(logs, startFromHead=False)[0] == "last"
    assert messages(logs, logStreamNames=["b1"]) == ["from b", "last"]
    assert messages(logs, logStreamNamePrefix="a") == list(LINES)


def test_both_ends_of_the_time_range_are_included(logs: Any) -> None:
    assert messages(logs, startTime=START_MS + 1, endTime=START_MS + 1) == [LINES[1], "from b"]


@pytest.mark.parametrize("head", [True, False])
def test_pages_hold_every_event_once_though_more_arrive(
    logs: Any, control: ControlPlane, *, head: bool
) -> None:
    whole = messages(logs, startFromHead=head)
    first = logs.filter_log_events(logGroupName=GROUP, limit=2, startFromHead=head)
    arrival = (START_MS - 1) if head else START_MS + 100  # before what was read already
    control.put_log_events(REGION, GROUP, "c1", [(arrival, "late")])
    seen, token = [event["message"] for event in first["events"]], first["nextToken"]
    while token:
        page = logs.filter_log_events(logGroupName=GROUP, limit=2, nextToken=token)
        seen += [event["message"] for event in page["events"]]
        token = page.get("nextToken")
    assert seen == whole


def test_a_page_has_at_most_a_megabyte(logs: Any, control: ControlPlane) -> None:
    control.put_log_events(REGION, "big", "s", [(START_MS + n, f"{n}" * 200_000) for n in range(8)])
    page = logs.filter_log_events(logGroupName="big")
    assert len(page["events"]) == 5
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="big")
    assert [event["message"][0] for page in pages for event in page["events"]] == list("01234567")


Call = Callable[[Any], Any]


@pytest.mark.parametrize(
    "call, code",
    [
        (lambda logs: logs.filter_log_events(logGroupName="none"), "ResourceNotFoundException"),
        (lambda logs: logs.filter_log_events(), "InvalidParameterException"),
        (
            lambda logs: logs.filter_log_events(logGroupName=GROUP, logGroupIdentifier=GROUP),
            "InvalidParameterException",
        ),
        (lambda logs: messages(logs, nextToken="x"), "InvalidParameterException"),
        (lambda logs: messages(logs, limit=10_001), "InvalidParameterException"),
        (lambda logs: messages(logs, startTime=2, endTime=1), "InvalidParameterException"),
        (lambda logs: messages(logs, logStreamNames=["none"]), "ResourceNotFoundException"),
        (
            lambda logs: messages(logs, logStreamNames=["a1"], logStreamNamePrefix="a"),
            "InvalidParameterException",
        ),
        (
            lambda logs: logs.put_metric_filter(
                logGroupName=GROUP,
                filterName="f",
                filterPattern="{ $.x = }",
                metricTransformations=[
                    {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
                ],
            ),
            "InvalidParameterException",
        ),
        (
            lambda logs: logs.test_metric_filter(filterPattern="a@b", logEventMessages=["x"]),
            "InvalidParameterException",
        ),
    ],
)
def test_requests_that_cannot_be_are_rejected(logs: Any, call: Call, code: str) -> None:
    with pytest.raises(ClientError) as caught:
        call(logs)
    assert caught.value.response["Error"]["Code"] == code


def test_a_group_may_be_named_by_its_arn(logs: Any) -> None:
    (group,) = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    arn = group["arn"].removesuffix(":*")
    found = logs.filter_log_events(logGroupIdentifier=arn, filterPattern="plain")
    assert [event["message"] for event in found["events"]] == ["plain text"]


def test_a_metric_filter_can_be_tested(logs: Any) -> None:
    found = logs.test_metric_filter(
        filterPattern="[ip, status = 4*]", logEventMessages=["::1 200", "::1 404", "404"]
    )
    assert found["matches"] == [
        {
            "eventNumber": 2,
            "eventMessage": "::1 404",
            "extractedValues": {"$ip": "::1", "$status": "404"},
        }
    ]
