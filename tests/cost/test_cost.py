"""What a month costs: by hand, from the price file, and next to the original's table."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

import tracing_lab
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.cost import Load, estimate, load_prices
from tracing_lab.cost.load import quantities, traces_recorded
from tracing_lab.cost.original import compare_with_original
from tracing_lab.cost.prices import Price
from tracing_lab.errors import ConfigError

MILLION = 1_000_000


def usd(config: Config | None = None, *, item: str, **how: Any) -> float:
    made = estimate(config or Config(), **{"requests_per_month": MILLION, **how})
    return next(row.usd for row in made.rows if row.item.startswith(item))


def test_a_million_orders_by_hand() -> None:
    paid: dict[str, Any] = {"free_tier": False, "sampling_rate": 1.0}
    assert usd(item="traces recorded", **paid) == pytest.approx(5.00)
    assert usd(item="requests", **paid) == pytest.approx(1.00)  # five invocations an order
    assert usd(item="REST API calls", **paid) == pytest.approx(3.50)
    assert usd(item="custom events", **paid) == pytest.approx(3.00)  # three events an order
    load = Load(duration_ms=dict.fromkeys(Load().invocations, 200.0), cold_start_share=0.0)
    # 5 invocations of 0.2 s with an eighth of a GB
    assert usd(item="GB-seconds", load=load, **paid) == pytest.approx(125_000 * 0.0000166667)


def test_what_is_free_is_taken_off_once_for_those_that_share_it() -> None:
    # 40 GB of logs, and what is stored of them, share 5 GB
    load = Load(log_bytes=40 * 1024**3 / MILLION, access_log_bytes=0.0)
    assert usd(item="GB of Lambda logs", load=load) == pytest.approx(35 * 0.50)
    paid = estimate(Config(), requests_per_month=MILLION, free_tier=False, load=load)
    free = estimate(Config(), requests_per_month=MILLION, free_tier=True, load=load)
    stored = [row.usd for made in (paid, free) for row in made.rows if "stored" in row.item]
    assert stored[0] == stored[1] > 0


def test_sampling_changes_x_ray_only() -> None:
    made = estimate(Config(), requests_per_month=10 * MILLION, sampling_rate=0.1)
    changed = {row.service for row in made.rows if row.usd != row.usd_unsampled}
    assert changed == {"X-Ray"}
    recorded = made.rows[0]
    assert recorded.quantity == MILLION
    assert recorded.usd == pytest.approx(4.50)
    assert recorded.usd_unsampled == pytest.approx(49.50)


def test_the_stacks_own_sampling_rule_counts() -> None:
    config = Config(x_ray_sampling_rate=0.5, x_ray_sampling_reservoir=0)
    assert estimate(config, requests_per_month=1000).sampled_share == 0.5
    silent = Config(x_ray_tracing_mode="PassThrough")
    assert estimate(silent, requests_per_month=1000).rows[0].service != "X-Ray"


def test_options_show_on_the_bill() -> None:
    config = Config(enable_alarms=True, enable_dashboard=True, enable_dead_letter_queues=True)
    items = {row.item: row.quantity for row in estimate(config, requests_per_month=1000).rows}
    assert items["alarms"] == 18  # 3 a function, 1 a queue, 2 of the API
    assert items["dashboards"] == 1
    assert items["requests for dead letters"] == 3
    assert "alarms" not in {row.item for row in estimate(Config(), requests_per_month=1).rows}
    arm = Config(lambda_architecture="arm64")
    assert usd(arm, item="GB-seconds", free_tier=False) < usd(item="GB-seconds", free_tier=False)


def test_opentelemetry_costs_what_its_longer_starts_do() -> None:
    otel = Config(tracer="opentelemetry")
    bills = [
        estimate(each, requests_per_month=MILLION, free_tier=False) for each in (Config(), otel)
    ]
    changed = [
        a.item for a, b in zip(*(bill.rows for bill in bills), strict=True) if a.usd != b.usd
    ]
    assert changed == [row.item for row in bills[0].rows if row.item.startswith("GB-seconds")]
    assert Load.of(otel).init_ms > Load.of(Config()).init_ms == Load().init_ms


def test_every_quantity_has_a_price_and_every_price_a_source() -> None:
    prices = load_prices().prices
    for architecture in ("x86_64", "arm64"):
        config = Config(lambda_architecture=architecture)
        assert set(quantities(config, Load(), 1.0, 1.0)) <= set(prices)
    assert all(price.source.startswith("https://") for price in prices.values())
    assert all(price.tiers[-1][0] == float("inf") for price in prices.values())


def test_another_price_file_can_be_used(tmp_path: Path) -> None:
    packaged = Path(tracing_lab.__file__).parent / "cost" / "prices-2026-11.toml"
    tomllib.loads(packaged.read_text())
    dear = tmp_path / "prices.toml"
    dear.write_text(packaged.read_text().replace("[[inf, 0.000005]]", "[[inf, 1.0]]"))
    prices = load_prices(dear)
    how: dict[str, Any] = {"free_tier": False, "sampling_rate": 1.0, "prices": prices}
    assert usd(item="traces recorded", requests_per_month=2, **how) == 2.0


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_never_costs_less(one: float, more: float) -> None:
    price = Price("Moon", "rocks", [(10, 2.0), (1e6, 1.0), (float("inf"), 0.5)], "")
    assert price.usd(one) <= price.usd(one + more)


@given(st.floats(0, 1e9), st.floats(0, 1), st.floats(0, 100))
def test_no_more_traces_than_requests(requests: float, rate: float, reservoir: float) -> None:
    assert 0 <= traces_recorded(requests, rate, reservoir) <= requests * (1 + 1e-9)


def test_durations_come_from_traces(shop_spans: pd.DataFrame) -> None:
    load = Load.from_spans(shop_spans)
    assert load.invocations["order"] == 1
    assert 1 < load.invocations["notification"] <= 2
    functions = shop_spans[shop_spans["origin"] == "AWS::Lambda::Function"]
    orders = functions[functions["name"].str.contains("-order-")]
    assert load.duration_ms["order"] == pytest.approx(orders["duration_s"].mean() * 1000)
    assert Load.from_spans(shop_spans.iloc[:0]) == Load()


def test_the_originals_table_is_a_thousand_times_too_high() -> None:
    lines = {line.service: line for line in compare_with_original(Config()).lines}
    assert sum(line.stated_usd for line in lines.values()) == pytest.approx(10.20)
    assert lines["X-Ray"].usd == pytest.approx(0.005, rel=0.01)
    for right in ("X-Ray", "API Gateway"):
        assert lines[right].usd_of_a_million == pytest.approx(lines[right].stated_usd, rel=0.01)
    assert lines["EventBridge"].usd_of_a_million == pytest.approx(3.00)
    assert "a million traces" in lines["X-Ray"].note


@pytest.mark.parametrize(
    "how", [{"requests_per_month": -1}, {"requests_per_month": 1, "sampling_rate": 1.5}]
)
def test_impossible_numbers_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(reversed(how))):
        estimate(Config(), **how)


def test_an_estimate_shows_itself_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    made = estimate(Config(), requests_per_month=1000)
    assert "1,000 orders a month, 100% traced" in str(made)
    assert "<table" in made._repr_html_()
    assert made.to_frame()["usd"].sum() == made.total_usd
    assert main(["cost", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["total_usd"] == made.total_usd
    assert main(["cost", "--duration-ms", "250"]) == 0
    assert "payment 250 ms" in capsys.readouterr().out
    assert main(["cost", "--original"]) == 0
    assert "10.20" in capsys.readouterr().out
