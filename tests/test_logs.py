"""Reading the services' logs."""

import contextlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab import Config
from tracing_lab.errors import ConfigError
from tracing_lab.logs import tail

CONFIG = Config(target="embedded")
OUTPUTS: Any = SimpleNamespace(log_groups={"order": "/aws/lambda/order", "access": "/api"})


class EnoughError(Exception):
    """Ends a follow."""


@dataclass
class FakeLogs:
    """Answers one page a poll."""

    pages: list[list[dict[str, Any]]]
    asked: list[tuple[str, int]] = field(default_factory=list)

    def filter_events(self, group: str, *, start_ms: int) -> list[dict[str, Any]]:
        self.asked.append((group, start_ms))
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
