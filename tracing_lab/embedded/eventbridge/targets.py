"""The kinds of targets that a rule may have, and how each is given an event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from tracing_lab.embedded.model import (
    AcceptEvent,
    Catalog,
    Invocation,
    QueueMessage,
    SendMessage,
)
from tracing_lab.embedded.protocol.lambda_arn import parse_function_arn

from .delivery import (
    INVALID_PARAMETER,
    NO_PERMISSIONS,
    NO_RESOURCE,
    PRINCIPAL,
    THIRD_BUS,
    Delivery,
    SendToTarget,
    UndeliverableError,
)
from .entries import AcceptedEvent

MAX_HOPS = 1
"""An event that came from another bus goes to no third one.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
"""

_ARCHIVE_SUFFIX = ":::"
"""How the rule that an archive makes for itself names its target."""

ForwardEvent = Callable[[AcceptedEvent, str], None]
"""Put an event on another bus, named by its ARN."""

ArchiveEvent = Callable[[bytes], Awaitable[None]]
"""Keep what an archive's own rule wrote: archive, event and time as JSON.

Raises KeyError when the archive is gone.
"""


WriteToLogGroup = Callable[[str, str, list[tuple[int, str]]], Awaitable[None]]
"""Append ``(epoch milliseconds, message)`` events to a log group's stream.

Raises KeyError when there is no such group: EventBridge makes streams, but no groups.
"""


class Targets:
    """Sends events to targets by the service in their ARN.

    Parameters
    ----------
    catalog
        Tells what exists and who may call it.
    accept
        Queues an asynchronous invocation.
    forward
        Puts an event on another bus.
    send_message
        Sends to a queue or topic; None when this region has none.
    write_logs
        Writes to a log group; None when this region has none.
    archive
        Keeps an archived event; None when this region has no archives.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        accept: AcceptEvent,
        forward: ForwardEvent,
        send_message: SendMessage | None = None,
        write_logs: WriteToLogGroup | None = None,
        archive: ArchiveEvent | None = None,
    ) -> None:
        self._catalog = catalog
        self._accept = accept
        self._forward = forward
        self._archive = archive
        self._senders: dict[str, SendToTarget] = {
            "lambda": self._send_to_lambda,
            "events": self._send_to_bus,
        }
        if send_message is not None:
            self._senders["sqs"] = _message_sender(send_message)
            self._senders["sns"] = self._senders["sqs"]
        if write_logs is not None:
            self._senders["logs"] = _log_sender(write_logs)

    async def send(self, delivery: Delivery) -> None:
        """Send an event to its target.

        Raises
        ------
        UndeliverableError
            No retry can help. Any other exception is worth one.
        """
        arn = delivery.target.arn
        service = arn.split(":")[2] if arn.count(":") > 1 else ""
        sender = self._senders.get(service)
        if sender is None:
            known = ", ".join(sorted(self._senders))
            msg = f"targets of service {service!r} are not simulated; there are {known}"
            raise UndeliverableError(INVALID_PARAMETER, msg)
        await sender(delivery)

    async def _send_to_lambda(self, delivery: Delivery) -> None:
        arn, rule = delivery.target.arn, delivery.rule
        try:
            function = parse_function_arn(arn)
        except ValueError as error:
            raise UndeliverableError(INVALID_PARAMETER, str(error)) from error
        if not self._catalog.may_invoke(arn, principal=PRINCIPAL, source_arn=rule.arn):
            msg = f"its policy does not let {PRINCIPAL} invoke it for {rule.arn}; add a permission"
            raise UndeliverableError(NO_PERMISSIONS, msg)
        try:
            spec = self._catalog.function(function.arn, function.qualifier)
        except KeyError as error:
            msg = "the function does not exist; create it or remove the target"
            raise UndeliverableError(NO_RESOURCE, msg) from error
        invocation = Invocation(spec, delivery.payload, delivery.event.trace_header)
        await self._accept(invocation)

    async def _send_to_bus(self, delivery: Delivery) -> None:
        arn, event = delivery.target.arn, delivery.event
        if arn.endswith(_ARCHIVE_SUFFIX) and self._archive is not None:
            await _keep(self._archive, delivery.payload)
            return
        if event.hops >= MAX_HOPS:
            msg = "an event that came from another bus goes to no third one; add a rule there"
            raise UndeliverableError(THIRD_BUS, msg)
        if arn.split(":")[3] != self._catalog.region:
            msg = f"buses of other regions are not simulated; use one in {self._catalog.region}"
            raise UndeliverableError(INVALID_PARAMETER, msg)
        if not self._catalog.has_bus(arn):
            msg = "the bus does not exist; create it or remove the target"
            raise UndeliverableError(NO_RESOURCE, msg)
        self._forward(event, arn)


async def _keep(archive: ArchiveEvent, payload: bytes) -> None:
    try:
        await archive(payload)
    except KeyError as error:
        msg = "the archive was deleted"
        raise UndeliverableError(NO_RESOURCE, msg) from error


def _message_sender(send_message: SendMessage) -> SendToTarget:
    async def send(delivery: Delivery) -> None:
        message = QueueMessage(
            queue_arn=delivery.target.arn,
            body=delivery.payload.decode(),
            trace_header=delivery.event.trace_header,
            group_id=delivery.target.message_group_id,
            principal=PRINCIPAL,
            source_arn=delivery.rule.arn,
        )
        try:
            await send_message(message)
        except KeyError as error:
            msg = "the queue or topic does not exist; create it or remove the target"
            raise UndeliverableError(NO_RESOURCE, msg) from error
        except PermissionError as error:
            raise UndeliverableError(NO_PERMISSIONS, str(error)) from error
        except ValueError as error:
            raise UndeliverableError(INVALID_PARAMETER, str(error)) from error

    return send


def _log_sender(write_logs: WriteToLogGroup) -> SendToTarget:
    async def send(delivery: Delivery) -> None:
        group = delivery.target.arn.partition(":log-group:")[2].removesuffix(":*")
        if not group:
            msg = "its ARN names no log group; write arn:aws:logs:REGION:ACCOUNT:log-group:NAME"
            raise UndeliverableError(INVALID_PARAMETER, msg)
        stream = str(uuid.uuid5(uuid.NAMESPACE_URL, delivery.rule.arn))
        try:
            await write_logs(group, stream, [_log_event(delivery)])
        except KeyError as error:
            msg = "the log group does not exist; create it or remove the target"
            raise UndeliverableError(NO_RESOURCE, msg) from error

    return send


def _log_event(delivery: Delivery) -> tuple[int, str]:
    """Give time in milliseconds and text; a template may set both, and nothing but both."""
    time_ms = int(delivery.event.accepted_at_s * 1000)
    text = delivery.payload.decode()
    if delivery.target.input_transformer is None:
        return time_ms, text
    content: Any = json.loads(text)
    if isinstance(content, dict) and set(content) == {"timestamp", "message"}:
        given = content["timestamp"]
        message = content["message"]
        return (
            given if isinstance(given, int) else time_ms,
            message if isinstance(message, str) else json.dumps(message),
        )
    return time_ms, text
