"""Orders that the shop rejects."""

import json

import pytest
from hypothesis import given, strategies as st
from orders_server import created, outputs_at, serving

from shop.orders import order_from_request
from shop.rest_api import InvalidRequestError
from tracing_lab.traffic import BAD_ORDERS, Order, fire, random_orders
from tracing_lab.traffic.bad_orders import with_bad_orders


def accepted(order: Order) -> bool:
    """Return whether the shop's own rules accept an order."""
    event = {
        "pathParameters": {"customerId": order.customer_id},
        "body": json.dumps(order.body),
    }
    try:
        order_from_request(event)
    except InvalidRequestError:
        return False
    return True


@pytest.mark.parametrize("prefix", [None, "mine-"])
def test_the_shop_rejects_the_bad_ones_and_no_others(prefix: str | None) -> None:
    orders = with_bad_orders(random_orders(300, seed=2), 0.5, seed=2)
    if prefix:
        orders = [order.named(f"{prefix}{order.number}") for order in orders]
    assert {order.bad for order in orders} == {"", *BAD_ORDERS}
    assert [accepted(order) for order in orders] == [not order.bad for order in orders]


@given(st.integers(0, 99), st.floats(0, 1), st.floats(0, 1), st.integers(1, 60))
def test_good_orders_stay_and_a_larger_share_keeps_the_bad_ones(
    seed: int, one: float, other: float, count: int
) -> None:
    plain = random_orders(count, seed=seed)
    few, many = (with_bad_orders(plain, share, seed=seed) for share in sorted((one, other)))
    for good, some, more in zip(plain, few, many, strict=True):
        assert some in (good, more)
        assert more == good or more.bad
    assert with_bad_orders(plain, 0, seed=seed) == plain
    assert all(order.bad for order in with_bad_orders(plain, 1, seed=seed))
    assert many[: count // 2] == with_bad_orders(plain[: count // 2], max(one, other), seed=seed)


def test_the_share_is_about_what_was_asked_for() -> None:
    orders = with_bad_orders(random_orders(2000, seed=1), 0.2, seed=1)
    assert sum(bool(order.bad) for order in orders) == pytest.approx(400, abs=60)


def test_the_log_says_what_was_wrong_with_an_order() -> None:
    with serving(created) as server:
        log = fire(outputs_at(server.server_port), orders=40, rate=1000, seed=3, bad_share=0.5)
    expected = with_bad_orders(random_orders(40, seed=3), 0.5, seed=3)
    assert list(log["bad"]) == [order.bad for order in expected]
    sent = sorted(json.dumps(body) for _, _, body in server.requests)
    assert sent == sorted(json.dumps(order.body) for order in expected)
