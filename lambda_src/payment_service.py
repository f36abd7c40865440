"""Charges orders: on ``Order Created`` it asks a processor and publishes ``Payment Processed``."""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any

from events import PAYMENT_PROCESSED, PAYMENT_SOURCE, Event, event_from_envelope
from metrics import Metric
from publishing import PublishingServices, publishing_services
from services import Invocation, LambdaContext, entry_point

SERVICE = "payment-service"
PROCESSORS = ("alpha-pay", "beta-pay")
"""Simulated processors; there is no card and no account behind them."""


def handle(
    event: Mapping[str, Any], context: LambdaContext, services: PublishingServices
) -> dict[str, Any]:
    """Charge an order.

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
    with services.invocation("charge_payment", context) as invocation:
        created = event_from_envelope(event)
        order_id, customer_id = created.text("orderId"), created.text("customerId")
        amount = created.number("amount")
        invocation.concerns(order_id=order_id, customer_id=customer_id)
        invocation.subsegment.annotate(payment_amount=amount)
        invocation.subsegment.record(request={"orderId": order_id, "amount": amount})
        payment = _charge(created, services, invocation)
        event_id = services.publisher.publish(PAYMENT_PROCESSED, payment)
        invocation.subsegment.record(response=payment)
        invocation.log.info("payment processed", order_id=order_id, event_id=event_id)
        services.metrics.emit(
            Metric(name="PaymentsProcessed", value=1),
            Metric(name="PaymentAmount", value=amount, unit="None"),
            trace_id=invocation.trace_id,
        )
        return payment


def _charge(created: Event, services: PublishingServices, invocation: Invocation) -> dict[str, Any]:
    order_id = created.text("orderId")
    payment = payment_for(order_id, customer_id=created.text("customerId"))
    with services.tracer.subsegment("payment_processor") as step:
        step.annotate(processor=payment["processor"])
        services.faults.strike(
            order_id, remaining_ms=invocation.context.get_remaining_time_in_millis
        )
    return {**payment, "amount": created.number("amount"), "status": "APPROVED"}


def payment_for(order_id: str, *, customer_id: str) -> dict[str, str]:
    """Name the payment of an order: the same on every attempt, so that repeating is harmless.

    Parameters
    ----------
    order_id
        The order.
    customer_id
        Who ordered.

    Returns
    -------
    dict
        Ids and processor.

    Examples
    --------
    >>> payment_for("o-1", customer_id="c-1") == payment_for("o-1", customer_id="c-1")
    True
    """
    digest = hashlib.sha256(f"payment|{order_id}".encode()).hexdigest()
    return {
        "orderId": order_id,
        "customerId": customer_id,
        "paymentId": f"pay-{digest[:16]}",
        "processor": PROCESSORS[int(digest[-8:], 16) % len(PROCESSORS)],
    }


lambda_handler = entry_point(
    handle, functools.partial(publishing_services, SERVICE, PAYMENT_SOURCE)
)
