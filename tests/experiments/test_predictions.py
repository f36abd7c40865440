"""A prediction is verified on a running stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, TrafficError
from tracing_lab.experiments import PredictionScore, verify_prediction
from tracing_lab.experiments.scoring import score
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats.whatif import InParallel, Prediction, Retried, Scaled, predict

LOAD: dict[str, Any] = {"orders": 20, "rate": 5.0, "seed": 4, "id_prefix": "what-if-"}
BEFORE = {"latency": {"distribution": "constant", "ms": 150}}


@pytest.fixture(scope="module")
def config(embedded_url: str) -> Iterator[Config]:
    config = Config(endpoint_url=embedded_url, aws_region="ap-east-2", lambda_max_retries=0)
    deploy.apply(config)
    faults.inject(config, "order", latency_ms=150)
    yield config
    deploy.destroy(config, confirm=True)


@pytest.fixture(scope="module")
def spans(config: Config) -> pd.DataFrame:
    log = traffic.fire(deploy.outputs(config), **LOAD)
    return spans_from_traces(xray.fetch_traces(config, log))


def test_a_prediction_is_compared_with_what_comes(config: Config, spans: pd.DataFrame) -> None:
    prediction = predict(spans, Scaled("-order-", 4, operation="process_order"))
    with pytest.raises(ConfigError, match="did you mean 'order'"):
        verify_prediction(config, replace(prediction, changes=(Scaled("ordr", 2),)), **LOAD)
    verified = verify_prediction(config, prediction, **LOAD)
    # a busy machine may add to 600 ms, and takes nothing away
    row: Any = verified.table.loc["p50"]
    observed_s = row["observed_s"]
    assert 0.6 < observed_s < 3
    assert row["error"] == pytest.approx(row["predicted_s"] / observed_s - 1)
    assert len(verified.sent) == 20
    assert {*verified.sent["order_id"]} == {f"what-if-{number}" for number in range(20)}
    # AND everything is as it was
    assert faults.active(config) == {"order": BEFORE}


def test_retries_are_set_and_set_back(config: Config, spans: pd.DataFrame) -> None:
    prediction = predict(spans, Retried("payment", attempts=1), of="chain")
    verified = verify_prediction(config, prediction, **LOAD)
    assert verified.table["observed_s"].gt(0.15).all()
    assert not deploy.drift(config).steps[1:]  # but for the fault


def test_what_the_stack_cannot_do_may_be_done_by_the_caller(
    config: Config, spans: pd.DataFrame
) -> None:
    done: list[str] = []

    @contextmanager
    def by_hand() -> Iterator[None]:
        done.append("applied")
        yield
        done.append("taken back")

    prediction = replace(predict(spans), changes=(InParallel("order", ("a", "b")),))
    with pytest.raises(ConfigError, match="cannot be made on this stack"):
        verify_prediction(config, prediction, **LOAD)
    assert verify_prediction(config, prediction, **LOAD, apply=by_hand()).sent.shape[0] == 20
    assert done == ["applied", "taken back"]


@pytest.mark.parametrize("change", [{"orders": 19}, {"orders": 2.5}, {"rate": -1}])
def test_loads_that_say_nothing_are_rejected(
    config: Config, spans: pd.DataFrame, change: dict[str, float]
) -> None:
    with pytest.raises(TrafficError):
        verify_prediction(config, predict(spans), **{**LOAD, **change})


def scored(shop_spans: pd.DataFrame, factor: float) -> PredictionScore:
    prediction: Prediction = predict(shop_spans)
    observed_s = np.append(prediction.now_s * factor, np.nan)
    return score(prediction, observed_s, spans=shop_spans, sent=pd.DataFrame())


def test_a_score_says_whether_a_prediction_holds(shop_spans: pd.DataFrame) -> None:
    same, slower = scored(shop_spans, 1.0), scored(shop_spans, 2.0)
    assert same.holds
    assert same.table["error"].tolist() == pytest.approx([0, 0])
    assert not slower.holds
    assert slower.table["error"].tolist() == pytest.approx([-0.5, -0.5])
    assert repr(slower).startswith("The prediction does not hold (120 orders)")
    assert "-50.0%" in slower._repr_html_()
