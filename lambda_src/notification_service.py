"""Notify a customer: on ``Payment Processed`` and ``Inventory Updated``, through every channel."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core import xray_recorder

from shop.event_details import detail_of
from shop.fault_settings import faults_from_environment
from shop.invocation import METRICS_NAMESPACE, annotated_errors, service
from shop.notifications import CHANNELS, template_for

SERVICE = "notification-service"
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)
faults = faults_from_environment(SERVICE, xray_recorder.in_subsegment)  # where a lesson wants some


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send the notifications of an event and return what was sent."""
    with xray_recorder.in_subsegment("send_notifications") as step, annotated_errors(step):
        step.put_annotation("service_name", SERVICE)
        order, happened = detail_of(event, orderId=str, customerId=str), event["detail-type"]
        step.put_annotation("order_id", order["orderId"])
        step.put_annotation("customer_id", order["customerId"])
        step.put_annotation("notification_type", happened)
        step.put_metadata("request", {**order, "event": happened}, SERVICE)
        template = template_for(happened)
        for channel in CHANNELS:
            with xray_recorder.in_subsegment(f"send_{channel}") as call:
                call.put_annotation("channel", channel)
                if channel == CHANNELS[0]:  # once, so that the rates of FAULTS count invocations
                    faults.inject(order["orderId"], happened, context=context)
        sent = {**order, "template": template, "channels": list(CHANNELS), "status": "SENT"}
        step.put_metadata("response", sent, SERVICE)
        logger.info("notifications sent", order_id=order["orderId"], template=template)
        metrics.add_metric("NotificationsSent", "Count", len(CHANNELS))
        return sent
