"""Unusable documents are rejected, or left out with a warning."""

from pathlib import Path
from typing import Any

import pytest

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.spans import (
    exceptions_from_traces,
    spans_from_traces,
)

GOOD = {"id": "a", "name": "a", "start_time": 1.0, "end_time": 2.0}


@pytest.mark.parametrize(
    "document,said",
    [
        ("{", "segment .*: the document is not JSON"),
        ("[]", "the document is not an object"),
        ({"name": "a"}, 'the document has no "id"'),
        (GOOD | {"trace_id": "other"}, "belongs to trace other"),
        (GOOD | {"name": 5}, 'segment a: "name" is missing'),
        (GOOD | {"start_time": "1"}, '"start_time" is missing or not'),
        (GOOD | {"start_time": True}, '"start_time" is missing or not'),
        (GOOD | {"start_time": float("inf")}, '"start_time" is missing or not'),
        (GOOD | {"end_time": "2"}, '"end_time" is not in epoch seconds'),
        (GOOD | {"end_time": 0.5}, '"end_time" lies before "start_time"'),
        (GOOD | {"subsegments": {}}, '"subsegments" is not a list'),
        (GOOD | {"annotations": []}, '"annotations" is not an object'),
        (GOOD | {"http": 1}, '"http" is not an object'),
        (GOOD | {"subsegments": [1]}, "subsegment None: a subsegment is not an object"),
        (GOOD | {"subsegments": [{"id": "b"}]}, 'subsegment b: "name" is missing'),
        (GOOD | {"subsegments": [GOOD]}, "two spans have the id a"),
        (GOOD | {"parent_id": "a"}, "the parents of span a form a circle"),
    ],
)
def test_a_bad_document_is_refused_with_its_place(document: Any, said: str) -> None:
    trace = {"Id": "1-bad", "Segments": [{"Id": "a", "Document": document}]}
    with pytest.raises(TraceDataError, match=f"trace 1-bad.*{said}"):
        spans_from_traces([trace], strict=True)


@pytest.mark.parametrize(
    "trace,said",
    [
        ({}, 'trace number 0 has no "Id"'),
        ("x", 'trace number 0 has no "Id"'),
        ({"Id": "t"}, 'trace t: "Segments" is not a list'),
        ({"Id": "t", "Segments": [5]}, "trace t, segment .: the document is not an object"),
    ],
)
def test_a_bad_trace_is_refused_with_its_place(trace: Any, said: str) -> None:
    with pytest.raises(TraceDataError, match=said):
        spans_from_traces([trace], strict=True)


TRACE = {"Id": "good", "Segments": [{"Id": "a", "Document": GOOD}]}


def bad_trace(*documents: Any) -> dict[str, Any]:
    return {"Id": "bad", "Segments": [{"Id": "x", "Document": document} for document in documents]}


@pytest.mark.parametrize(
    "bad, said",
    [
        (bad_trace(GOOD, "{"), "trace bad, segment x: the document is not JSON"),
        (bad_trace(GOOD | {"subsegments": [1]}), "trace bad, segment a"),
        (bad_trace(GOOD | {"subsegments": [GOOD]}), "trace bad: two spans have the id a"),
        (bad_trace(GOOD | {"parent_id": "a"}), "trace bad: .* form a circle"),
        ({"Id": "bad"}, 'trace bad: "Segments" is not a list'),
        ({}, 'trace number 0 has no "Id"'),
    ],
)
def test_a_bad_trace_is_left_out_with_a_warning_that_names_it(bad: Any, said: str) -> None:
    with pytest.warns(TraceDataWarning, match=said) as caught:
        spans = spans_from_traces([bad, TRACE])
    assert spans.index.to_list() == [("good", "a")]
    assert [Path(warning.filename).name for warning in caught] == ["test_documents.py"]


def test_a_refusal_says_how_to_go_on_without_the_bad_traces() -> None:
    with pytest.raises(TraceDataError, match="strict=False"):
        spans_from_traces([bad_trace("{"), TRACE], strict=True)


def test_exceptions_of_the_good_traces_can_be_had() -> None:
    cause = {"exceptions": [{"id": "e", "type": "KeyError", "message": "sku"}]}
    good = {"Id": "good", "Segments": [{"Document": GOOD | {"cause": cause}}]}
    with pytest.warns(TraceDataWarning, match="trace bad"):
        table = exceptions_from_traces([bad_trace("{"), good])
    assert table["message"].to_list() == ["sku"]


def test_all_problems_are_listed_up_to_a_sensible_number() -> None:
    segments = [{"Id": str(n), "Document": "{"} for n in range(30)]
    with pytest.raises(TraceDataError, match=r"\(30 problems\)") as caught:
        spans_from_traces([{"Id": "t", "Segments": segments}], strict=True)
    assert str(caught.value).count("\n- ") == 21
    assert str(caught.value).endswith("- and 10 more")
