"""Polls queues for event source mappings, and runs their functions with batches of messages.

Messages that a function has processed are deleted; the others become visible again after the
queue's visibility timeout, and go to the dead-letter queue as the queue's redrive policy says.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import (
    FunctionSpec,
    Invocation,
    InvokeFunction,
    InvokeResult,
    Throttled,
)
from tracing_lab.embedded.protocol.api_call import ApiCall, read_call

from .mappings import (
    MAX_EVENT_BYTES,
    QueueMapping,
    event_batches,
    filtered,
    producers_of,
    queue_event,
    size_of,
    succeeded,
)
from .pollers import POLL_INTERVAL_S, Pollers

_LOGGER = logging.getLogger(__name__)

_AT_ONCE = 10  # messages of one ReceiveMessage or DeleteMessageBatch
_FIRST_ERROR = 400

_THROTTLED_INTERVALS = (5, 10, 20, 50)
"""How long a throttled batch waits before each further try, in intervals of polling; the last
value repeats. AWS documents no numbers."""

Message = Mapping[str, Any]


class QueuePolling(Pollers[QueueMapping]):
    """Runs functions for the event source mappings of a region.

    Parameters
    ----------
    region
        The region's name.
    mappings
        Returns the enabled mappings.
    has_messages
        Returns whether a queue has a message that can be received, quickly.
    call
        Responds to calls of SQS.
    function
        Returns a function by ARN; raises KeyError.
    invoke
        Runs a function and waits for its response.
    may_receive
        Returns whether the role of a function may receive from a queue.
    interval_s
        Seconds between two looks at an empty queue.
    """

    def __init__(
        self,
        region: str,
        *,
        mappings: Callable[[], Sequence[QueueMapping]],
        has_messages: Callable[[str], bool],
        call: Callable[[ApiCall], Awaitable[HttpResponse]],
        function: Callable[[str], FunctionSpec],
        invoke: InvokeFunction,
        may_receive: Callable[[FunctionSpec, str], bool],
        interval_s: float = POLL_INTERVAL_S,
    ) -> None:
        credential = f"Credential=lambda/20260101/{region}/sqs/aws4_request"
        self._headers = (
            ("Authorization", f"AWS4-HMAC-SHA256 {credential}"),
            ("Content-Type", "application/x-amz-json-1.0"),
            ("Host", "127.0.0.1"),
        )
        super().__init__(mappings, interval_s)
        self._has_messages = has_messages
        self._call = call
        self._function = function
        self._invoke = invoke
        self._may_receive = may_receive

    async def _poll(self, mapping: QueueMapping) -> None:
        """Receive batches and run the function, until the mapping is not wanted any more.

        What has been received then is still processed: it would count as one receive for nothing.
        """
        slots = asyncio.Semaphore(mapping.max_concurrency)
        while True:
            await slots.acquire()
            if not self._is_polled_here(mapping):
                return
            try:
                batch = await self._batch(mapping)
            except Exception:
                _LOGGER.exception("mapping %s of %s failed", mapping.id, mapping.queue_arn)
                batch = []
            if not batch:
                slots.release()
                await asyncio.sleep(self._interval_s)
                continue
            task = asyncio.create_task(self._process(mapping, batch))
            task.add_done_callback(lambda _: slots.release())
            self._finish_later(task)

    async def _batch(self, mapping: QueueMapping) -> list[Message]:
        """Receive the messages of a batch; those that the filters drop are deleted."""
        if not (self._has_messages(mapping.queue_arn) and self._allowed(mapping)):
            return []
        batch: list[Message] = []
        size = 0
        deadline_s = time.monotonic() + mapping.window_s
        while len(batch) < mapping.batch_size and size < MAX_EVENT_BYTES:
            most = min(mapping.batch_size - len(batch), _AT_ONCE)
            received = await self._receive(mapping, most)
            wanted, others = filtered(received, mapping.matches)
            await self._delete(mapping, others)
            batch += wanted
            size += sum(map(size_of, wanted))
            if len(received) == most:
                continue
            if not mapping.window_s or time.monotonic() >= deadline_s:
                break
            await asyncio.sleep(self._interval_s)
        return batch

    def _allowed(self, mapping: QueueMapping) -> bool:
        try:
            function = self._function(mapping.function_arn)
        except KeyError:
            return False
        allowed = self._may_receive(function, mapping.queue_arn)
        if not allowed:
            _LOGGER.debug("%s may not receive from %s", function.role_arn, mapping.queue_arn)
        return allowed

    async def _process(self, mapping: QueueMapping, batch: Sequence[Message]) -> None:
        """Run the function with a batch: with one event, or with several if it is too large."""
        deadline_s = time.monotonic() + mapping.visibility_s
        for messages in event_batches(batch):
            done = await self._run(mapping, messages, deadline_s)
            await self._delete(mapping, done)
            if mapping.is_fifo and len(done) < len(messages):
                return  # the others may be of the same groups

    async def _run(
        self, mapping: QueueMapping, messages: Sequence[Message], deadline_s: float
    ) -> Sequence[Message]:
        """Run the function with an event; return the messages that it has processed."""
        try:
            result = await self._invoke_until(mapping, messages, deadline_s)
        except (KeyError, Throttled) as error:
            _LOGGER.info("%s: %s; its messages will be visible again", mapping.function_arn, error)
            return []
        except Exception:
            _LOGGER.exception("invoking %s failed", mapping.function_arn)
            return []
        if result.failed:
            return []
        return succeeded(messages, result.payload, reports_failures=mapping.reports_failures)

    async def _invoke_until(
        self, mapping: QueueMapping, messages: Sequence[Message], deadline_s: float
    ) -> InvokeResult:
        """Invoke the function; again while it is throttled, as long as the messages are hidden.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
        """
        event, producers = queue_event(messages, mapping.queue_arn), producers_of(messages)
        waits = iter(_THROTTLED_INTERVALS)
        while True:
            function = self._function(mapping.function_arn)
            try:
                return await self._invoke(Invocation(function, event, producers=producers))
            except Throttled:
                delay_s = next(waits, _THROTTLED_INTERVALS[-1]) * self._interval_s
                if time.monotonic() + delay_s >= deadline_s:
                    raise
                await asyncio.sleep(delay_s)

    async def _receive(self, mapping: QueueMapping, most: int) -> list[Message]:
        content = await self._sqs(
            "ReceiveMessage",
            QueueUrl=mapping.queue_url,
            MaxNumberOfMessages=most,
            WaitTimeSeconds=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Message] = content.get("Messages") or []
        return messages

    async def _delete(self, mapping: QueueMapping, messages: Iterable[Message]) -> None:
        handles = [message["ReceiptHandle"] for message in messages]
        for start in range(0, len(handles), _AT_ONCE):
            some = handles[start : start + _AT_ONCE]
            entries = [{"Id": str(at), "ReceiptHandle": handle} for at, handle in enumerate(some)]
            await self._sqs("DeleteMessageBatch", QueueUrl=mapping.queue_url, Entries=entries)

    async def _sqs(self, operation: str, **members: Any) -> dict[str, Any]:
        target = ("X-Amz-Target", f"AmazonSQS.{operation}")
        body = json.dumps(members).encode()
        request = HttpRequest("POST", "/", headers=(target, *self._headers), body=body)
        response = await self._call(read_call(request))
        if response.status >= _FIRST_ERROR:
            _LOGGER.warning("%s: %s failed: %r", members["QueueUrl"], operation, response.body)
            return {}
        content: dict[str, Any] = json.loads(response.body or b"{}")
        return content
