"""Reading the services' logs."""

import contextlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from tracing_lab import Config
from tracing_lab.aws import Identity
from tracing_lab.errors import AwsError, ConfigError
from tracing_lab.logs import (
    fetch,
    frame_from_events,
    frame_from_results,
    lines_of_traces,
    query,
    tail,
)

CONFIG = Config(target="embedded")
OUTPUTS: Any = SimpleNamespace(log_groups={"order": "/aws/lambda/order", "access": "/api"})


class EnoughError(Exception):
    """Ends a follow."""


@dataclass
class FakeLogs:
    """Answers one page a poll."""

    pages: list[list[dict[str, Any]]]
    asked: list[tuple[str, int]] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)

    def filter_events(
        self, group: str, *, start_ms: int, end_ms: int | None = None, pattern: str = ""
    ) -> list[dict[str, Any]]:
        self.asked.append((group, start_ms))
        self.patterns.append(pattern)
        return self.pages.pop(0)


def event(number: int) -> dict[str, Any]:
    return {"eventId": str(number), "timestamp": 1_000_000 + number, "message": f"line {number}\n"}


def follow_until_the_pages_end(logs: FakeLogs) -> list[str]:
    def sleep(_seconds: float) -> None:
        if not logs.pages:
            raise EnoughError

    aws: Any = SimpleNamespace(logs=logs)
    seen: list[str] = []
    with contextlib.suppress(EnoughError):
        for one in tail(CONFIG, OUTPUTS, "order", follow=True, aws=aws, sleep=sleep):
            seen.append(one.message)  # noqa: PERF401 - what was seen counts when it is cut short
    return seen


def test_events_come_in_order_without_line_ends() -> None:
    logs = FakeLogs([[event(1), event(2)]])
    aws: Any = SimpleNamespace(logs=logs)
    events = tail(CONFIG, OUTPUTS, "order", since_s=100, aws=aws, clock=lambda: 1000.0)
    assert [one.message for one in events] == ["line 1", "line 2"]
    assert logs.asked == [("/aws/lambda/order", 900_000)]


def test_following_shows_each_event_once() -> None:
    logs = FakeLogs([[event(1)], [event(1), event(2)], [event(2), event(3)]])
    assert follow_until_the_pages_end(logs) == ["line 1", "line 2", "line 3"]


def test_an_unknown_service_is_refused_before_anything_is_asked() -> None:
    logs = FakeLogs([])
    aws: Any = SimpleNamespace(logs=logs)
    with pytest.raises(ConfigError, match="order, access"):
        next(tail(CONFIG, OUTPUTS, "shipping", aws=aws))
    assert logs.asked == []


def test_following_a_long_time_shows_each_event_once_and_forgets_old_ones() -> None:
    def at(second: int) -> dict[str, Any]:
        return {"eventId": str(second), "timestamp": second * 1000, "message": f"at {second}"}

    # each poll returns all of the last ten seconds, and what arrived late among them
    pages = [[at(0), at(5)], [at(0), at(5), at(3), at(20)], [at(12), at(20), at(31)], [at(31)]]
    logs = FakeLogs(pages)
    assert follow_until_the_pages_end(logs) == ["at 0", "at 5", "at 3", "at 20", "at 12", "at 31"]


def test_a_pattern_is_left_to_cloudwatch() -> None:
    logs = FakeLogs([[event(1)]])
    aws: Any = SimpleNamespace(logs=logs)
    pattern = '{ $.level = "ERROR" }'
    assert [one.message for one in tail(CONFIG, OUTPUTS, "order", pattern=pattern, aws=aws)]
    assert logs.patterns == [pattern]


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
REQUEST = "0a1b2c3d-0000-4000-8000-000000000001"


def line(offset_ms: int, message: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    at_ms = round(NOON.timestamp() * 1000) + offset_ms
    return {"timestamp": at_ms, "message": text + "\n", "logStreamName": "s", "eventId": "1"}


LINES = [
    line(0, f"START RequestId: {REQUEST} Version: $LATEST"),
    line(
        20, {"level": "INFO", "message": "paid", "trace_id": TRACE, "request_id": REQUEST, "n": 1}
    ),
    line(
        30, f"REPORT RequestId: {REQUEST}\tDuration: 3 ms\t\nXRAY TraceId: {TRACE}\tSegmentId: 1\t"
    ),
    line(10, "[ERROR] no request"),
    line(40, {"type": "platform.report", "record": {"requestId": REQUEST}}),
]


def test_lines_become_a_frame_with_the_traces_of_their_requests() -> None:
    frame = frame_from_events({"payment": LINES})
    assert str(frame["timestamp"].dtype).endswith("UTC]")
    assert frame["timestamp"].iloc[0] == pd.Timestamp(NOON)
    assert frame["trace_id"].fillna("").tolist() == [TRACE, "", TRACE, TRACE, TRACE]
    assert frame["level"].fillna("").tolist() == ["", "ERROR", "INFO", "", ""]
    assert frame["message"].tolist()[1:3] == ["[ERROR] no request", "paid"]
    assert frame["fields"].iloc[2]["n"] == 1
    assert set(frame["service"]) == {"payment"}


def test_no_lines_become_a_frame_with_the_same_columns() -> None:
    frame = frame_from_events({"payment": []})
    assert frame.columns.tolist() == frame_from_events({"payment": LINES}).columns.tolist()
    assert str(frame["timestamp"].dtype).endswith("UTC]")


def test_lines_are_joined_to_their_traces() -> None:
    lines = frame_from_events({"payment": LINES})
    index = pd.MultiIndex.from_tuples([(TRACE, "a"), (TRACE, "b")], names=["trace_id", "span_id"])
    starts = [NOON - timedelta(seconds=1), NOON]
    spans = pd.DataFrame({"start": pd.to_datetime(starts, utc=True)}, index=index)
    joined = lines_of_traces(lines, spans)
    assert joined["offset_s"].tolist() == [1.0, 1.02, 1.03, 1.04]
    assert lines_of_traces(lines, spans.iloc[:0]).empty


def cells(**row: str) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in row.items()]


def test_results_have_typed_columns() -> None:
    rows = [
        cells(at="2026-11-23 12:00:00.250", n="3", mean="0.5", level="ERROR", order_id="7"),
        cells(at="2026-11-23 12:05:00.000", n="4", level="1e", order_id="8"),
    ]
    rows[0].append({"field": "@ptr", "value": "x"})
    frame = frame_from_results(rows)
    assert frame["at"].iloc[0] == pd.Timestamp("2026-11-23 12:00:00.250", tz="UTC")
    assert frame["n"].tolist() == [3, 4]
    assert frame["mean"].iloc[0] == 0.5
    assert pd.isna(frame["mean"].iloc[1])
    assert frame["level"].tolist() == ["ERROR", "1e"]
    assert frame["order_id"].tolist() == ["7", "8"]
    assert frame.columns.tolist() == ["at", "n", "mean", "level", "order_id"]


@pytest.mark.parametrize("value", ["007", "1_000", "12345678901234567890", "nan", "inf", "0x1"])
def test_text_that_would_change_as_a_number_stays_text(value: str) -> None:
    assert frame_from_results([cells(x=value)])["x"].tolist() == [value]


def test_no_results_are_an_empty_frame() -> None:
    assert frame_from_results([]).empty


@dataclass
class FakeInsights:
    """Answers a query's status as told, and one result."""

    statuses: list[str]
    started: dict[str, Any] = field(default_factory=dict)
    stopped: bool = False

    def start_query(self, names: list[str], text: str, **options: Any) -> str:
        self.started = {"names": names, "text": text, **options}
        return "q-1"

    def query_status(self, query_id: str) -> str:
        assert query_id == "q-1"
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def query_results(self, query_id: str) -> list[list[dict[str, str]]]:
        return [cells(n="2")]

    def stop_query(self, query_id: str) -> None:
        self.stopped = True


def run(insights: FakeInsights, **options: Any) -> pd.DataFrame:
    sts = SimpleNamespace(caller_identity=lambda: Identity("123456789012", "aws"))
    aws: Any = SimpleNamespace(logs=insights, sts=sts)
    range_ = {"start": NOON, "end": NOON + timedelta(minutes=5), **options}
    return query(CONFIG, "stats count(*) as n", aws=aws, sleep=lambda _seconds: None, **range_)


def test_a_query_waits_for_its_results() -> None:
    insights = FakeInsights(["Scheduled", "Running", "Complete"])
    assert run(insights, services=["order"])["n"].tolist() == [2]
    assert insights.started["start_s"] + 300 == insights.started["end_s"]
    (group,) = insights.started["names"]
    assert group.startswith("/aws/lambda/")
    assert "order" in group


def test_a_query_is_over_all_services_by_default() -> None:
    insights = FakeInsights(["Complete"])
    run(insights)
    assert len(insights.started["names"]) == 4


def test_a_query_that_takes_too_long_is_stopped() -> None:
    insights = FakeInsights(["Running"])
    with pytest.raises(AwsError, match="not finished after 3 s"):
        run(insights, timeout_s=3)
    assert insights.stopped


def test_a_query_that_fails_says_so() -> None:
    with pytest.raises(AwsError, match="it ended as Failed"):
        run(FakeInsights(["Failed"]))


@pytest.mark.parametrize(
    "options",
    [
        {"services": ["shipping"]},
        {"start": NOON.replace(tzinfo=None)},
        {"start": NOON + timedelta(days=1)},
    ],
)
def test_what_cannot_be_queried_is_refused_before_anything_is_asked(
    options: dict[str, Any],
) -> None:
    insights = FakeInsights(["Complete"])
    with pytest.raises(ConfigError):
        run(insights, **options)
    assert insights.started == {}


def test_lines_are_fetched_per_service() -> None:
    logs = FakeLogs([[LINES[1]], [LINES[3]]])
    sts = SimpleNamespace(caller_identity=lambda: Identity("123456789012", "aws"))
    aws: Any = SimpleNamespace(logs=logs, sts=sts)
    services = ["order", "access"]
    end = NOON + timedelta(minutes=1)
    frame = fetch(CONFIG, start=NOON, end=end, pattern="x", services=services, aws=aws)
    assert frame["service"].tolist() == ["access", "order"]
    assert logs.patterns == ["x", "x"]
    assert logs.asked[0][1] == round(NOON.timestamp() * 1000)
