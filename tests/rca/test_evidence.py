"""What differs between two windows, with numbers that can be computed by hand."""

from collections.abc import Callable, Iterable
from math import comb
from typing import Any

import pandas as pd
import pytest

from tracing_lab.rca.evidence import evidence
from tracing_lab.rca.observations import RequestWindow, observations
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]
BUS = {"name": "Events", "origin": "AWS::Events", "inferred": True}


@pytest.fixture
def of(make_trace: Make) -> Callable[[Iterable[list[Any]]], RequestWindow]:
    """Make a window of traces, each given by the rows of `make_trace`."""
    return lambda traces: observations(
        spans_from_traces(
            make_trace(*rows, trace_id=f"1-00000001-{number:024x}")
            for number, rows in enumerate(traces)
        )
    )


def evidence_of(good: RequestWindow, bad: RequestWindow) -> pd.DataFrame:
    return evidence(good, bad, alpha=0.05).set_index(["test", "name"])


def test_work_is_compared_with_what_all_have_in_common(of: Any) -> None:
    good = of([("a", None, 0, 8), ("b", "a", 1, 3), ("c", "a", 3, 5)] for _ in range(10))
    bad = of([("a", None, 0, 17), ("b", "a", 1, 8), ("c", "a", 8, 11)] for _ in range(10))
    own: Any = evidence_of(good, bad).loc["own time"]
    # a works 4 before and 7 now, b 2 and 7, c 2 and 3; what all have is the middle one, 3 more
    assert own["good"].to_dict() == {"a": 4.0, "b": 2.0, "c": 2.0}
    assert own["change"].to_dict() == {"a": 0.0, "b": 2.0, "c": -2.0}
    assert own.loc["b", "impact"] == pytest.approx(2 / (2 + 8))
    assert own["p"].idxmin() == "b"
    assert own.loc["b", "p"] < 0.001


def test_failures_are_counted_by_trace_and_tested_exactly(of: Any) -> None:
    good = of([("a", None, 0, 1)] for _ in range(80))
    bad = of([("a", None, 0, 1, {"fault": number < 4})] for number in range(40))
    row: Any = evidence_of(good, bad).loc[("failures", "a")]
    assert row[["good", "bad", "change", "impact"]].tolist() == [0.0, 0.1, 0.1, 0.1]
    assert row["p"] == pytest.approx(comb(40, 4) / comb(120, 4))


def test_p_values_are_corrected_within_a_kind_and_for_the_kinds(of: Any) -> None:
    good = of([("a", None, 0, 1), ("b", "a", 0, 0.5)] for _ in range(80))
    bad = of([("a", None, 0, 1), ("b", "a", 0, 0.5, {"fault": number < 4})] for number in range(40))
    table = evidence_of(good, bad)
    kinds = table["p"].notna().groupby("test").any().sum()
    assert kinds == 2  # own time and failures; nothing is throttled, lost or repeated
    row: Any = table.loc[("failures", "b")]
    # a never failed, so that there is one test of failures
    assert row["q"] == pytest.approx(kinds * row["p"])


def test_a_call_is_missing_only_if_its_caller_succeeded(of: Any) -> None:
    whole = [("a", None, 0, 2), ("bus", "a", 1, 2, BUS), ("b", "bus", 3, 4)]
    failed = [("a", None, 0, 1, {"fault": True})]
    lost: Any = evidence_of(of([whole] * 20), of([whole] * 10 + [failed] * 10)).loc["lost"]
    assert lost["bad"].tolist() == [0.0, 0.0]
    fewer: Any = evidence_of(of([whole] * 20), of([whole] * 10 + [whole[:2]] * 10)).loc["lost"]
    assert fewer["bad"].to_dict() == {
        "a -> Events [AWS::Events]": 0.0,
        "Events [AWS::Events] -> b": 0.5,
    }


def test_events_of_one_publisher_do_not_stand_for_those_of_another(of: Any) -> None:
    def trace(targets: tuple[str, ...]) -> list[Any]:
        rows: list[Any] = [("a", None, 0, 2), ("bus a", "a", 1, 2, BUS), ("b", "bus a", 3, 6)]
        rows += [("bus b", "b", 4, 5, BUS)]
        return rows + [(f"c by {one}", f"bus {one}", 7, 8, {"name": "c"}) for one in targets]

    lost: Any = evidence_of(of([trace(("a", "b"))] * 20), of([trace(("a",))] * 20)).loc["lost"]
    assert lost.loc["Events [AWS::Events] -> c", "bad"].max() == 1.0


def test_waits_are_compared_only_where_no_more_starts_are_cold(of: Any) -> None:
    def trace(wait: float, *, cold: bool = False) -> list[Any]:
        start = {"id": "init", "name": "Initialization", "start_time": 1e9, "end_time": 1e9}
        more = {"origin": "AWS::Lambda::Function", "subsegments": [start] if cold else []}
        begin = 2 + wait
        return [("a", None, 0, 2), ("bus", "a", 1, 2, BUS), ("b", "bus", begin, begin + 1, more)]

    good = of([trace(1.0)] * 20)
    later = evidence_of(good, of([trace(3.0)] * 20)).loc["wait"]
    assert later["change"].tolist() == [2.0]
    some_cold = [trace(3.0)] * 15 + [trace(3.0, cold=True)] * 5
    assert "wait" not in evidence_of(good, of(some_cold)).index.get_level_values("test")
