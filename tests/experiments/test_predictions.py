"""A prediction is verified on a running stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Unpack, get_type_hints

import numpy as np
import pandas as pd
import pytest

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError, TrafficError
from tracing_lab.experiments import PredictionScore, verify_prediction
from tracing_lab.experiments.scoring import score
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats.whatif import InParallel, Prediction, Retried, Scaled, predict
from tracing_lab.traffic import random_orders
from tracing_lab.traffic.bad_orders import with_bad_orders
from tracing_lab.traffic.load import LoadOptions

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


def test_the_same_arrivals_with_the_same_orders_can_be_sent(
    config: Config, spans: pd.DataFrame
) -> None:
    prediction = predict(spans, Scaled("-order-", 2, operation="process_order"))
    arrivals = [number / 8 for number in range(24)]
    verified = verify_prediction(
        config, prediction, arrivals=arrivals, bad_share=0.3, seed=4, id_prefix="again-"
    )
    sent = verified.sent
    offsets_s = (sent["scheduled"] - sent["scheduled"].iloc[0]).dt.total_seconds()
    assert offsets_s.tolist() == pytest.approx(arrivals, abs=1e-5)
    made = with_bad_orders(random_orders(24, seed=4), 0.3, seed=4)
    assert sent["bad"].tolist() == [order.bad for order in made]
    assert "(24 orders)" in repr(verified)
    assert "The interval is for 20 requests." in repr(verified)


def test_what_was_set_by_hand_is_still_by_hand(config: Config, spans: pd.DataFrame) -> None:
    own = OwnFunctions.of(config, Aws(config))
    variables = own.read("payment")["Configuration"]["Environment"]["Variables"]
    by_hand = {
        "Variables": {**variables, "FAULTS": '{"latency":{"distribution":"constant","ms":9}}'}
    }
    own.aws.lambda_.update_configuration(own.names.function("payment"), Environment=by_hand)
    before = deploy.drift(config).injected
    change = Scaled("payment", 2, operation="payment_processor")
    prediction = replace(predict(spans), changes=(change,))
    verify_prediction(config, prediction, rate=8, seed=4)
    assert deploy.drift(config).injected == before
    assert faults.clear(config, "payment") == ()
    own.aws.lambda_.update_configuration(
        own.names.function("payment"), Environment={"Variables": variables}
    )


LOADS = [
    {"orders": 19},
    {"orders": 2.5},
    {"rate": -1},
    {"scenario": "none"},
    {"sampled": False},
    {"orders": 200, "rate": 20.0, "arrivals": [0.0] * 19},
    {"arrivals": [0.0] * 20},
    {"bad_share": 2},
]


@pytest.mark.parametrize("change", LOADS)
def test_loads_that_say_nothing_are_rejected(shop_spans: pd.DataFrame, change: Any) -> None:
    nowhere = Config(endpoint_url="http://127.0.0.1:9")
    with pytest.raises(TrafficError):
        verify_prediction(nowhere, predict(shop_spans), **{**LOAD, **change})


def test_by_default_as_many_orders_are_sent_as_the_interval_is_for(
    shop_spans: pd.DataFrame,
) -> None:
    nowhere = Config(endpoint_url="http://127.0.0.1:9")
    few = predict(shop_spans, requests=19)
    with pytest.raises(TrafficError, match="at least 20 orders, and not 19"):
        verify_prediction(nowhere, few, rate=3)
    other = score(few, few.now_s, spans=shop_spans, sent=pd.DataFrame())
    assert "(120 orders)" in repr(other)
    assert "The interval is for 19 requests." in repr(other)


def test_all_parameters_of_a_load_are_passed_on() -> None:
    assert get_type_hints(verify_prediction)["load"] == Unpack[LoadOptions]


def scored(shop_spans: pd.DataFrame, factor: float) -> PredictionScore:
    prediction: Prediction = predict(shop_spans)
    observed_s = np.append(prediction.now_s * factor, np.nan)
    return score(prediction, observed_s, spans=shop_spans, sent=pd.DataFrame())


def test_a_score_says_whether_a_prediction_holds(shop_spans: pd.DataFrame) -> None:
    same, slower = scored(shop_spans, 1.0), scored(shop_spans, 2.0)
    assert same.holds
    assert "The interval is for" not in repr(same)
    assert same.table["error"].tolist() == pytest.approx([0, 0])
    assert not slower.holds
    assert slower.table["error"].tolist() == pytest.approx([-0.5, -0.5])
    assert repr(slower).startswith("The prediction does not hold (120 orders)")
    assert "-50.0%" in slower._repr_html_()
