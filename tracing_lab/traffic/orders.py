"""Seeded random orders, without personal data."""

import random
from dataclasses import dataclass, replace
from typing import Any

_PRICES = {"book": 24.9, "chair": 129.0, "desk": 349.5, "lamp": 49.99, "pen": 2.5}
_CUSTOMERS = 50


@dataclass(frozen=True)
class Order:
    """One order.

    Parameters
    ----------
    number
        Its place in the load, from 0.
    customer_id
        The customer, part of the path.
    body
        The JSON body.
    bad
        What is wrong with it; empty if it is a good order.
    url
        Where it is sent; empty for the orders API.
    """

    number: int
    customer_id: str
    body: dict[str, Any]
    bad: str = ""
    url: str = ""

    def named(self, order_id: str) -> "Order":
        """Return the order with an id of its own, which decides what injected faults do to it."""
        return replace(self, body={**self.body, "orderId": order_id})


def random_orders(count: int, *, seed: int) -> list[Order]:
    """Return random orders.

    Parameters
    ----------
    count
        The number of orders.
    seed
        The same seed gives the same orders.

    Examples
    --------
    >>> random_orders(2, seed=1) == random_orders(3, seed=1)[:2]
    True
    """
    generator = random.Random(seed)
    return [_order(number, generator) for number in range(count)]


def _order(number: int, generator: random.Random) -> Order:
    product = generator.choice(sorted(_PRICES))
    quantity = generator.randint(1, 5)
    return Order(
        number=number,
        customer_id=f"customer-{generator.randint(1, _CUSTOMERS)}",
        body={
            "productId": product,
            "quantity": quantity,
            "amount": round(_PRICES[product] * quantity, 2),
        },
    )
