"""Latency by group, in numbers that can be checked by hand."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    error_rates,
    latency_summary,
    request_spans,
    self_time_summary,
)
from tracing_lab.summaries import frame_from_summaries

Make = Callable[..., dict[str, Any]]


def spans_lasting(make: Make, *seconds: float | None, **more: Any) -> pd.DataFrame:
    """Make one trace per duration, each of one segment called a."""
    return spans_from_traces(
        make(("a", None, 0, end, more), trace_id=str(number)) for number, end in enumerate(seconds)
    )


def test_the_summary_of_four_requests(make_trace: Make) -> None:
    row = latency_summary(spans_lasting(make_trace, 1, 2, 3, 4)).loc["a"]
    expected = {"count": 4, "p50_s": 2.5, "p90_s": 3.7, "p95_s": 3.85, "p99_s": 3.97, "max_s": 4}
    assert row[list(expected)].to_dict() == pytest.approx(expected)
    assert row[["p50_low_s", "p50_high_s"]].isna().all()


def test_rates_are_fractions_of_all_requests(make_trace: Make) -> None:
    flags = [{}, {"fault": True}, {"error": True}, {"error": True, "throttle": True}]
    traces = [make_trace(("a", None, 0, 1, more), trace_id=str(n)) for n, more in enumerate(flags)]
    row: Any = latency_summary(spans_from_traces(traces)).loc["a"]
    assert row[["error_rate", "fault_rate", "throttle_rate"]].tolist() == [0.25, 0.25, 0.25]


def test_requests_in_progress_count_without_a_duration(make_trace: Make) -> None:
    row = latency_summary(spans_lasting(make_trace, 1, None)).loc["a"]
    assert (row["count"], row["p50_s"]) == (2, 1)


def test_a_function_counts_with_its_own_run(worked_spans: pd.DataFrame) -> None:
    summary = latency_summary(worked_spans)
    services = ["orders-api/prod", "order-fn", "orders", "Events", "ship-fn"]
    assert summary.index.tolist() == services
    assert summary.loc["order-fn", "p50_s"] == pytest.approx(0.133721)


def test_a_function_is_two_nodes(worked_spans: pd.DataFrame) -> None:
    summary = latency_summary(worked_spans, by="node")
    assert summary.index.names == ["service", "origin"]
    assert summary.loc[("order-fn", "AWS::Lambda"), "p50_s"] == pytest.approx(0.399)


def test_operations_are_spans_by_name(worked_spans: pd.DataFrame) -> None:
    summary = latency_summary(worked_spans, by="operation")
    key = ("ship-fn", "AWS::Lambda::Function", "Initialization")
    assert summary.loc[key, "p50_s"] == pytest.approx(0.193331)


def test_a_service_segment_alone_speaks_for_its_function(make_trace: Make) -> None:
    spans = spans_lasting(make_trace, 2, origin="AWS::Lambda")
    assert latency_summary(spans).loc["a", "p50_s"] == 2


def test_segments_without_an_origin_are_grouped_too(make_trace: Make) -> None:
    assert latency_summary(spans_lasting(make_trace, 2), by="node").index.tolist() == [("a", "")]


@pytest.mark.parametrize("function", [latency_summary, self_time_summary, request_spans])
def test_an_unknown_grouping_is_refused(function: Any, worked_spans: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="must be one of service, node, operation"):
        function(worked_spans, by="team")


def summary(number: int, **members: Any) -> dict[str, Any]:
    return {"Id": f"1-00000001-{number:x}", "StartTime": 1795435200.0 + number, **members}


def test_whole_traces_are_summarized_by_entry_point() -> None:
    items = [
        summary(n, ResponseTime=float(n), Duration=99.0, EntryPoint={"Name": "api"})
        for n in range(1, 101)
    ]
    row = latency_summary(frame_from_summaries(items)).loc["api"]
    expected = {"count": 100, "p50_s": 50.5, "p50_low_s": 40, "p50_high_s": 61, "max_s": 100}
    assert row[list(expected)].to_dict() == expected


def test_whole_traces_can_be_grouped_by_an_annotation() -> None:
    values: list[list[Any]] = [["gold"], ["gold", "new"], []]
    items = []
    for number, texts in enumerate(values):
        entries = [{"AnnotationValue": {"StringValue": text}} for text in texts]
        annotations = {"tier": entries} if entries else {}
        items.append(summary(number, ResponseTime=1.0 + number, Annotations=annotations))
    frame = frame_from_summaries(items, annotations=["tier"])
    # a trace with two values counts for both, one without a value counts too
    table = latency_summary(frame, by="tier")
    assert table.index.name == "tier"
    assert table["count"].tolist() == [2, 1, 1]
    assert table.loc["gold", "p50_s"] == 1.5
    assert pd.isna(table.index[2])
    assert error_rates(frame, by="tier")["count"].tolist() == [2, 1, 1]
