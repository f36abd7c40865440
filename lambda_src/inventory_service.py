"""Reserve stock: on ``Order Created``, pick a warehouse and publish ``Inventory Updated``."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core import patch, xray_recorder

from shop.event_details import detail_of
from shop.fault_settings import faults_from_environment
from shop.invocation import METRICS_NAMESPACE, annotated_errors, service
from shop.publishing import CLIENT_CONFIG, EventBus
from shop.stock import reservation_for

SERVICE = "inventory-service"
patch(["botocore"])  # every boto3 call becomes a subsegment and passes the trace header on
faults = faults_from_environment(SERVICE, xray_recorder.in_subsegment)  # where a lesson wants some
bus = EventBus(boto3.client("events", config=CLIENT_CONFIG), "inventory.service", faults.copies)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reserve the order's stock, publish the reservation, and return it."""
    with xray_recorder.in_subsegment("reserve_inventory") as step, annotated_errors(step):
        step.put_annotation("service_name", SERVICE)
        order = detail_of(event, orderId=str, customerId=str)
        step.put_annotation("order_id", order["orderId"])
        step.put_annotation("customer_id", order["customerId"])
        order |= detail_of(
            event, productId=str, quantity=int
        )  # if this fails, the trace has the order's id
        step.put_metadata("request", order, SERVICE)
        reservation = reservation_for(order)
        step.put_annotation("warehouse", reservation["warehouse"])
        with xray_recorder.in_subsegment("reserve_stock") as call:
            call.put_annotation("stock_level", reservation["remaining"] + order["quantity"])
            faults.inject(order["orderId"], context=context)
        event_id = bus.publish("Inventory Updated", reservation)
        step.put_metadata("response", reservation, SERVICE)
        logger.info("inventory updated", order_id=order["orderId"], event_id=event_id)
        metrics.add_metric("StockReserved", "Count", order["quantity"])
        return reservation
