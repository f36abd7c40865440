"""Causes from exception events."""

import traceback
from typing import Any

import pytest
from otel_spans import otel_span

from tracing_lab.otlp.segments.causes import cause_of

CHAINED = """Traceback (most recent call last):
  File "stock.py", line 3, in take
    raise KeyError("o-1")
KeyError: 'o-1'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "app.py", line 9, in handler
    take()
  File "stock.py", line 5, in take
    raise LookupError("no such order")
LookupError: no such order
"""


def event(**attributes: str) -> dict[str, Any]:
    named = {f"exception.{key}": value for key, value in attributes.items()}
    return {"name": "exception", "time_ns": 0, "attributes": named}


def test_an_exception_has_its_frames_from_the_inside_and_what_it_was_raised_from() -> None:
    raised = event(type="LookupError", message="no such order", stacktrace=CHAINED)
    outer, inner = cause_of(otel_span(events=[raised]))["cause"]["exceptions"]
    assert (outer["type"], outer["message"]) == ("LookupError", "no such order")
    assert outer["stack"] == [
        {"path": "stock.py", "label": "take", "line": 5},
        {"path": "app.py", "label": "handler", "line": 9},
    ]
    assert outer["cause"] == inner["id"]
    assert (inner["type"], inner["message"]) == ("KeyError", "'o-1'")
    assert inner["stack"] == [{"path": "stock.py", "label": "take", "line": 3}]


def raised_from(cause: Exception) -> Exception:
    with pytest.raises(LookupError) as raised:
        raise LookupError from cause
    return raised.value


def test_a_traceback_of_this_python_is_read() -> None:
    text = "".join(traceback.format_exception(raised_from(OSError("second"))))
    (outer, inner) = cause_of(otel_span(events=[event(type="ValueError", stacktrace=text)]))[
        "cause"
    ]["exceptions"]
    assert outer["stack"][0]["label"] == "raised_from"
    assert (inner["type"], inner["message"]) == ("OSError", "second")


def test_a_cause_has_its_message_even_with_indented_lines() -> None:
    message = "1 validation error for Order\nquantity\n  Input should be above 0\n    See the docs"
    text = CHAINED.replace("KeyError: 'o-1'", f"pydantic.ValidationError: {message}")
    _, inner = cause_of(otel_span(events=[event(type="E", stacktrace=text)]))["cause"]["exceptions"]
    assert (inner["type"], inner["message"]) == ("pydantic.ValidationError", message)


def test_a_line_that_no_file_has_is_no_frame() -> None:
    text = CHAINED.replace("line 5", f"line {'9' * 5_000}")
    outer, _ = cause_of(otel_span(events=[event(type="E", stacktrace=text)]))["cause"]["exceptions"]
    assert [frame["line"] for frame in outer["stack"]] == [9]


def test_without_an_event_the_status_has_the_message() -> None:
    (only,) = cause_of(otel_span(status="error", message="too late"))["cause"]["exceptions"]
    assert (only["type"], only["message"]) == ("", "too late")
    assert cause_of(otel_span(status="ok", message="fine")) == {}


def test_exceptions_of_calls_are_remote_and_all_ids_differ() -> None:
    span = otel_span(kind="client", events=[event(type="A"), event(type="B")])
    first, second = cause_of(span)["cause"]["exceptions"]
    assert first["remote"] is second["remote"] is True
    assert first["id"] != second["id"]
