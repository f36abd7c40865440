"""Reserves stock: on ``Order Created`` it picks a warehouse and publishes ``Inventory Updated``."""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from events import INVENTORY_SOURCE, INVENTORY_UPDATED, Event, event_from_envelope
from metrics import Metric
from publishing import PublishingServices, publishing_services
from services import Invocation, LambdaContext, entry_point

SERVICE = "inventory-service"
WAREHOUSES = ("east-1", "central-1", "west-1")
MIN_STOCK, MAX_STOCK = 1000, 5000
"""Simulated stock; never below the largest order, so that every order can be served."""


def handle(
    event: Mapping[str, Any], context: LambdaContext, services: PublishingServices
) -> dict[str, Any]:
    """Reserve an order's stock.

    Parameters
    ----------
    event
        ``Order Created`` as EventBridge delivers it.
    context
        What Lambda passed to the handler.
    services
        What the handler needs.

    Returns
    -------
    dict
        The detail of the published event.

    Raises
    ------
    BadEventError
        If the event is not an order's.
    PublishError
        If the event was not accepted; Lambda then tries again.
    """
    with services.invocation("reserve_inventory", context) as invocation:
        created = event_from_envelope(event)
        order_id, customer_id = created.text("orderId"), created.text("customerId")
        invocation.concerns(order_id=order_id, customer_id=customer_id)
        reservation = _reserve(created, services, invocation)
        event_id = services.publisher.publish(INVENTORY_UPDATED, reservation)
        invocation.subsegment.record(response=reservation)
        invocation.log.info("inventory updated", order_id=order_id, event_id=event_id)
        services.metrics.emit(
            Metric(name="StockReserved", value=reservation["quantity"]),
            trace_id=invocation.trace_id,
        )
        return reservation


def _reserve(
    created: Event, services: PublishingServices, invocation: Invocation
) -> dict[str, Any]:
    order_id, product_id = created.text("orderId"), created.text("productId")
    quantity = created.integer("quantity")
    invocation.subsegment.record(
        request={"orderId": order_id, "productId": product_id, "quantity": quantity}
    )
    warehouse = warehouse_for(order_id)
    invocation.subsegment.annotate(warehouse=warehouse)
    stock = stock_of(product_id, warehouse=warehouse)
    with services.tracer.subsegment("reserve_stock") as step:
        step.annotate(stock_level=stock)
        services.faults.strike(
            order_id, remaining_ms=invocation.context.get_remaining_time_in_millis
        )
    return {
        "orderId": order_id,
        "customerId": created.text("customerId"),
        "productId": product_id,
        "quantity": quantity,
        "warehouse": warehouse,
        "reservationId": f"res-{_digest('reservation', order_id).hex()[:16]}",
        "remaining": stock - quantity,
        "status": "RESERVED",
    }


def warehouse_for(order_id: str) -> str:
    """Pick the warehouse that serves an order: the same on every attempt.

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
    """Return how many pieces a warehouse holds: made up, but always the same.

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
    drawn = int.from_bytes(_digest("stock", product_id, warehouse)[:4], "big")
    return MIN_STOCK + drawn % (MAX_STOCK - MIN_STOCK + 1)


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("|".join(parts).encode()).digest()


lambda_handler = entry_point(
    handle, functools.partial(publishing_services, SERVICE, INVENTORY_SOURCE)
)
