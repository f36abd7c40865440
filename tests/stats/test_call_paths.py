"""Self time by call path."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from span_trees import sequential_trace

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import call_paths

Make = Callable[..., dict[str, Any]]


def test_the_same_name_below_another_caller_is_another_path(make_trace: Make) -> None:
    trace = make_trace(
        ("a", None, 0, 10), ("b", "a", 0, 4), ("c", "a", 5, 9), ("d1", "b", 1, 3), ("d2", "c", 6, 7)
    )
    spans = spans_from_traces([trace])
    spans = spans.assign(**{
        column: spans[column].astype(str).replace({"d1": "d", "d2": "d"}).astype("category")
        for column in ("service", "name")
    })  # fmt: skip
    paths = call_paths(spans)
    assert paths["name"].tolist() == ["a", "b", "c", "d", "d"]
    assert paths["parent"].tolist() == [-1, 0, 0, 1, 2]
    assert paths["self_s"].tolist() == pytest.approx([2, 2, 3, 2, 1])
    assert paths["total_s"].tolist() == pytest.approx([10, 4, 4, 2, 1])


def test_totals_of_the_roots_are_all_self_time(shop_spans: pd.DataFrame) -> None:
    paths = call_paths(shop_spans)
    total_s = shop_spans["self_s"].sum()
    assert paths.loc[paths["depth"] == 0, "total_s"].sum() == pytest.approx(total_s)
    assert paths["self_s"].sum() == pytest.approx(total_s)
    assert paths["count"].sum() == len(shop_spans)
    below = paths[paths["parent"] >= 0]
    assert (below["parent"] < below.index).all()
    assert (paths["depth"].to_numpy()[below["parent"]] == below["depth"] - 1).all()


@pytest.mark.parametrize("seed", range(50))
def test_calls_one_after_the_other_take_as_long_as_their_root(seed: int) -> None:
    spans = spans_from_traces([sequential_trace(seed)])
    paths = call_paths(spans)
    assert paths["total_s"].iloc[0] == pytest.approx(spans["duration_s"].iloc[0], abs=1e-9)
