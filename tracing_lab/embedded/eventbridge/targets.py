"""Sends events to each kind of target of a rule.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
"""

import json
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from tracing_lab.arns import log_group_in, parse_arn, parse_function_arn, service_in
from tracing_lab.embedded.model import (
    AcceptEvent,
    Catalog,
    Invocation,
    QueueMessage,
    SendMessage,
)

from .api_targets import CallApi, send_to_api
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
"""An event that was forwarded once is not forwarded again.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
"""

_ARCHIVE_SUFFIX = ":::"
"""Name of the target of an archive's own rule."""

ForwardEvent = Callable[[AcceptedEvent, str], None]
"""Forward an event to another bus by ARN."""

ArchiveEvent = Callable[[bytes], Awaitable[None]]
"""Store an event of an archive's own rule: archive, event and time as JSON.

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
        Has the targets and their policies.
    accept
        Queues an asynchronous invocation.
    forward
        Forwards an event to another bus.
    send_message
        Sends to a queue or topic; None when this region has none.
    write_logs
        Writes to a log group; None when this region has none.
    archive
        Stores an archived event; None if this region has no archives.
    call_api
        Calls REST APIs; None if this region has none.
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
        call_api: CallApi | None = None,
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
        if call_api is not None:
            self._senders["execute-api"] = partial(send_to_api, call=call_api)

    async def send(self, delivery: Delivery) -> None:
        """Send an event to its target.

        Raises
        ------
        UndeliverableError
            Retries are pointless. Any other exception is retried.
        """
        arn = delivery.target.arn
        service = service_in(arn)
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
        if parse_arn(arn).region != self._catalog.region:
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
        group = log_group_in(delivery.target.arn)
        if group is None:
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
    """Return time in milliseconds and text; a template may set both, and nothing but both."""
    time_ms = int(delivery.event.accepted_at_s * 1000)
    text = delivery.payload.decode()
    if delivery.target.input_transformer is None:
        return time_ms, text
    content = _parsed(text)
    if isinstance(content, dict) and set(content) == {"timestamp", "message"}:
        given = content["timestamp"]
        message = content["message"]
        return (
            given if isinstance(given, int) else time_ms,
            message if isinstance(message, str) else json.dumps(message),
        )
    return time_ms, text


def _parsed(text: str) -> Any:
    """Return the content of JSON; None for a template's text, which may be none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
