"""Charge an order: on ``Order Created``, call a processor and publish ``Payment Processed``."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from opentelemetry import trace

from shop.event_details import detail_of
from shop.fault_settings import faults_from_environment
from shop.frame import METRICS_NAMESPACE, service
from shop.otel_spans import ANNOTATIONS, as_json, named_errors, propagate_own_span
from shop.payments import payment_for
from shop.publishing import CLIENT_CONFIG, EventBus

SERVICE = "payment-service"
tracer = trace.get_tracer(SERVICE)
faults = faults_from_environment(SERVICE, tracer.start_as_current_span)
events = propagate_own_span(boto3.client("events", config=CLIENT_CONFIG))  # a span of each call
bus = EventBus(events, "payment.service", faults.copies)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)
INDEXED = ["service_name", "order_id", "customer_id", "payment_amount", "error"]


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Charge the order, publish the payment, and return it."""
    with tracer.start_as_current_span("charge_payment") as span, named_errors(span):
        span.set_attributes({ANNOTATIONS: INDEXED, "service_name": SERVICE})  # others are metadata
        order = detail_of(event, orderId=str, customerId=str)
        span.set_attributes({"order_id": order["orderId"], "customer_id": order["customerId"]})
        order |= detail_of(event, amount=float)  # if this fails, the trace has the order's id
        span.set_attributes({"payment_amount": order["amount"], "request": as_json(order)})
        payment = payment_for(order)
        with tracer.start_as_current_span("payment_processor") as call:
            call.set_attributes({ANNOTATIONS: ["processor"], "processor": payment["processor"]})
            faults.inject(order["orderId"], context=context)  # slow or failing in lessons
        event_id = bus.publish("Payment Processed", payment)
        span.set_attribute("response", as_json(payment))
        logger.info("payment processed", order_id=order["orderId"], event_id=event_id)
        metrics.add_metric("PaymentsProcessed", "Count", 1)
        metrics.add_metric("PaymentAmount", "None", order["amount"])
        return payment
