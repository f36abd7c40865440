"""Compact columns behave as columns of dictionaries and of texts do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tracing_lab.spans.compact import AnnotationsArray, SpanIdArray
from tracing_lab.spans.frames import TEXT

NOTES = AnnotationsArray(pa.array(['{"a": 1}', None, '{"b": "x"}']))
IDS = SpanIdArray(np.array([1, -1, 0], dtype=np.int32), pa.array(["p", "q"]))


@pytest.mark.parametrize(
    "item,expected",
    [(0, {"a": 1}), (-1, {"b": "x"}), (1, {})],
)
def test_a_place_gives_a_dictionary(item: int, expected: dict[str, Any]) -> None:
    assert NOTES[item] == expected


def test_a_dictionary_that_was_read_can_be_changed_without_changing_the_column() -> None:
    NOTES[0]["a"] = 2
    assert NOTES[0] == {"a": 1}


@pytest.mark.parametrize("item", [slice(0, 2), [0, 1], np.array([True, True, False])])
def test_places_give_a_column(item: Any) -> None:
    assert [*NOTES[item]] == [{"a": 1}, {}]
    assert [*IDS[item]][:1] == ["q"]


def test_a_place_beyond_the_last_is_an_error() -> None:
    with pytest.raises(IndexError):
        NOTES[3]
    with pytest.raises(IndexError):
        IDS.take([3])


def test_what_a_merge_does_not_find_is_empty() -> None:
    assert [*NOTES.take([2, -1], allow_fill=True)] == [{"b": "x"}, {}]
    assert IDS.take([0, -1], allow_fill=True).isna().tolist() == [False, True]


def test_columns_can_be_joined() -> None:
    other = SpanIdArray(np.array([0], dtype=np.int32), pa.array(["z"]))
    joined = pd.concat([pd.Series(IDS), pd.Series(other)])
    assert joined.dtype == "span id"
    assert joined.dropna().tolist() == ["q", "p", "z"]
    assert pd.concat([pd.Series(NOTES)] * 2).tolist() == [*NOTES] * 2


def test_ids_can_be_compared_looked_for_and_counted() -> None:
    ids = pd.Series(IDS)
    assert (ids == "q").tolist() == [True, False, False]
    assert (ids == "unknown").tolist() == [False, False, False]
    assert (ids == ids).tolist() == [True, False, True]  # noqa: PLR0124 - as with texts
    assert ids.isin(["p"]).tolist() == [False, False, True]
    assert ids.isna().tolist() == [False, True, False]
    assert ids.value_counts().to_dict() == {"q": 1, "p": 1}
    assert ids.astype("str").dtype == "str"
    assert ids.map(str).tolist() == ["q", "nan", "p"]


def test_functions_map_dictionaries_even_of_an_empty_column() -> None:
    assert pd.Series(NOTES).map(len).tolist() == [1, 0, 1]
    assert pd.Series(NOTES[:0]).map(bool).sum() == 0


def extension(name: str) -> Any:
    """Return a type that pandas knows by its name."""
    return name


def test_plain_values_become_columns() -> None:
    notes, ids = extension("annotations"), extension("span id")
    assert [*pd.Series([{"a": 1}, {}]).astype(notes)] == [{"a": 1}, {}]
    assert pd.Series(["p", None]).astype(ids).isna().tolist() == [False, True]


def changed(series: "pd.Series[Any]", place: Any, value: Any) -> list[Any]:
    """Return the values of a copy in which some are set."""
    copied = series.copy()
    copied.iloc[place] = value
    return copied.tolist()


def test_values_can_be_set_in_a_copy() -> None:
    notes = NOTES.copy()
    notes[1] = {"c": 2}
    assert [*notes] == [{"a": 1}, {"c": 2}, {"b": "x"}]
    assert changed(pd.Series(IDS), slice(0, 2), "new") == ["new", "new", "p"]
    assert changed(pd.Series(IDS), [0, 2], pd.Series(IDS[::-1][:2]))[0] == "p"
    assert [*NOTES] == [{"a": 1}, {}, {"b": "x"}]
    assert IDS.isna().tolist() == [False, True, False]


@pytest.mark.parametrize("value", [5, "text", ["a"]])
def test_annotations_that_are_no_dictionary_are_refused(value: Any) -> None:
    column = NOTES.copy()
    with pytest.raises(TypeError, match="dictionary"):
        column[0] = value
    assert column[0] == {"a": 1}


FRAME = pd.DataFrame({"notes": NOTES, "ids": IDS, "depth": [0, 1, 2]})


@pytest.mark.parametrize(
    "use",
    [
        lambda frame: frame.where(frame["depth"] > 0)["ids"].dropna().tolist(),
        lambda frame: frame.mask(frame["depth"] == 1)["ids"].dropna().tolist(),
        lambda frame: frame["ids"].fillna("root").tolist(),
        lambda frame: frame.fillna({"ids": "root"})["ids"].tolist(),
        lambda frame: frame.groupby("ids", dropna=False).size().tolist(),
        lambda frame: frame.groupby("ids")["depth"].sum().to_dict(),
        lambda frame: frame.drop_duplicates(["ids", "depth"]).index.tolist(),
        lambda frame: frame.sort_values("ids").index.tolist(),
        lambda frame: frame.compare(frame.assign(ids="p"))["ids", "self"].dropna().tolist(),
        lambda frame: frame.combine_first(frame)["ids"].dropna().tolist(),
        lambda frame: frame.merge(frame, on="ids")["depth_x"].tolist(),
        lambda frame: frame.set_index("ids").loc["q", "depth"],
    ],
)
def test_frames_with_compact_columns_are_used_like_others(use: Callable[..., Any]) -> None:
    assert use(FRAME) == use(FRAME.astype(object))


Uses = dict[str, Callable[[Any], Any]]
STR_METHODS: Uses = {
    "slices": lambda ids: ids.str[:1],
    "places": lambda ids: ids.str.get(1),
    "lengths": lambda ids: ids.str.len(),
    "cases": lambda ids: ids.str.upper(),
    "parts": lambda ids: ids.str.contains("1"),
    "beginnings": lambda ids: ids.str.startswith("q"),
    "patterns": lambda ids: ids.str.extract(r"(\w)(\d)"),
    "replacements": lambda ids: ids.str.replace("q", "z"),
    "pieces": lambda ids: ids.str.split("1", expand=True),
    "joined": lambda ids: ids.str.cat(sep="-"),
    "joined with others": lambda ids: ids.str.cat(["-"] * len(ids)),
    "padded": lambda ids: ids.str.zfill(8),
    "bytes": lambda ids: ids.str.encode("ascii"),
}
OPERATORS: Uses = {
    "less": lambda ids: ids < "q",
    "less or equal": lambda ids: ids.le("q1"),
    "greater": lambda ids: ids > ids.shift(),
    "greater or equal": lambda ids: ids >= "p",
    "between": lambda ids: ids.between("p", "q"),
    "equal": lambda ids: ids == ids.shift(),
    "other": lambda ids: ids != "q1",
    "longer": lambda ids: ids + "/x",
    "longer before": lambda ids: "x/" + ids,
    "longer by ids": lambda ids: ids + ids,
    "query": lambda ids: ids.to_frame("id").query("id > 'p'")["id"],
}
REDUCTIONS: Uses = {
    "last": lambda ids: ids.max(),
    "first": lambda ids: ids.min(),
    "missing": lambda ids: ids.max(skipna=False),
    "sum": lambda ids: ids.dropna().sum(),
    "both": lambda ids: ids.agg(["min", "max"]),
    "of a frame": lambda ids: ids.to_frame("id").max(),
    "of groups": lambda ids: ids.groupby([0, 0, 1, 1]).agg(["min", "max", "count", "nunique"]),
    "so far": lambda ids: ids.dropna().cummax(),
    "place": lambda ids: ids.dropna().idxmax(),
    "ranks": lambda ids: ids.rank(),
    "described": lambda ids: ids.describe(),
    "array": np.asarray,
    "JSON": lambda ids: ids.to_json(),
}
AS_TEXTS: Uses = {**STR_METHODS, **OPERATORS, **REDUCTIONS}


def plain(value: Any) -> Any:
    """Return a result as lists of objects, None for what is missing."""
    if isinstance(value, pd.Series | pd.DataFrame):
        value = value.astype(object).to_numpy()
    if isinstance(value, np.ndarray):
        return [plain(part) for part in value.tolist()]
    return None if isinstance(value, float) and np.isnan(value) else value


@pytest.mark.parametrize("use", AS_TEXTS.values(), ids=AS_TEXTS)
def test_ids_are_used_like_texts(use: Callable[..., Any]) -> None:
    numbers = np.array([1, -1, 0, 1], dtype=np.int32)
    ids = pd.Series(SpanIdArray(numbers, pa.array(["p0", "q1"], pa.large_string())))
    assert plain(use(ids)) == plain(use(ids.astype(TEXT)))


def test_dictionaries_become_an_array_of_objects() -> None:
    assert np.asarray(NOTES).tolist() == [*NOTES]


def test_what_texts_do_not_have_ids_do_not_have() -> None:
    assert not hasattr(IDS, "_str_unknown")
    assert not hasattr(IDS, "unknown")
