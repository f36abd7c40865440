"""What spans cost: the bill, priced to what caused it."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.config import Config
from tracing_lab.cost import Estimate, costs_by_latency, span_costs, traffic_bill
from tracing_lab.cost.per_span import PICODOLLARS, TRAFFIC_ITEMS
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import end_to_end

Make = Callable[..., dict[str, Any]]
FUNCTION = {"origin": "AWS::Lambda::Function"}


def picodollars(bill: Estimate) -> dict[str, int]:
    """Return the lines of a bill that depend on traffic."""
    return {
        row.name: round(row.usd * PICODOLLARS) for row in bill.rows if row.name in TRAFFIC_ITEMS
    }


EVERYTHING = Config(
    enable_alarms=True,
    enable_dashboard=True,
    enable_dead_letter_queues=True,
    lambda_architecture="arm64",
)


@pytest.mark.parametrize("config", [Config(), EVERYTHING, Config(x_ray_tracing_mode="PassThrough")])
@pytest.mark.parametrize("how", [{}, {"requests_per_month": 3e7, "free_tier": True}])
def test_costs_sum_to_the_bill_exactly(
    shop_spans: pd.DataFrame, config: Config, how: dict[str, Any]
) -> None:
    bill = traffic_bill(shop_spans, config, **how)
    costs = span_costs(shop_spans, bill)
    assert costs.index.equals(shop_spans.index)
    assert costs.drop(columns="usd").sum().to_dict() == picodollars(bill)
    assert costs["usd"].sum() == pytest.approx(sum(picodollars(bill).values()) / PICODOLLARS)
    fixed = {row.name for row in bill.rows} - {*costs}
    assert fixed <= {"metrics", "alarms", "dashboards"}


@settings(max_examples=30)
@given(
    share=st.floats(0.01, 1),
    requests=st.floats(0, 1e10),
    rate=st.floats(0, 1),
    seed=st.integers(0, 9),
)
def test_any_part_of_the_traffic_sums_to_its_bill(
    shop_spans: pd.DataFrame, share: float, requests: float, rate: float, seed: int
) -> None:
    spans = shop_spans.sample(frac=share, random_state=seed)
    bill = traffic_bill(spans, Config(), requests_per_month=requests, sampling_rate=rate)
    assert span_costs(spans, bill).drop(columns="usd").sum().to_dict() == picodollars(bill)


def test_gigabyte_seconds_follow_time_and_initialization(make_trace: Make) -> None:
    init = {"id": "i", "name": "Init", "start_time": 1_795_435_201.0, "end_time": 1_795_435_202.0}
    cold = FUNCTION | {"subsegments": [init]}
    trace = make_trace(("a", None, 0, 9), ("b", "a", 2, 4, cold), ("c", "a", 5, 6, FUNCTION))
    spans = spans_from_traces([trace])
    costs = span_costs(spans, traffic_bill(spans, Config())).droplevel("trace_id")
    seconds, requests = costs["lambda_x86_64"].to_dict(), costs["lambda_requests"].to_dict()
    assert seconds["b"] == pytest.approx(3 * seconds["c"], abs=3)
    assert requests["b"] == requests["c"] > 0
    assert seconds["a"] == requests["a"] == 0
    assert costs["xray_recorded"].to_dict() == {"a": 5_000_000, "b": 0, "i": 0, "c": 0}


def test_a_retry_is_paid_for(make_trace: Make) -> None:
    once = make_trace(("a", None, 0, 1, FUNCTION), trace_id="1-1")
    again = make_trace(("b", None, 0, 1, FUNCTION), ("c", "b", 2, 3, FUNCTION), trace_id="1-2")
    spans = spans_from_traces([once, again])
    costs = span_costs(spans, traffic_bill(spans, Config())).groupby("trace_id").sum()
    assert costs["lambda_requests"].to_list() == pytest.approx(
        [costs["lambda_requests"].sum() / 3, costs["lambda_requests"].sum() * 2 / 3], abs=1
    )


def test_the_slowest_have_their_price(shop_spans: pd.DataFrame) -> None:
    bill = traffic_bill(shop_spans, Config())
    costs, table = (
        span_costs(shop_spans, bill),
        costs_by_latency(shop_spans, bill, edges=[0.5, 0.95]),
    )
    assert table.index.to_list() == ["0-50 %", "50-95 %", "95-100 %"]
    assert table["picodollars"].sum() == costs.drop(columns="usd").sum().sum()
    durations = end_to_end(shop_spans)["duration_s"].sort_values()
    slow = durations.index[int(np.ceil(0.95 * len(durations))) :]
    assert table["requests"].to_list()[-1] == len(slow)
    assert table["usd"].iloc[-1] == pytest.approx(costs.loc[slow, "usd"].sum())
    assert table["usd_per_million"].iloc[-1] == pytest.approx(
        table["usd"].iloc[-1] / len(slow) * 1e6
    )
    assert table["mean_duration_s"].is_monotonic_increasing


def test_requests_in_progress_have_a_price_too(make_trace: Make) -> None:
    ended, open_ = make_trace(("a", None, 0, 1), trace_id="1-1"), make_trace(("b", None, 0, None))
    spans = spans_from_traces([ended, open_])
    table = costs_by_latency(spans, traffic_bill(spans, Config()), edges=[0.5])
    assert table["requests"].to_dict() == {"0-50 %": 0, "50-100 %": 1, "not ended": 1}
    assert table["picodollars"].iloc[1] == table["picodollars"].iloc[2] > 0


@pytest.mark.parametrize("edges", [[0.9, 0.5], [0.0], [1.0], [0.5, 0.5]])
def test_percentiles_out_of_order_are_rejected(
    shop_spans: pd.DataFrame, edges: list[float]
) -> None:
    bill = traffic_bill(shop_spans, Config())
    with pytest.raises(ValueError, match="must ascend between 0 and 1"):
        costs_by_latency(shop_spans, bill, edges=edges)


def test_no_spans_cost_nothing() -> None:
    spans = spans_from_traces([])
    bill = traffic_bill(spans, Config())
    assert span_costs(spans, bill)["usd"].to_list() == []
    assert costs_by_latency(spans, bill)["requests"].sum() == 0


@pytest.mark.parametrize("requests", [1, 48, 1_000_000])
def test_a_million_requests_cost_the_same_in_a_bill_for_any_number(
    shop_spans: pd.DataFrame, requests: int
) -> None:
    table = costs_by_latency(
        shop_spans, traffic_bill(shop_spans, Config(), requests_per_month=requests)
    )
    usual = costs_by_latency(shop_spans, traffic_bill(shop_spans, Config()))
    for name in ("usd_per_million", "share", "requests"):
        assert table[name].to_list() == pytest.approx(usual[name].to_list(), rel=1e-3)


def test_neither_boto3_nor_without_need_pandas_is_loaded() -> None:
    code = (
        "import sys, tracing_lab as tl; tl.cost.estimate; assert 'pandas' not in sys.modules; "
        "tl.cost.span_costs; assert 'pandas' in sys.modules and 'boto3' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
