"""Documents in any of the forms in which people have them become texts."""

import json
from types import MappingProxyType
from typing import Any

import pytest

from tracing_lab.spans.reading.gathering import as_texts, gathered

DOCUMENT = {"id": "70de5b6f19ff9a0a"}
TEXT = json.dumps(DOCUMENT, separators=(",", ":"))


@pytest.mark.parametrize(
    "document,expected",
    [
        (TEXT, TEXT),
        (TEXT.encode(), TEXT),
        (DOCUMENT, TEXT),
        ("größe 😀", "größe 😀"),
        ("größe".encode(), "größe"),
        (b"\xff", None),
        ("\ud800", None),
        (MappingProxyType(DOCUMENT), None),
        ({1: 2}, None),
        (5, None),
        (1.5, None),
        (["{}"], None),
        (None, None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("other", ["{}", {}], ids=["text", "parsed"])
def test_a_document_becomes_text_if_it_can(document: Any, expected: str | None, other: Any) -> None:
    assert as_texts([document, other]).to_pylist() == [expected, "{}"]


@pytest.mark.parametrize(
    "odd",
    [None, 5, {}, {"Id": "b"}, {"Id": "b", "Segments": 5}, {"Id": 5, "Segments": []}, {"Id": ""}],
    ids=repr,
)
def test_an_odd_trace_leaves_the_others_as_they_are(odd: Any) -> None:
    trace = {"Id": "a", "Segments": [{"Document": TEXT}, {"Document": "{}"}]}
    alone, beside = gathered([trace]), gathered([trace, odd])
    assert alone.documents == [TEXT, "{}"]
    assert beside.documents[:2] == alone.documents
    assert beside.numbers[0] == 0
    assert beside.trace.tolist()[:2] == [0, 0]


def test_segments_without_a_document_are_missing() -> None:
    given = gathered([{"Id": "a", "Segments": [{"Document": TEXT}, {}, 5]}])
    assert given.documents == [TEXT, None, None]
