"""Simulated warehouses: deterministic for an order and a product."""

import hashlib
from collections.abc import Mapping
from typing import Any

WAREHOUSES = ("east-1", "central-1", "west-1")
MIN_STOCK, MAX_STOCK = 1000, 5000
"""Never below the largest order, so that every order can be served."""


def warehouse_for(order_id: str) -> str:
    """Return the warehouse that serves an order: the same on every attempt.

    Parameters
    ----------
    order_id
        The order.

    Returns
    -------
    str
        One of `WAREHOUSES`.

    Examples
    --------
    >>> warehouse_for("o-1") in WAREHOUSES
    True
    """
    return WAREHOUSES[_digest("warehouse", order_id)[0] % len(WAREHOUSES)]


def stock_of(product_id: str, *, warehouse: str) -> int:
    """Return how many pieces a warehouse holds.

    Parameters
    ----------
    product_id
        The product.
    warehouse
        The warehouse.

    Returns
    -------
    int
        From `MIN_STOCK` to `MAX_STOCK`.

    Examples
    --------
    >>> MIN_STOCK <= stock_of("12345", warehouse="east-1") <= MAX_STOCK
    True
    """
    number = int.from_bytes(_digest("stock", product_id, warehouse)[:4], "big")
    return MIN_STOCK + number % (MAX_STOCK - MIN_STOCK + 1)


def reservation_for(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reservation of an order: the same on every attempt, so retries are idempotent.

    Parameters
    ----------
    order
        ``orderId``, ``customerId``, ``productId`` and ``quantity``.

    Returns
    -------
    dict
        The detail of ``Inventory Updated``.

    Examples
    --------
    >>> order = {"orderId": "o-1", "customerId": "c-1", "productId": "12345", "quantity": 2}
    >>> reservation_for(order) == reservation_for(order)
    True
    """
    warehouse = warehouse_for(order["orderId"])
    return {
        **order,
        "warehouse": warehouse,
        "reservationId": f"res-{_digest('reservation', order['orderId']).hex()[:16]}",
        "remaining": stock_of(order["productId"], warehouse=warehouse) - order["quantity"],
        "status": "RESERVED",
    }


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("|".join(parts).encode()).digest()
