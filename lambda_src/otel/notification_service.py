"""Notify a customer: on ``Payment Processed`` and ``Inventory Updated``, through every channel."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from opentelemetry import trace

from shop.event_details import detail_of
from shop.fault_settings import faults_from_environment
from shop.frame import METRICS_NAMESPACE, service
from shop.notifications import CHANNELS, template_for
from shop.otel_spans import ANNOTATIONS, as_json, named_errors

SERVICE = "notification-service"
tracer = trace.get_tracer(SERVICE)
faults = faults_from_environment(SERVICE, tracer.start_as_current_span)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)
INDEXED = ["service_name", "order_id", "customer_id", "notification_type", "error"]


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send the notifications of an event and return what was sent."""
    with tracer.start_as_current_span("send_notifications") as span, named_errors(span):
        span.set_attributes({ANNOTATIONS: INDEXED, "service_name": SERVICE})  # others are metadata
        order, happened = detail_of(event, orderId=str, customerId=str), event["detail-type"]
        span.set_attributes({"order_id": order["orderId"], "customer_id": order["customerId"]})
        span.set_attribute("notification_type", happened)
        span.set_attribute("request", as_json({**order, "event": happened}))
        template = template_for(happened)
        for channel in CHANNELS:
            with tracer.start_as_current_span(f"send_{channel}") as call:
                call.set_attributes({ANNOTATIONS: ["channel"], "channel": channel})
                if channel == CHANNELS[0]:  # once, so that the rates of FAULTS count invocations
                    faults.inject(order["orderId"], happened, context=context)
        sent = {**order, "template": template, "channels": list(CHANNELS), "status": "SENT"}
        span.set_attribute("response", as_json(sent))
        logger.info("notifications sent", order_id=order["orderId"], template=template)
        metrics.add_metric("NotificationsSent", "Count", len(CHANNELS))
        return sent
