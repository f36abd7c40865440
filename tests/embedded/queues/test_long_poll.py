"""Long polls as series of short ones."""

import asyncio
import json

import pytest
from api_calls import json_call

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.queues.long_poll import poll, wait_of


def receive(body: bytes) -> ApiCall:
    return json_call("sqs", "AmazonSQS.ReceiveMessage", body)


class Queue:
    """Responds as configured, then with no messages."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, object]] = []

    async def answer(self, call: ApiCall) -> HttpResponse:
        self.asked.append(json.loads(call.request.body))
        return self.answers.pop(0) if self.answers else json_response(200, {})


def polled(queue: Queue, *, wait_s: float) -> HttpResponse:
    call = receive(b'{"QueueUrl": "q", "WaitTimeSeconds": 9}')
    return asyncio.run(poll(queue.answer, call, wait_s=wait_s, interval_s=0.001))


@pytest.mark.parametrize("body", [b"{}", b"[]", b"x", b'{"WaitTimeSeconds": 21}'])
def test_other_calls_are_no_long_polls(body: bytes) -> None:
    assert wait_of(receive(body)) == 0


def test_other_operations_are_no_long_polls() -> None:
    assert wait_of(receive(b'{"WaitTimeSeconds": 5}')) == 5
    assert wait_of(json_call("sqs", "AmazonSQS.PurgeQueue", {"WaitTimeSeconds": 5})) == 0


def test_a_message_ends_the_wait() -> None:
    found = json_response(200, {"Messages": [{"Body": "x"}]})
    queue = Queue(json_response(200, {}), found)
    assert polled(queue, wait_s=60) == found
    assert queue.asked == [{"QueueUrl": "q", "WaitTimeSeconds": 0}] * 2


def test_an_error_ends_the_wait() -> None:
    refused = json_response(400, {"__type": "QueueDoesNotExist"})
    assert polled(Queue(refused), wait_s=60) == refused


def test_the_wait_ends_without_a_message() -> None:
    queue = Queue()
    assert polled(queue, wait_s=0.01).body == b"{}"
    assert len(queue.asked) > 1
