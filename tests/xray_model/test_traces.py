"""Traces as a whole: entries, flags at the root, partial traces, durations."""

from typing import Any

import pytest

from tracing_lab.xray_model.traces import duration_s, entries_of, flag_at_root, is_partial


def segment(segment_id: str, parent_id: str | None = None) -> dict[str, Any]:
    return {"id": segment_id} | ({"parent_id": parent_id} if parent_id else {})


@pytest.mark.parametrize(
    "segments, entries",
    [
        ([], []),
        ([segment("a"), segment("b", "a")], ["a"]),
        ([segment("b", "lost"), segment("a"), segment("c")], ["a", "c"]),  # roots beat orphans
        ([segment("b", "c"), segment("c", "lost"), segment("d", "gone")], ["c"]),  # first orphan
        ([segment("a", "b"), segment("b", "a")], ["a"]),  # a circle
    ],
)
def test_a_trace_was_entered_at_its_roots_or_its_first_orphan(
    segments: list[dict[str, Any]], entries: list[str]
) -> None:
    ids = {one["id"] for one in segments}
    assert [one["id"] for one in entries_of(segments, ids)] == entries


@pytest.mark.parametrize(
    "origin, own, children, flag",
    [
        ("AWS::Lambda", False, [False, True], True),
        ("AWS::Lambda", False, [], False),
        ("AWS::Lambda", True, [False], True),
        ("AWS::Lambda::Function", False, [True], False),
        ("AWS::ApiGateway::Stage", False, [True], False),
        (None, True, [], True),
    ],
)
def test_lambda_at_the_root_fails_with_its_function(
    origin: str | None, children: list[bool], *, own: bool, flag: bool
) -> None:
    assert flag_at_root(origin, own=own, children=children) is flag


@pytest.mark.parametrize(
    "tops, expected",
    [
        ([], False),
        ([("segment", False), ("inferred", True)], False),
        ([("segment", False), ("segment", True)], True),
        ([("subsegment", True)], True),
    ],
)
def test_a_trace_is_partial_as_long_as_a_document_is_open(
    tops: list[tuple[str, bool]], *, expected: bool
) -> None:
    assert is_partial(tops) is expected


def test_a_trace_lasts_from_its_first_start_to_its_last_end() -> None:
    assert duration_s([10.0004, 10.1], [10.2, 10.95]) == 0.95
    assert duration_s([10.0], []) == 0.0
    assert duration_s([10.0], [9.0]) == 0.0
