"""Whole traces, from spans and from summaries."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    end_to_end,
    error_rates,
    latency_summary,
    whole_traces,
)
from tracing_lab.summaries import frame_from_summaries
from tracing_lab.xray_model.traces import flag_at_root

Make = Callable[..., dict[str, Any]]


def test_a_whole_trace(worked_spans: pd.DataFrame) -> None:
    trace = end_to_end(worked_spans).iloc[0]
    assert trace["root"] == "orders-api/prod"
    assert trace["response_s"] == pytest.approx(0.412)
    assert trace["duration_s"] == pytest.approx(0.949877)
    assert trace[["segments", "inferred", "status", "failed", "complete"]].tolist() == [
        5,
        2,
        "ok",
        False,
        True,
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("a", None, 0, 1), ("b", "lost", 0, 1)],
        [("a", None, 0, 1), ("b", None, 0, 1)],
        [("a", "lost", 0, 1)],
        [("a", None, 0, 1), ("b", "a", 0, None)],
    ],
    ids=["orphan", "two roots", "no root", "in progress"],
)
def test_a_trace_with_loose_ends_is_not_complete(make_trace: Make, rows: list[Any]) -> None:
    assert not end_to_end(spans_from_traces([make_trace(*rows)]))["complete"].item()


def test_a_fault_anywhere_makes_a_trace_fail(make_trace: Make) -> None:
    rows = ("a", None, 0, 1), ("b", "a", 0, 1, {"fault": True})
    trace = end_to_end(spans_from_traces([make_trace(*rows)])).iloc[0]
    assert (trace["status"], trace["failed"]) == ("ok", True)


@pytest.mark.parametrize("origin", ["AWS::Lambda", "AWS::Lambda::Function", None])
@pytest.mark.parametrize("own", [{}, {"error": True}, {"fault": True}])
@pytest.mark.parametrize("below", [{}, {"error": True}, {"fault": True}])
def test_a_root_of_lambda_s_service_shows_the_failure_of_its_function(
    make_trace: Make, origin: str | None, own: dict[str, Any], below: dict[str, Any]
) -> None:
    root = ("a", None, 0, 1, own | ({"origin": origin} if origin else {}))
    distant = ("c", "b", 0, 1, {"fault": True})
    other = make_trace(("a", None, 0, 1), trace_id="1-00000002-1")  # with the same span id
    spans = spans_from_traces([make_trace(root, ("b", "a", 0, 1, below), distant), other])
    flags = {
        flag: flag_at_root(origin, own=flag in own, children=[flag in below])
        for flag in ("fault", "error")
    }
    expected = next((flag for flag, is_set in flags.items() if is_set), "ok")
    assert end_to_end(spans)["status"].tolist() == [expected, "ok"]


def test_a_root_in_progress_or_throttled_stays_so(make_trace: Make) -> None:
    lambda_service = {"origin": "AWS::Lambda"}
    failing = ("b", "a", 0, 1, {"fault": True})
    throttled = lambda_service | {"error": True, "throttle": True}
    traces = [
        make_trace(("a", None, 0, None, lambda_service), failing, trace_id="1-00000001-1"),
        make_trace(("a", None, 0, 1, throttled), failing, trace_id="1-00000002-1"),
    ]
    assert end_to_end(spans_from_traces(traces))["status"].tolist() == ["in_progress", "throttle"]


def test_a_root_is_preferred_to_an_earlier_orphan(make_trace: Make) -> None:
    rows = ("lost", "x", 0, 9), ("root", None, 1, 3)
    trace = end_to_end(spans_from_traces([make_trace(*rows)])).iloc[0]
    assert (trace["root"], trace["response_s"]) == ("root", 2)


def test_a_trace_of_subsegments_only_is_listed_as_incomplete(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", "x", 0, 1, {"type": "subsegment"}))])
    trace = end_to_end(spans).iloc[0]
    assert (trace["segments"], trace["complete"]) == (0, False)
    assert pd.isna(trace["response_s"])


def test_every_order_of_the_shop_is_complete(shop_spans: pd.DataFrame) -> None:
    traces = end_to_end(shop_spans)
    assert len(traces) == 120
    assert traces["complete"].all()
    assert (traces.loc[~traces["failed"], ["segments", "inferred"]] == [11, 3]).all(axis=None)


def summary(number: int, **members: Any) -> dict[str, Any]:
    return {"Id": f"1-00000001-{number:x}", "StartTime": 1795435200.0 + number, **members}


FAULT, ERROR = {"HasFault": True}, {"HasError": True}
THROTTLE = {"HasError": True, "HasThrottle": True}


@pytest.mark.parametrize(
    "members,status",
    [
        ({}, "ok"),
        (ERROR, "error"),
        (FAULT, "fault"),
        (THROTTLE, "throttle"),
        (THROTTLE | {"Http": {"HttpStatus": 429}}, "throttle"),
        (THROTTLE | {"Http": {"HttpStatus": 400}}, "error"),  # some other segment was throttled
        ({"HasThrottle": True}, "ok"),  # the client did not notice
        (FAULT | THROTTLE, "fault"),
        (FAULT | {"ResponseTime": None}, "in_progress"),
        ({"IsPartial": True}, "ok"),  # asynchronous work goes on
    ],
)
def test_the_status_of_a_trace_is_what_the_client_got(members: dict[str, Any], status: str) -> None:
    frame = frame_from_summaries([summary(1, **{"ResponseTime": 1.0, **members})])
    assert whole_traces(frame)["status"].tolist() == [status]


@pytest.mark.parametrize("by", ["order_id", "annotations"])
@pytest.mark.parametrize("function", [latency_summary, whole_traces, error_rates])
def test_a_column_that_a_summary_frame_lacks_is_refused(function: Any, by: str) -> None:
    with pytest.raises(ValueError, match=rf"frame_from_summaries\(items, annotations=\['{by}'\]\)"):
        function(frame_from_summaries([summary(1)]), by=by)


@pytest.mark.parametrize("function", [latency_summary, whole_traces, error_rates])
def test_a_frame_of_another_kind_is_refused(function: Any) -> None:
    log = pd.DataFrame({"trace_id": ["a"]})
    with pytest.raises(TraceDataError, match=r"index \[None\] is neither a summary frame nor"):
        function(log)


def test_a_trace_starts_with_its_first_segment_as_x_ray_says(make_trace: Make) -> None:
    # An environment that was started for another request initialized before this one came.
    init = {"id": "i", "name": "Init", "start_time": 1795435199.5, "end_time": 1795435199.9}
    spans = spans_from_traces([make_trace(("a", None, 0, 1, {"subsegments": [init]}))])
    assert end_to_end(spans)["start"].tolist() == [pd.Timestamp(1795435200, unit="s", tz="UTC")]


def test_a_trace_of_subsegments_alone_starts_with_the_first(make_trace: Make) -> None:
    parts = [
        (name, "lost", start, 3, {"type": "subsegment"}) for name, start in (("b", 2), ("a", 1))
    ]
    table = end_to_end(spans_from_traces([make_trace(*parts)]))
    assert table["start"].tolist() == [pd.Timestamp(1795435201, unit="s", tz="UTC")]


def test_spans_and_summaries_list_the_same_whole_traces(make_trace: Make) -> None:
    flags: list[dict[str, Any]] = [{}, {"fault": True}, {"error": True}]
    traces = [
        make_trace(("api", None, n, n + 2.5, more), ("b", "api", n + 1, n + 9), trace_id=str(n))
        for n, more in enumerate(flags)
    ]
    members: list[dict[str, Any]] = [{}, FAULT, ERROR]
    entry = {"EntryPoint": {"Name": "api"}, "ResponseTime": 2.5}
    items = [
        {"Id": str(n), "StartTime": 1795435200.0 + n, **entry, **more}
        for n, more in enumerate(members)
    ]
    from_spans = whole_traces(spans_from_traces(traces))
    pd.testing.assert_frame_equal(whole_traces(frame_from_summaries(items)), from_spans)
