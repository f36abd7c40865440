"""Traces that are given in parts are put together; what is no trace stays as it is."""

import json
from typing import Any

import pytest

from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.reading.whole import whole_traces

EPOCH = 1795435200.0


def part(*seconds: int, trace_id: str = "1-2-3", **more: Any) -> dict[str, Any]:
    """Return a trace with a segment that begins at each of these seconds."""
    documents = [
        {"id": f"{n:016x}", "name": "a", "start_time": EPOCH + n, "end_time": EPOCH + n + 1}
        for n in seconds
    ]
    segments = [{"Id": one["id"], "Document": json.dumps(one)} for one in documents]
    return {"Id": trace_id, "Segments": segments, **more}


def test_each_trace_is_in_the_place_of_its_first_part() -> None:
    parts = [part(0), part(0, trace_id="other"), part(1), part(0, 2)]
    whole, other = whole_traces(parts)
    assert whole == part(0, 1, 2)
    assert other is parts[1]
    assert len(spans_from_traces([whole])) == len(spans_from_traces([parts[0], *parts[2:]])) == 3


def test_other_members_are_those_of_the_first_that_has_them() -> None:
    parts = [
        part(0, Duration=1.0, LimitExceeded=False),
        part(5, Duration=1.0, LimitExceeded=True, New=1),
        part(New=2),
    ]
    assert whole_traces(parts) == [part(0, 5, Duration=6.0, LimitExceeded=True, New=1)]


def test_members_that_no_part_has_are_not_made_up() -> None:
    assert [*whole_traces([part(0), part(1)])[0]] == ["Id", "Segments"]


@pytest.mark.parametrize(
    "odd", [None, 5, "1-2-3", [], {}, {"Id": "1-2-3"}, {"Id": ["x"], "Segments": []}, {"Id": ""}]
)
def test_what_is_no_trace_stays_as_it_is(odd: Any) -> None:
    assert whole_traces([odd, part(0), odd, part(1)]) == [odd, part(0, 1), odd]


@pytest.mark.parametrize("segment", [None, 5, {}, {"Document": "{"}, {"Document": b"\xff"}])
def test_segments_that_cannot_be_read_are_kept(segment: Any) -> None:
    odd = {"Id": "1-2-3", "Duration": 0.5, "Segments": [segment]}
    assert whole_traces([odd, part(0)])[0]["Segments"] == [segment, *part(0)["Segments"]]
    assert whole_traces([odd, odd])[0] == odd | {"Duration": 0.0}
