"""Take an order: ``POST /orders/{customerId}`` returns 201 and publishes ``Order Created``."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from opentelemetry import trace

from shop.fault_settings import faults_from_environment
from shop.frame import METRICS_NAMESPACE, service, trace_id
from shop.orders import order_from_request
from shop.otel_spans import ANNOTATIONS, as_json, named_errors, propagate_own_span
from shop.publishing import CLIENT_CONFIG, EventBus
from shop.rest_api import InvalidRequestError, bad_request, response

SERVICE, INDEXED = "order-service", ["service_name", "order_id", "customer_id", "error"]
tracer = trace.get_tracer(SERVICE)
faults = faults_from_environment(SERVICE, tracer.start_as_current_span)
events = propagate_own_span(boto3.client("events", config=CLIENT_CONFIG))  # a span of each call
bus = EventBus(events, "order.service", faults.copies)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Check the order, publish it, and return it with its trace id."""
    with tracer.start_as_current_span("process_order") as span, named_errors(span):
        span.set_attributes({ANNOTATIONS: INDEXED, "service_name": SERVICE})  # others are metadata
        try:
            order = order_from_request(event)
        except InvalidRequestError as error:  # a status of 4xx makes it the client's, no fault
            span.set_attributes({"error": "InvalidRequest", "http.response.status_code": 400})
            logger.warning("order rejected", reason=str(error))
            metrics.add_metric("OrdersRejected", "Count", 1)
            return bad_request(error)
        span.set_attributes({"order_id": order["orderId"], "customer_id": order["customerId"]})
        span.set_attribute("request", as_json(order))
        faults.inject(order["orderId"], context=context)  # slow or failing in lessons
        event_id = bus.publish("Order Created", order)
        created = {**order, "status": "CREATED", "traceId": trace_id()}
        span.set_attribute("response", as_json(created))
        logger.info("order created", order_id=order["orderId"], event_id=event_id)
        metrics.add_metric("OrdersCreated", "Count", 1)
        metrics.add_metric("OrderAmount", "None", order["amount"])
        return response(201, created)
