"""Reading the services' logs."""

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from log_lines import LINES, NOON, cells

from tracing_lab import Config
from tracing_lab.aws import Identity
from tracing_lab.errors import AwsError, ConfigError
from tracing_lab.logs import fetch, query, tail

CONFIG = Config(target="embedded")


OUTPUTS: Any = SimpleNamespace(log_groups={"order": "/aws/lambda/order", "access": "/api"})


class EnoughError(Exception):
    """Ends a follow."""


@dataclass
class FakeLogs:
    """Returns one page per poll."""

    pages: list[list[dict[str, Any]]]
    asked: list[tuple[str, int]] = field(default_factory=list)
    until_ms: list[int | None] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)

    def filter_events(
        self, group: str, *, start_ms: int, end_ms: int | None = None, pattern: str = ""
    ) -> list[dict[str, Any]]:
        self.asked.append((group, start_ms))
        self.until_ms.append(end_ms)
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
    with pytest.raises(ConfigError, match="order, access, spans"):
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


@dataclass
class FakeInsights:
    """Returns the configured status of a query, and one result."""

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


def test_spans_are_lines_of_the_log_group_of_transaction_search() -> None:
    logs, insights = FakeLogs([[event(1)], [LINES[0]]]), FakeInsights(["Complete"])
    sts = SimpleNamespace(caller_identity=lambda: Identity("123456789012", "aws"))
    aws: Any = SimpleNamespace(logs=logs, sts=sts)
    assert [line.message for line in tail(CONFIG, OUTPUTS, "spans", aws=aws)] == ["line 1"]
    fetch(CONFIG, start=NOON, end=NOON, services=["spans"], aws=aws)
    run(insights, services=["spans"])
    assert [group for group, _ in logs.asked] == insights.started["names"] * 2 == ["aws/spans"] * 2


@pytest.mark.parametrize("second", range(60))
def test_a_last_millisecond_makes_the_window_of_lines_that_of_queries(second: int) -> None:
    logs, insights = FakeLogs([[]]), FakeInsights(["Complete"])
    sts = SimpleNamespace(caller_identity=lambda: Identity("123456789012", "aws"))
    aws: Any = SimpleNamespace(logs=logs, sts=sts)
    end = pd.Timestamp(NOON) + timedelta(minutes=1, seconds=second) - timedelta(milliseconds=1)
    fetch(CONFIG, start=NOON, end=end, services=["order"], aws=aws)
    run(insights, end=end)
    assert logs.until_ms == [insights.started["end_s"] * 1000 + 999]
