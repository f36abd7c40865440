"""Messages into moto's queues, and the policies that let services send them."""

import json
from typing import Any

import pytest
from queue_calls import queue, sqs

from tracing_lab.embedded.model import QueueMessage
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.xray_model.trace_header import TraceHeader

EVENTS = "events.amazonaws.com"
RULE = "arn:aws:events:us-east-1:123456789012:rule/shop/all"
HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", sampled=True)


def policy(**change: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": EVENTS}, "Action": "sqs:SendMessage"}
    return json.dumps({"Statement": [{**statement, "Resource": "*", **change}]})


def test_a_message_arrives_with_attributes_and_trace(control: ControlPlane) -> None:
    url, arn = queue(control, "q")
    attributes: dict[str, str | int] = {"why": "no", "times": 3}
    control.send_message(QueueMessage(arn, "body", attributes, trace_header=HEADER))
    (message,) = sqs(
        control,
        "ReceiveMessage",
        QueueUrl=url,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
    )["Messages"]
    assert message["Body"] == "body"
    assert message["Attributes"]["AWSTraceHeader"] == HEADER.format()
    assert message["MessageAttributes"] == {
        "why": {"DataType": "String", "StringValue": "no"},
        "times": {"DataType": "Number", "StringValue": "3"},
    }


@pytest.mark.parametrize(
    "text, lets_in",
    [
        (policy(), True),
        (policy(Action="sqs:*"), True),
        (policy(Principal="*"), True),
        (policy(Condition={"ArnEquals": {"aws:SourceArn": RULE}}), True),
        (policy(Condition={"ArnEquals": {"aws:SourceArn": RULE + "2"}}), False),
        (policy(Action="sqs:ReceiveMessage"), False),
        (policy(Principal={"Service": "sns.amazonaws.com"}), False),
        (policy(Effect="Deny"), False),
        (policy(Resource="arn:aws:sqs:us-east-1:123456789012:other"), False),
    ],
)
def test_a_service_needs_the_queue_s_permission(
    control: ControlPlane, text: str, *, lets_in: bool
) -> None:
    _, arn = queue(control, "q", Policy=text)
    message = QueueMessage(arn, "body", principal=EVENTS, source_arn=RULE)
    if lets_in:
        control.send_message(message)
        return
    with pytest.raises(PermissionError, match="does not let events"):
        control.send_message(message)


def test_without_a_policy_no_service_sends(control: ControlPlane) -> None:
    _, arn = queue(control, "q")
    with pytest.raises(PermissionError):
        control.send_message(QueueMessage(arn, "body", principal=EVENTS))


def test_a_missing_queue_is_a_key_error(control: ControlPlane) -> None:
    with pytest.raises(KeyError):
        control.send_message(QueueMessage("arn:aws:sqs:us-east-1:123456789012:none", "body"))


@pytest.mark.parametrize("arn", ["", "queue", "arn:aws:s3:us-east-1:123456789012:b"])
def test_what_is_no_queue_is_refused(control: ControlPlane, arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN of an SQS queue"):
        control.send_message(QueueMessage(arn, "body"))


def test_a_fifo_queue_wants_a_group(control: ControlPlane) -> None:
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    _, arn = queue(control, "q.fifo", **attributes)
    control.send_message(QueueMessage(arn, "body", group_id="g"))
    with pytest.raises(ValueError, match="rejected the message"):
        control.send_message(QueueMessage(arn, "body"))


def test_a_message_may_be_as_long_as_the_queue_says(control: ControlPlane) -> None:
    _, arn = queue(control, "q", MaximumMessageSize="1024")
    control.send_message(QueueMessage(arn, "x" * 1024))
    with pytest.raises(ValueError, match="longer than 1024 bytes"):
        control.send_message(QueueMessage(arn, "x" * 1025))
