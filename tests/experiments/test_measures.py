"""What orders show of a cause, in traces whose times and failures are known."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import pytest

from tracing_lab.experiments.measures import OwnRequests, ended, measured, seen
from tracing_lab.spans import spans_from_traces

Rows = list[tuple[Any, ...]]
Measure = Callable[[Sequence[Rows], OwnRequests], pd.DataFrame]


@pytest.fixture
def measure(make_trace: Callable[..., Any]) -> Measure:
    """Return what traces show, one row for each in their order."""

    def of(traces: Sequence[Rows], watched: OwnRequests) -> pd.DataFrame:
        window, _ = seen(spans_of(make_trace, traces))
        return measured(window, watched)

    return of


def spans_of(make_trace: Callable[..., Any], traces: Sequence[Rows]) -> pd.DataFrame:
    return spans_from_traces(
        [
            make_trace(*rows, trace_id=f"1-00000001-{number:024x}")
            for number, rows in enumerate(traces)
        ]
    )


def calling(own_s: float, **more: Any) -> Rows:
    """Return a trace in which a calls b, which works before it calls c."""
    return [
        ("a", None, 0.0, own_s + 0.4, {}),
        ("b", "a", 0.1, own_s + 0.3, more),
        ("c", "b", 0.1 + own_s, 0.2 + own_s, {}),
    ]


def of(*names: str) -> OwnRequests:
    return OwnRequests(frozenset(names), frozenset(names))


def test_own_time_is_without_calls(measure: Measure) -> None:
    table = measure([calling(0.5), calling(1.5)], of("b"))
    assert table["own_s"].tolist() == pytest.approx([0.6, 1.6])
    assert table["wait_s"].isna().all()
    assert not table[["failed", "throttled", "missing"]].any(axis=None)


@pytest.mark.parametrize(
    "flags, column", [({"fault": True}, "failed"), ({"error": True, "throttle": True}, "throttled")]
)
def test_failures_and_throttles_are_apart_and_have_no_own_time(
    measure: Measure, flags: dict[str, bool], column: str
) -> None:
    table = measure([calling(0.5, **flags), calling(0.5)], of("b"))
    assert table[column].tolist() == [True, False]
    assert not table[({"failed", "throttled"} - {column}).pop()].any()
    assert table["own_s"].isna().tolist() == [True, False]


def test_a_failure_counts_for_the_service_in_which_it_began(measure: Measure) -> None:
    traces = [[("a", None, 0.0, 1.0, {"fault": True}), ("b", "a", 0.1, 0.9, {"fault": True})]]
    assert measure(traces, of("b"))["failed"].tolist() == [True]
    assert measure(traces, of("a"))["failed"].tolist() == [False]


def test_an_order_that_does_not_get_there_is_missing(measure: Measure) -> None:
    traces = [calling(0.5), calling(0.5)[:2]]
    assert measure(traces, of("b"))["missing"].tolist() == [False, False]
    assert measure(traces, of("c"))["missing"].tolist() == [False, True]
    assert measure(traces, of("c"))["own_s"].isna().tolist() == [False, True]


def test_trace_ids_are_those_of_the_rows(make_trace: Callable[..., Any]) -> None:
    traces = [calling(0.5), calling(1.5), calling(2.5)]
    shuffled = spans_of(make_trace, traces)
    window, ids = seen(shuffled)
    own = measured(window, of("b"))["own_s"]
    by_id = {ids[number]: own[number] for number in own.index}
    assert by_id["1-00000001-000000000000000000000001"] == pytest.approx(1.6)
    assert len(by_id) == 3


def test_the_end_is_when_its_last_request_is_done(make_trace: Callable[..., Any]) -> None:
    traces = [calling(0.5), calling(1.5, fault=True), calling(0.5)[:1]]
    window, _ = seen(spans_of(make_trace, traces))
    table = ended(window, "b")
    assert table["end_s"].tolist() == pytest.approx([0.8, float("nan"), float("nan")], nan_ok=True)
    assert table["end_failed"].tolist() == [False, True, True]


def test_an_end_that_no_trace_reaches_is_unknown(make_trace: Callable[..., Any]) -> None:
    window, _ = seen(spans_of(make_trace, [calling(0.5)]))
    assert ended(window, "nowhere").isna().all(axis=None)
