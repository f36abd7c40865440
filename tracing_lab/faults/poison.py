"""Poison messages: events that a bus accepts and a consumer cannot process."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_ORDER: Mapping[str, Any] = {
    "customerId": "customer-1",
    "productId": "lamp",
    "quantity": 1,
    "amount": 49.99,
    "currency": "USD",
}
# Service to an invalid event that it consumes: source, detail type and detail.
_EVENTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "payment": ("order.service", "Order Created", {**_ORDER, "amount": "49.99"}),
    "inventory": ("order.service", "Order Created", {**_ORDER, "quantity": "one"}),
    "notification": ("payment.service", "Payment Processed", {"paymentId": "pay-1"}),
}

POISONABLE = tuple(_EVENTS)
"""The services that events feed."""

PutEvent = Callable[..., str]
"""Puts an event on the bus and returns its id."""


@dataclass(frozen=True)
class PoisonMessage:
    """An event that its consumer can never process.

    Parameters
    ----------
    service
        The consumer.
    trace_id
        The trace that it began.
    order_id
        Its fictitious order.
    event_id
        EventBridge's id of it.
    """

    service: str
    trace_id: str
    order_id: str
    event_id: str


def send_poison_to(service: str, put_event: PutEvent) -> PoisonMessage:
    """Publish the poison message of a service in a new trace; return its ids.

    Parameters
    ----------
    service
        One of `POISONABLE`.
    put_event
        Puts an event on the bus.
    """
    source, detail_type, detail = _EVENTS[service]
    order_id = f"order-poison-{uuid.uuid4().hex[:12]}"
    trace_id = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    event_id = put_event(
        source=source,
        detail_type=detail_type,
        detail={"orderId": order_id, **detail},
        trace_header=f"Root={trace_id};Sampled=1",
    )
    return PoisonMessage(service, trace_id, order_id, event_id)
