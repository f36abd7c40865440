"""moto runs no function by itself: no call waits for Docker."""

import json

import pytest
from control_planes import REGION, client_of, make_function

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.plane import ControlPlane


def test_a_queue_does_not_hand_its_messages_to_a_function(control: ControlPlane) -> None:
    make_function(control)
    sqs = client_of(control, "sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:q"
    client_of(control, "lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    sqs.send_message(QueueUrl=url, MessageBody="hi")
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_function_of_motos_is_not_run(
    control: ControlPlane, caplog: pytest.LogCaptureFixture
) -> None:
    make_function(control)
    headers: dict[str, str] = {}
    answer = backend("lambda", REGION).get_function("f").invoke("{}", {}, headers)
    assert headers == {"x-amz-function-error": "Unhandled"}
    assert "not simulated" in json.loads(answer)["errorMessage"]
    assert "function:f is not run" in caplog.text
