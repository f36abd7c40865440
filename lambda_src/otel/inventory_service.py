"""Reserve stock: on ``Order Created``, pick a warehouse and publish ``Inventory Updated``."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from opentelemetry import trace

from shop.event_details import detail_of
from shop.fault_settings import faults_from_environment
from shop.frame import METRICS_NAMESPACE, service
from shop.otel_spans import ANNOTATIONS, as_json, named_errors, propagate_own_span
from shop.publishing import CLIENT_CONFIG, EventBus
from shop.stock import reservation_for

SERVICE = "inventory-service"
tracer = trace.get_tracer(SERVICE)
faults = faults_from_environment(SERVICE, tracer.start_as_current_span)
events = propagate_own_span(boto3.client("events", config=CLIENT_CONFIG))  # a span of each call
bus = EventBus(events, "inventory.service", faults.copies)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)
INDEXED = ["service_name", "order_id", "customer_id", "warehouse", "error"]


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reserve the order's stock, publish the reservation, and return it."""
    with tracer.start_as_current_span("reserve_inventory") as span, named_errors(span):
        span.set_attributes({ANNOTATIONS: INDEXED, "service_name": SERVICE})  # others are metadata
        order = detail_of(event, orderId=str, customerId=str)
        span.set_attributes({"order_id": order["orderId"], "customer_id": order["customerId"]})
        order |= detail_of(event, productId=str, quantity=int)  # if this fails, the span has the id
        span.set_attribute("request", as_json(order))
        reservation = reservation_for(order)
        span.set_attribute("warehouse", reservation["warehouse"])
        with tracer.start_as_current_span("reserve_stock") as call:
            call.set_attribute(ANNOTATIONS, ["stock_level"])
            call.set_attribute("stock_level", reservation["remaining"] + order["quantity"])
            faults.inject(order["orderId"], context=context)  # slow or failing in lessons
        event_id = bus.publish("Inventory Updated", reservation)
        span.set_attribute("response", as_json(reservation))
        logger.info("inventory updated", order_id=order["orderId"], event_id=event_id)
        metrics.add_metric("StockReserved", "Count", order["quantity"])
        return reservation
