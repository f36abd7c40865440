"""Kinds of documents, whether they have ended, which of them are calls."""

import pytest

from tracing_lab.xray_model.documents import is_call, is_open, kind_of


@pytest.mark.parametrize(
    "document, kind",
    [
        ({"name": "api"}, "segment"),
        ({"name": "api", "inferred": False}, "segment"),
        ({"name": "Events", "inferred": True}, "inferred"),
        ({"name": "charge", "type": "subsegment"}, "subsegment"),
    ],
)
def test_a_top_level_document_is_of_one_kind(document: dict[str, object], kind: str) -> None:
    assert kind_of(document) == kind


@pytest.mark.parametrize(
    "ending, expected",
    [
        ({}, True),
        ({"in_progress": True}, True),
        ({"in_progress": True, "end_time": 2.0}, True),
        ({"in_progress": False, "end_time": 2.0}, False),
        ({"end_time": 2.0}, False),
        ({"end_time": None}, True),
    ],
)
def test_a_span_is_open_until_it_has_an_end(ending: dict[str, object], *, expected: bool) -> None:
    assert is_open({"start_time": 1.0, **ending}) is expected


@pytest.mark.parametrize(
    "namespace, expected", [("aws", True), ("remote", True), ("local", False), (None, False)]
)
def test_the_namespace_tells_calls_from_local_work(
    namespace: str | None, *, expected: bool
) -> None:
    assert is_call({"name": "x", "namespace": namespace}) is expected
