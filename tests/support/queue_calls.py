"""Calls of SQS on a control plane, and queues made by them."""

import json
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call


def sqs(control: ControlPlane, operation: str, **body: Any) -> dict[str, Any]:
    scope = "Credential=test/20261123/us-east-1/sqs/aws4_request"
    headers = (
        ("X-Amz-Target", f"AmazonSQS.{operation}"),
        ("Authorization", f"AWS4-HMAC-SHA256 {scope}"),
        ("Content-Type", "application/x-amz-json-1.0"),
    )
    body_bytes = json.dumps(body).encode()
    request = HttpRequest("POST", "/", headers=headers, body=body_bytes)
    answer = control.handle(read_call(request))
    assert answer.status == 200, answer.body
    content: dict[str, Any] = json.loads(answer.body)
    return content


def queue(control: ControlPlane, name: str, **attributes: str) -> tuple[str, str]:
    url = sqs(control, "CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:123456789012:{name}"
