"""What is ordered: seeded, without anything personal."""

import random
from dataclasses import dataclass
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
        Who orders, part of the path.
    body
        What is ordered, the JSON body.
    """

    number: int
    customer_id: str
    body: dict[str, Any]


def random_orders(count: int, *, seed: int) -> list[Order]:
    """Make up orders.

    Parameters
    ----------
    count
        How many.
    seed
        The same seed gives the same orders.

    Returns
    -------
    list[Order]
        The orders.

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
