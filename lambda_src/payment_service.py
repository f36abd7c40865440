"""Charge an order: on ``Order Created``, call a processor and publish ``Payment Processed``."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_xray_sdk.core import patch, xray_recorder

from shop.event_details import detail_of
from shop.fault_settings import faults_from_environment
from shop.invocation import METRICS_NAMESPACE, annotated_errors, service
from shop.payments import payment_for
from shop.publishing import CLIENT_CONFIG, EventBus

SERVICE = "payment-service"
patch(["botocore"])  # every boto3 call becomes a subsegment and passes the trace header on
faults = faults_from_environment(SERVICE, xray_recorder.in_subsegment)  # where a lesson wants some
bus = EventBus(boto3.client("events", config=CLIENT_CONFIG), "payment.service", faults.copies)
logger, metrics = Logger(service=SERVICE), Metrics(service=SERVICE, namespace=METRICS_NAMESPACE)


@service(logger, metrics)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Charge the order, publish the payment, and return it."""
    with xray_recorder.in_subsegment("charge_payment") as step, annotated_errors(step):
        step.put_annotation("service_name", SERVICE)
        order = detail_of(event, orderId=str, customerId=str)
        step.put_annotation("order_id", order["orderId"])
        step.put_annotation("customer_id", order["customerId"])
        order |= detail_of(event, amount=float)  # if this fails, the trace has the order's id
        step.put_annotation("payment_amount", order["amount"])
        step.put_metadata("request", order, SERVICE)
        payment = payment_for(order)
        with xray_recorder.in_subsegment("payment_processor") as call:
            call.put_annotation("processor", payment["processor"])
            faults.inject(order["orderId"], context=context)
        event_id = bus.publish("Payment Processed", payment)
        step.put_metadata("response", payment, SERVICE)
        logger.info("payment processed", order_id=order["orderId"], event_id=event_id)
        metrics.add_metric("PaymentsProcessed", "Count", 1)
        metrics.add_metric("PaymentAmount", "None", order["amount"])
        return payment
