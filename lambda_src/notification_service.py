"""Tells customers: on ``Payment Processed`` and ``Inventory Updated``, through every channel."""

import functools
from collections.abc import Mapping
from typing import Any

from events import INVENTORY_UPDATED, PAYMENT_PROCESSED, BadEventError, event_from_envelope
from metrics import Metric
from services import Invocation, LambdaContext, Services, entry_point, services_from_environment

SERVICE = "notification-service"
CHANNELS = ("email", "sms", "push")
"""Simulated channels. Whoever sends looks the address up by customer id; none passes here."""

TEMPLATES = {PAYMENT_PROCESSED: "payment-received", INVENTORY_UPDATED: "order-reserved"}


def handle(event: Mapping[str, Any], context: LambdaContext, services: Services) -> dict[str, Any]:
    """Send the notifications of an event.

    Parameters
    ----------
    event
        ``Payment Processed`` or ``Inventory Updated`` as EventBridge delivers it.
    context
        What Lambda passed to the handler.
    services
        What the handler needs.

    Returns
    -------
    dict
        What was sent.

    Raises
    ------
    BadEventError
        If the event is neither of the two.
    """
    with services.invocation("send_notifications", context) as invocation:
        happened = event_from_envelope(event)
        order_id, customer_id = happened.text("orderId"), happened.text("customerId")
        invocation.concerns(order_id=order_id, customer_id=customer_id)
        invocation.subsegment.annotate(notification_type=happened.detail_type)
        invocation.subsegment.record(request={"orderId": order_id, "event": happened.detail_type})
        template = template_for(happened.detail_type)
        for channel in CHANNELS:
            _send(channel, (order_id, happened.detail_type), services, invocation)
        sent = {
            "orderId": order_id,
            "customerId": customer_id,
            "template": template,
            "channels": list(CHANNELS),
            "status": "SENT",
        }
        invocation.subsegment.record(response=sent)
        invocation.log.info("notifications sent", order_id=order_id, template=template)
        services.metrics.emit(
            Metric(name="NotificationsSent", value=len(CHANNELS)), trace_id=invocation.trace_id
        )
        return sent


def _send(channel: str, key: tuple[str, str], services: Services, invocation: Invocation) -> None:
    with services.tracer.subsegment(f"send_{channel}") as step:
        step.annotate(channel=channel)
        # FAULTS strikes an invocation once, so that its rates mean invocations here as elsewhere
        if channel == CHANNELS[0]:
            services.faults.strike(
                *key, remaining_ms=invocation.context.get_remaining_time_in_millis
            )


def template_for(detail_type: str) -> str:
    """Choose the text for an event.

    Parameters
    ----------
    detail_type
        What happened.

    Returns
    -------
    str
        The name of a template.

    Raises
    ------
    BadEventError
        If there is nothing to tell about such an event.

    Examples
    --------
    >>> template_for("Payment Processed")
    'payment-received'
    """
    if detail_type not in TEMPLATES:
        msg = f"no notification for {detail_type!r}; correct the rule that sends it here"
        raise BadEventError(msg)
    return TEMPLATES[detail_type]


lambda_handler = entry_point(handle, functools.partial(services_from_environment, SERVICE))
