"""Takes orders: ``POST /orders/{customerId}`` answers 201 and publishes ``Order Created``."""

import functools
from collections.abc import Mapping
from typing import Any

from events import ORDER_CREATED, ORDER_SOURCE
from metrics import Metric
from orders import Order, order_from_request
from publishing import PublishingServices, publishing_services
from rest_api import InvalidRequestError, answer, error_answer
from services import Invocation, LambdaContext, entry_point

SERVICE = "order-service"


def handle(
    event: Mapping[str, Any], context: LambdaContext, services: PublishingServices
) -> dict[str, Any]:
    """Take an order.

    Parameters
    ----------
    event
        The proxy event of API Gateway.
    context
        What Lambda passed to the handler.
    services
        What the handler needs.

    Returns
    -------
    dict
        The proxy answer: 201 with the order, or 400 with what the caller has to change.

    Raises
    ------
    PublishError
        If the event was not accepted; API Gateway then answers 502.
    """
    with services.invocation("process_order", context) as invocation:
        try:
            order = order_from_request(event)
        except InvalidRequestError as error:
            return _reject(error, services, invocation)
        return _accept(order, services, invocation)


def _accept(order: Order, services: PublishingServices, invocation: Invocation) -> dict[str, Any]:
    invocation.concerns(order_id=order.order_id, customer_id=order.customer_id)
    invocation.subsegment.record(request=order.to_detail())
    services.faults.strike(
        order.order_id, remaining_ms=invocation.context.get_remaining_time_in_millis
    )
    event_id = services.publisher.publish(ORDER_CREATED, order.to_detail())
    response = {**order.to_detail(), "status": "CREATED", "traceId": invocation.trace_id}
    invocation.subsegment.record(response=response)
    invocation.log.info("order created", order_id=order.order_id, event_id=event_id)
    services.metrics.emit(
        Metric(name="OrdersCreated", value=1),
        Metric(name="OrderAmount", value=order.amount, unit="None"),
        trace_id=invocation.trace_id,
    )
    return answer(201, response)


def _reject(
    error: InvalidRequestError, services: PublishingServices, invocation: Invocation
) -> dict[str, Any]:
    invocation.subsegment.annotate(error="InvalidRequest")
    invocation.subsegment.flag_client_error()
    invocation.log.warning("order rejected", reason=str(error))
    services.metrics.emit(Metric(name="OrdersRejected", value=1), trace_id=invocation.trace_id)
    return error_answer(400, code="InvalidRequest", message=str(error))


lambda_handler = entry_point(handle, functools.partial(publishing_services, SERVICE, ORDER_SOURCE))
