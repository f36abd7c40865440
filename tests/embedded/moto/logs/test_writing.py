"""PutLogEvents: which events are kept, and what the response says of the others."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.logs.spool import SpooledEvents
from tracing_lab.embedded.moto.logs.writing import accepted
from tracing_lab.embedded.moto.plane import ControlPlane

DAY_MS = 24 * 3_600_000
NOW_MS = 100 * DAY_MS
OLD, EXPIRED, KEPT, NEW = (NOW_MS + days * DAY_MS for days in (-15, -5, -1, 1))


@pytest.mark.parametrize(
    "times, days, kept, rejected",
    [
        ([KEPT], None, 1, {}),
        ([OLD], None, 0, {"tooOldLogEventEndIndex": 1}),
        ([OLD, OLD, KEPT], None, 1, {"tooOldLogEventEndIndex": 2}),
        ([KEPT, NEW, NEW], None, 1, {"tooNewLogEventStartIndex": 1}),
        ([NEW, NEW], None, 0, {"tooNewLogEventStartIndex": 0}),
        ([EXPIRED, KEPT], None, 2, {}),
        ([EXPIRED, KEPT], 3, 1, {"expiredLogEventEndIndex": 1}),
        ([OLD, EXPIRED, KEPT], 3, 1, {"tooOldLogEventEndIndex": 1, "expiredLogEventEndIndex": 2}),
        (
            [OLD, KEPT, NEW],
            None,
            1,
            {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 2},
        ),
        ([], None, 0, {}),
    ],
)
def test_the_ends_of_a_batch_are_rejected(
    times: list[int], days: int | None, kept: int, rejected: dict[str, int]
) -> None:
    events = [{"timestamp": time_ms, "message": "m"} for time_ms in times]
    found, info = accepted(events, NOW_MS, days)
    assert (len(found), info) == (kept, rejected)


@pytest.fixture
def logs(control: ControlPlane) -> Any:
    client = client_of(control, "logs")
    client.create_log_group(logGroupName="g")
    client.create_log_stream(logGroupName="g", logStreamName="s")
    return client


def put(logs: Any, *times_ms: int, stream: str = "s", group: str = "g") -> dict[str, Any]:
    events = [{"timestamp": time_ms, "message": str(time_ms)} for time_ms in times_ms]
    found = logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return dict(found.get("rejectedLogEventsInfo", {}))


def test_what_is_rejected_is_not_read_again(logs: Any) -> None:
    now_ms = time.time_ns() // 1_000_000
    assert put(logs, now_ms, now_ms + 3 * 3_600_000) == {"tooNewLogEventStartIndex": 1}
    assert put(logs, now_ms - 20 * DAY_MS) == {"tooOldLogEventEndIndex": 1}
    assert put(logs, now_ms + 1) == {}
    found = logs.get_log_events(logGroupName="g", logStreamName="s")["events"]
    assert [event["timestamp"] for event in found] == [now_ms, now_ms + 1]


def test_events_of_clients_are_on_disk_too(logs: Any) -> None:
    put(logs, time.time_ns() // 1_000_000)
    stream = backend("logs", REGION).groups["g"].streams["s"]
    assert isinstance(stream.events, SpooledEvents)


@pytest.mark.parametrize(
    "times, names, code",
    [
        ((5, 4), {}, "InvalidParameterException"),
        ((0, DAY_MS + 1), {}, "InvalidParameterException"),
        ((1,), {"stream": "other"}, "ResourceNotFoundException"),
        ((1,), {"group": "other"}, "ResourceNotFoundException"),
    ],
)
def test_batches_that_cannot_be_are_rejected(
    logs: Any, times: tuple[int, ...], names: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        put(logs, *times, **names)
    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("by_service", [True, False])
def test_what_was_set_for_a_group_outlives_the_server(
    restart: Callable[[], ControlPlane], *, by_service: bool
) -> None:
    control = restart()
    logs = client_of(control, "logs")
    if by_service:  # as a function's group comes to be
        control.put_log_events(REGION, "g", "auto", [(time.time_ns() // 1_000_000, "line")])
    else:
        logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_retention_policy(logGroupName="g", retentionInDays=3)
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="g",
        filterName="f",
        filterPattern="",
        metricTransformations=[transformation],
    )
    logs = client_of(restart(), "logs")
    assert put(logs, time.time_ns() // 1_000_000) == {}
    (group,) = logs.describe_log_groups()["logGroups"]
    assert (group["retentionInDays"], group["metricFilterCount"]) == (3, 1)
    logs.delete_log_group(logGroupName="g")
    logs = client_of(restart(), "logs")
    assert logs.describe_log_groups()["logGroups"] == []
