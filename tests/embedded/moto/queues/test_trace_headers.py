"""The trace headers of messages: of their call, or of their own."""

from typing import Any

import pytest
from control_planes import client_of

from tracing_lab.embedded.moto.plane import ControlPlane

CALL = "Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=53995c3f42cd8ad8;Sampled=1"
OWN = "Root=1-6b042ac1-5d09aa705e56bbd015254802;Parent=53995c3f42cd8ad9;Sampled=1"
ATTRIBUTE = {"AWSTraceHeader": {"DataType": "String", "StringValue": OWN}}


@pytest.fixture
def client(control: ControlPlane) -> Any:
    made = client_of(control, "sqs")
    made.meta.events.register("before-call.sqs", add_header)
    return made


def add_header(params: Any, **_kwargs: Any) -> None:
    params["headers"]["X-Amzn-Trace-Id"] = CALL


def queue(client: Any, name: str = "q", **attributes: str) -> str:
    return str(client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


def received(client: Any, url: str) -> dict[str, str | None]:
    found = client.receive_message(QueueUrl=url, AttributeNames=["All"], MaxNumberOfMessages=10)
    found = found["Messages"]
    return {one["Body"]: one["Attributes"].get("AWSTraceHeader") for one in found}


def test_a_message_has_the_header_of_its_call_unless_it_has_its_own(client: Any) -> None:
    url = queue(client)
    client.send_message(QueueUrl=url, MessageBody="a")
    client.send_message(QueueUrl=url, MessageBody="b", MessageSystemAttributes=ATTRIBUTE)
    assert received(client, url) == {"a": CALL, "b": OWN}


def test_so_have_the_messages_of_a_batch(client: Any) -> None:
    url = queue(client)
    plain: dict[str, Any] = {"Id": "1", "MessageBody": "a"}
    own = {"Id": "2", "MessageBody": "b", "MessageSystemAttributes": ATTRIBUTE}
    client.send_message_batch(QueueUrl=url, Entries=[plain, own])
    assert received(client, url) == {"a": CALL, "b": OWN}


def test_without_a_header_there_is_none(control: ControlPlane) -> None:
    client = client_of(control, "sqs")
    url = queue(client)
    client.send_message(QueueUrl=url, MessageBody="a")
    assert received(client, url) == {"a": None}


def test_a_duplicate_leaves_the_header_of_the_first(client: Any) -> None:
    url = queue(client, "q.fifo", FifoQueue="true")
    same: dict[str, Any] = {"QueueUrl": url, "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    client.send_message(MessageBody="a", MessageSystemAttributes=ATTRIBUTE, **same)
    client.send_message(MessageBody="a", **same)
    assert received(client, url) == {"a": OWN}
