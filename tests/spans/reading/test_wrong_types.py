"""Values of another type than they should have are found in the text, wherever a span has them."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, strategies as st

from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.reading.read import read_spans
from tracing_lab.spans.reading.wrong_types import are_wrongly_typed

SPAN = {"id": "70de5b6f19ff9a0a", "name": "a", "start_time": 1.5, "end_time": 2}
WRONG: dict[str, list[Any]] = {
    "http": ["GET", 5, True, ["GET"]],
    "aws": ["x", 0, False, []],
    "subsegments": ["x", 1, True, {"id": "b"}],
    "start_time": ["1.5", True, {}, [1.5]],
    "end_time": ["1.5", False, {"s": 1}, []],
}
RIGHT: dict[str, list[Any]] = {
    "http": [{}, None],
    "aws": [{"operation": "x"}, None],
    "subsegments": [[], [SPAN], None],
    "start_time": [0, -1.5, 1e300, None],
    "end_time": [7, None],
}


def wrong(*texts: str) -> list[bool]:
    return are_wrongly_typed(pa.array(texts, pa.large_string())).tolist()


def beneath(span: dict[str, Any], levels: int) -> dict[str, Any]:
    for _ in range(levels):
        span = SPAN | {"subsegments": [span]}
    return span


def pairs(values: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, some in values.items() for value in some]


@pytest.mark.parametrize("levels", [0, 1, 3, 6])
@pytest.mark.parametrize("name,value", pairs(WRONG))
def test_a_wrong_type_is_found_at_any_level(name: str, value: Any, levels: int) -> None:
    assert wrong(json.dumps(beneath(SPAN | {name: value}, levels))) == [True]


@pytest.mark.parametrize("name,value", pairs(RIGHT))
def test_a_right_type_or_none_is_not(name: str, value: Any) -> None:
    assert wrong(json.dumps(beneath(SPAN | {name: value}, 1))) == [False]


@pytest.mark.parametrize("name,value", pairs(WRONG))
def test_what_metadata_call_the_same_is_not(name: str, value: Any) -> None:
    document = SPAN | {"metadata": {name: value}, "annotations": {"a": 1}}
    assert wrong(json.dumps(document)) == [False]


def test_metadata_do_not_make_reading_slow() -> None:
    part = SPAN | {"id": "0000000000000001", "metadata": {"http": "x", "event_time": "noon"}}
    text = json.dumps(SPAN | {"subsegments": [part]})
    read = read_spans([{"Id": "t", "Segments": [{"Document": text}]}])
    assert (read.columns.part_of[1:] >= 0).all()  # a row read by itself knows its parent's id only


@pytest.mark.parametrize("name,value", pairs(WRONG))
@pytest.mark.parametrize("between", ["{}:{}", "{} : {}", "{}\n\t:\r\n {}"])
def test_blanks_make_no_difference(name: str, value: Any, between: str) -> None:
    member = between.format(f'"{name}"', json.dumps(value))
    assert wrong(f'{{"id": "70de5b6f19ff9a0a", {member}}}') == [True]


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_name_in_disguise_is_the_same_name(name: str, place: int) -> None:
    disguised = name.replace(name[place], f"\\u{ord(name[place]):04x}", 1)
    assert wrong(f'{{"id": "70de5b6f19ff9a0a", "{disguised}": true}}') == [True]


@pytest.mark.parametrize("row", [0, 1, 63, 64, 65, 127, 128, 199])
def test_of_many_documents_just_the_wrong_one_is_found(row: int) -> None:
    texts = [json.dumps(SPAN)] * 200
    texts[row] = json.dumps(SPAN | {"http": "GET"})
    assert [number for number, is_wrong in enumerate(wrong(*texts)) if is_wrong] == [row]


def test_a_part_of_an_array_and_missing_texts_are_no_obstacle() -> None:
    texts = pa.array([json.dumps(SPAN | {"aws": 5}), None, json.dumps(SPAN)], pa.large_string())
    assert are_wrongly_typed(texts).tolist() == [True, False, False]
    assert are_wrongly_typed(texts.slice(1)).tolist() == [False, False]
    assert are_wrongly_typed(texts.slice(3)).tolist() == []


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
    st.lists(st.integers(), max_size=1),
    st.dictionaries(st.sampled_from(["", "http", "start_time"]), st.integers(), max_size=2),
)
FIELDS = st.dictionaries(st.sampled_from([*WRONG]), VALUES, max_size=3)
CONTAINERS = {"http": dict, "aws": dict, "subsegments": list}


INDENTS = st.sampled_from([None, 2])


@given(FIELDS, st.dictionaries(st.sampled_from(["http", "start_time"]), VALUES), INDENTS)
def test_a_document_is_wrong_if_one_of_its_spans_is(
    above: dict[str, Any], below: dict[str, Any], indent: int | None
) -> None:
    document = SPAN | {"subsegments": [SPAN | below]} | above
    has_part = "subsegments" not in above
    expected = is_wrong(document) or (has_part and is_wrong(SPAN | below))
    assert wrong(json.dumps(document, indent=indent)) == [expected]


def is_wrong(span: dict[str, Any]) -> bool:
    given = {name: value for name, value in span.items() if value is not None}
    objects = {name: given[name] for name in CONTAINERS if name in given}
    times = [given[name] for name in ("start_time", "end_time") if name in given]
    return any(not isinstance(value, CONTAINERS[name]) for name, value in objects.items()) or any(
        isinstance(value, bool) or not isinstance(value, int | float) for value in times
    )


def test_times_as_text_are_reported_and_cost_their_trace_only() -> None:
    good, bad = SPAN, SPAN | {"start_time": "1.5"}
    traces = [
        {"Id": name, "Segments": [{"Document": json.dumps(document)}]}
        for name, document in (("good", good), ("bad", bad))
    ]
    with pytest.warns(match="trace bad.*start_time"):
        assert spans_from_traces(traces).index.to_list() == [("good", SPAN["id"])]
