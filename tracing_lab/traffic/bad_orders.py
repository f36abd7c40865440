"""Orders that the shop rejects, mixed with good ones."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .orders import Order

Body = dict[str, Any]


def _without_product(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "productId"}


BAD_ORDERS: Mapping[str, Callable[[Body], Body]] = {
    "no-product": _without_product,
    "product-with-spaces": lambda body: {**body, "productId": f"a {body['productId']}"},
    "no-pieces": lambda body: {**body, "quantity": 0},
    "quantity-in-words": lambda body: {**body, "quantity": "two"},
    "negative-amount": lambda body: {**body, "amount": -body["amount"]},
}
"""What may be wrong with an order, and what makes a good order's body so."""


def with_bad_orders(orders: Sequence[Order], share: float, *, seed: int) -> list[Order]:
    """Return the orders, some of them turned into bad ones.

    The good ones stay as they are, and a larger share keeps the bad ones of a smaller share.

    Parameters
    ----------
    orders
        Good orders.
    share
        The probability of each order to be bad, from 0 to 1.
    seed
        The same seed chooses the same orders.

    Examples
    --------
    >>> from tracing_lab.traffic import random_orders
    >>> [order.bad for order in with_bad_orders(random_orders(4, seed=1), 0.5, seed=1)]
    ['', '', 'no-pieces', '']
    """
    generator = random.Random(f"bad orders {seed}")
    kinds = sorted(BAD_ORDERS)
    # Both numbers are drawn for each order, so that the share does not change what follows.
    draws = [(generator.random(), generator.choice(kinds)) for _ in orders]
    return [
        _bad(order, kind) if chance < share else order
        for order, (chance, kind) in zip(orders, draws, strict=True)
    ]


def _bad(order: Order, kind: str) -> Order:
    return replace(order, body=BAD_ORDERS[kind](order.body), bad=kind)
