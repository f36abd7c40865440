"""The table of exceptions: one row each, found at any depth, references left out."""

from collections.abc import Callable
from typing import Any

import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import exceptions_from_traces, spans_from_traces

Make = Callable[..., dict[str, Any]]


def raised(exception_id: str, kind: str, **more: Any) -> dict[str, Any]:
    exception = {"id": exception_id, "type": kind, "message": f"{kind} happened", **more}
    return {"cause": {"exceptions": [exception]}}


def part(span_id: str, **more: Any) -> dict[str, Any]:
    return {"id": span_id, "name": span_id, "start_time": 1.0, "end_time": 2.0, **more}


def test_an_exception_is_found_at_any_depth_and_references_are_not_exceptions(
    make_trace: Make,
) -> None:
    inner = part("charge", fault=True, **raised("e1", "CardDeclined"))
    outer = part("handle", fault=True, cause="e1", subsegments=[inner])
    whole = {"error": True, **raised("e2", "CardDeclined"), "subsegments": [outer]}
    trace = make_trace(("payment", None, 0, 1, whole))
    table = exceptions_from_traces([trace])
    assert table[["name", "type", "exception_id"]].to_numpy().tolist() == [
        ["payment", "CardDeclined", "e2"],
        ["charge", "CardDeclined", "e1"],
    ]
    assert set(table["service"]) == {"payment"}
    assert table["message"].tolist() == ["CardDeclined happened"] * 2
    assert set(table.index) <= set(spans_from_traces([trace]).index)


def test_what_was_raised_downstream_says_so(make_trace: Make) -> None:
    call = part("events", namespace="aws", **raised("e1", "ClientError", remote=True))
    table = exceptions_from_traces([make_trace(("order", None, 0, 1, {"subsegments": [call]}))])
    assert table["remote"].tolist() == [True]


@pytest.mark.parametrize("cause", [None, "e1", {}, {"exceptions": None}, {"exceptions": ["e1"]}])
def test_a_cause_without_exceptions_makes_no_row(make_trace: Make, cause: Any) -> None:
    table = exceptions_from_traces([make_trace(("order", None, 0, 1, {"cause": cause}))])
    assert table.empty
    assert table.index.names == ["trace_id", "span_id"]


def test_unusable_documents_are_named() -> None:
    with pytest.raises(TraceDataError, match="trace 1-1, segment x: the document is not JSON"):
        exceptions_from_traces(
            [{"Id": "1-1", "Segments": [{"Id": "x", "Document": "{"}]}], strict=True
        )
