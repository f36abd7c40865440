"""Long polls as series of short ones."""

import asyncio
import json

import pytest

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, json_response
from tracing_lab.embedded.queues.long_poll import poll, wait_of

TARGET = (("X-Amz-Target", "AmazonSQS.ReceiveMessage"),)


def receive(body: bytes) -> HttpRequest:
    return HttpRequest("POST", "/", headers=TARGET, body=body)


class Queue:
    """Answers with what it was told to, then with nothing."""

    def __init__(self, *answers: HttpResponse) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, object]] = []

    async def answer(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(json.loads(request.body))
        return self.answers.pop(0) if self.answers else json_response(200, {})


def polled(queue: Queue, *, wait_s: float) -> HttpResponse:
    request = receive(b'{"QueueUrl": "q", "WaitTimeSeconds": 9}')
    return asyncio.run(poll(queue.answer, request, wait_s=wait_s, interval_s=0.001))


@pytest.mark.parametrize("body", [b"{}", b"[]", b"x", b'{"WaitTimeSeconds": 21}'])
def test_other_calls_are_no_long_polls(body: bytes) -> None:
    assert wait_of(receive(body)) == 0


def test_other_operations_are_no_long_polls() -> None:
    assert wait_of(HttpRequest("POST", "/", body=b'{"WaitTimeSeconds": 5}')) == 0


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
