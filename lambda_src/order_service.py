"""Take an order: ``POST /orders/{customerId}`` returns 201 and publishes ``Order Created``."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core import patch, xray_recorder

from shop.fault_settings import faults_from_environment
from shop.invocation import METRICS_NAMESPACE, annotated_errors, service, trace_id
from shop.orders import order_from_request
from shop.publishing import CLIENT_CONFIG, EventBus
from shop.rest_api import InvalidRequestError, bad_request, response

SERVICE = "order-service"
patch(["botocore"])  # every boto3 call becomes a subsegment and passes the trace header on
faults = faults_from_environment(SERVICE, xray_recorder.in_subsegment)  # where a lesson wants some
bus = EventBus(boto3.client("events", config=CLIENT_CONFIG), "order.service", faults.copies)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Check the order, publish it, and return it with its trace id."""
    with xray_recorder.in_subsegment("process_order") as step, annotated_errors(step):
        step.put_annotation("service_name", SERVICE)
        try:
            order = order_from_request(event)
        except InvalidRequestError as error:
            step.put_annotation("error", "InvalidRequest")
            step.add_error_flag()  # an error is the client's (4xx), a fault the service's (5xx)
            logger.warning("order rejected", reason=str(error))
            metrics.add_metric("OrdersRejected", "Count", 1)
            return bad_request(error)
        step.put_annotation("order_id", order["orderId"])  # annotations are indexed for search
        step.put_annotation("customer_id", order["customerId"])
        step.put_metadata("request", order, SERVICE)  # metadata is stored but not indexed
        faults.inject(order["orderId"], context=context)
        event_id = bus.publish("Order Created", order)
        created = {**order, "status": "CREATED", "traceId": trace_id()}
        step.put_metadata("response", created, SERVICE)
        logger.info("order created", order_id=order["orderId"], event_id=event_id)
        metrics.add_metric("OrdersCreated", "Count", 1)
        metrics.add_metric("OrderAmount", "None", order["amount"])
        return response(201, created)
