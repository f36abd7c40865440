"""Random orders are valid."""

from typing import Any

import pytest
from hypothesis import given, strategies as st
from orders_server import created, outputs_at, serving

from tracing_lab.errors import TrafficError
from tracing_lab.traffic import fire, random_orders


@given(st.integers(1, 50), st.integers())
def test_orders_are_valid_for_any_seed(count: int, seed: int) -> None:
    for order in random_orders(count, seed=seed):
        assert order.customer_id.startswith("customer-")
        assert order.body["quantity"] >= 1
        assert order.body["amount"] > 0


def test_orders_have_the_ids_that_they_are_given() -> None:
    with serving(created) as server:
        fire(outputs_at(server.server_port), orders=3, rate=500, id_prefix="run-1.")
        fire(outputs_at(server.server_port), orders=1, rate=500)
    sent = [body.get("orderId") for *_, body in server.requests]
    assert sorted(sent[:3]) == ["run-1.0", "run-1.1", "run-1.2"]
    assert sent[3:] == [None]


@pytest.mark.parametrize("prefix", ["", "a b", "x" * 49, "a/b", 3])
def test_ids_that_the_shop_would_reject_are_not_sent(prefix: Any) -> None:
    with pytest.raises(TrafficError, match="id_prefix="):
        fire(outputs_at(1), orders=1, id_prefix=prefix)
