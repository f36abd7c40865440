"""The table of exceptions: one row each, found at any depth, references left out."""

from collections.abc import Callable
from itertools import pairwise
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


def sent(span_id: str, parent_id: str, **more: Any) -> dict[str, Any]:
    """Return a segment's entry for a subsegment that was sent by itself and raised something."""
    whole = part(span_id, type="subsegment", parent_id=parent_id, **raised("e", "E"), **more)
    return {"Id": span_id, "Document": whole}


@pytest.mark.parametrize("step", [1, -1])
def test_subsegments_sent_by_themselves_belong_to_their_segment(
    make_trace: Make, step: int
) -> None:
    trace = make_trace(("order", None, 0, 9, {"subsegments": [part("inner")]}))
    alone = [
        sent("first", "inner"),
        sent("second", "first", subsegments=[part("below", **raised("e", "E"))]),
        sent("third", "below"),
        sent("lost", "elsewhere"),
        sent("also", "lost"),
    ]
    trace["Segments"] += alone[::step]
    table = exceptions_from_traces([trace])
    frame = spans_from_traces([trace])
    assert len(table) == 6
    assert table["service"].to_dict() == frame.loc[table.index, "service"].to_dict()
    assert {*table["service"]} == {"order", "lost"}


def test_subsegments_in_a_circle_crash_nothing() -> None:
    pairs = [("a", "b"), ("b", "a"), ("c", "c"), ("d", "a")]
    trace = {"Id": "1-0000000a-1", "Segments": [sent(*pair) for pair in pairs]}
    assert len(exceptions_from_traces([trace])) == 4


def test_a_long_line_of_subsegments_is_climbed_once(make_trace: Make) -> None:
    trace = make_trace(("order", None, 0, 9))
    first = trace["Segments"][0]["Id"]
    ids = [first, *(f"s{n}" for n in range(20_000))]
    trace["Segments"] += [sent(own, above) for above, own in pairwise(ids)][::-1]
    assert {*exceptions_from_traces([trace])["service"]} == {"order"}


ANY = [None, True, 5, 0.5, "x", [], [5], ["x"], {}, {"a": 1}, 2**70, b"x"]


@pytest.mark.parametrize("value", ANY, ids=repr)
@pytest.mark.parametrize(
    "member", ["subsegments", "cause", "exceptions", "id", "name", "type", "parent_id"]
)
def test_no_value_crashes_the_table(make_trace: Make, member: str, value: Any) -> None:
    whole = raised("e1", "E")
    if member == "exceptions":
        whole["cause"]["exceptions"] = value
    else:
        whole[member] = value
    parts = [part("p", **raised("e2", "E")) | whole, part("q", **raised("e3", "E"))]
    odd = make_trace(("order", None, 0, 1))
    odd["Segments"] = [{"Document": part("order", subsegments=parts)}]
    alone = sent("r", "q")
    alone["Document"] |= {name: own for name, own in whole.items() if name != "id"}
    odd["Segments"].append(alone)
    assert "q" in exceptions_from_traces([odd]).index.get_level_values("span_id")


def test_unusable_documents_are_named() -> None:
    with pytest.raises(TraceDataError, match="trace 1-1, segment x: the document is not JSON"):
        exceptions_from_traces(
            [{"Id": "1-1", "Segments": [{"Id": "x", "Document": "{"}]}], strict=True
        )
