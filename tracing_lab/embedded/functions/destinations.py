"""Where asynchronous invocations go when they end: destinations, dead letters.

- https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
- https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-add-dlq.html
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tracing_lab.embedded.cloudwatch.metrics import Measurement, Record
from tracing_lab.embedded.event_accounting import FailureCounters
from tracing_lab.embedded.model import (
    AcceptEvent,
    Catalog,
    FunctionSpec,
    Invocation,
    QueueMessage,
    SendMessage,
)
from tracing_lab.embedded.protocol.lambda_arn import parse_function_arn
from tracing_lab.embedded.protocol.trace_header import TraceHeader

from .failures import SUCCESS, EndedEvent, dead_letter_attributes, destination_record

_LOGGER = logging.getLogger(__name__)

PutEvents = Callable[[Mapping[str, Any], TraceHeader | None], Awaitable[dict[str, Any]]]
_Send = Callable[[str, EndedEvent], Awaitable[None]]

_SOURCE = "lambda"
_SUCCEEDED = "Lambda Function Invocation Result - Success"
_FAILED = "Lambda Function Invocation Result - Failure"


class Destinations:
    """Sends events that have ended to where their function's settings say.

    Parameters
    ----------
    catalog
        Finds functions that are destinations.
    accept
        Queues an asynchronous invocation.
    put_events
        Puts events on a bus.
    send_message
        Sends to a queue or topic.
    may_deliver
        Tells whether the function's role may send to an ARN.
    record
        Takes measurements.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        accept: AcceptEvent,
        put_events: PutEvents,
        send_message: SendMessage,
        may_deliver: Callable[[FunctionSpec, str], bool] = lambda _function, _arn: True,
        record: Record = lambda _namespace, _dimensions, _measurements: None,
    ) -> None:
        self.counters = FailureCounters()
        self._catalog = catalog
        self._accept = accept
        self._put_events = put_events
        self._send_message = send_message
        self._may_deliver = may_deliver
        self._record_metric = record
        self._destinations: dict[str, _Send] = {
            "sqs": self._record_as_message,
            "sns": self._record_as_message,
            "events": self._record_to_bus,
            "lambda": self._record_to_function,
        }

    async def send(self, event: EndedEvent) -> None:
        """Send an event that has ended to its destination, and to the dead-letter queue.

        What cannot be sent is logged, and published as metrics of the function.

        Parameters
        ----------
        event
            The event.
        """
        if event.condition == SUCCESS:
            await self._record(event.function.on_success_arn, event)
            return
        function, counters = event.function, self.counters
        counters.given_up += 1
        if function.on_failure_arn is None and function.dead_letter_arn is None:
            counters.dropped += 1
            self._note(function, "AsyncEventsDropped")
        counters.to_destination += await self._record(function.on_failure_arn, event)
        if function.dead_letter_arn is not None:
            sent = await self._attempt(self._dead_letter, function.dead_letter_arn, event)
            counters.dead_lettered += sent
            counters.undelivered += not sent

    async def _record(self, arn: str | None, event: EndedEvent) -> bool:
        if arn is None:
            return False
        sent = await self._attempt(
            self._destinations.get(_service(arn), _not_simulated), arn, event
        )
        self.counters.undelivered += not sent
        return sent

    async def _attempt(self, send: _Send, arn: str, event: EndedEvent) -> bool:
        try:
            self._check_permission(arn, event)
            await send(arn, event)
        except Exception:
            _LOGGER.exception(
                "%s did not get event %s of %s", arn, event.request_id, event.function.arn
            )
            is_letter = send == self._dead_letter
            self._note(
                event.function, "DeadLetterErrors" if is_letter else "DestinationDeliveryFailures"
            )
            return False
        return True

    def _note(self, function: FunctionSpec, metric: str) -> None:
        self._record_metric(
            "AWS/Lambda", (("FunctionName", function.name),), [Measurement(metric, 1.0)]
        )

    def _check_permission(self, arn: str, event: EndedEvent) -> None:
        if not self._may_deliver(event.function, arn):
            msg = f"{event.function.role_arn} may not send to {arn}; add that to its policies"
            raise PermissionError(msg)

    async def _record_as_message(self, arn: str, event: EndedEvent) -> None:
        body = json.dumps(destination_record(event))
        await self._send_message(QueueMessage(arn, body, trace_header=event.trace_header))

    async def _record_to_bus(self, arn: str, event: EndedEvent) -> None:
        entry = {
            "EventBusName": arn,
            "Source": _SOURCE,
            "DetailType": _SUCCEEDED if event.condition == SUCCESS else _FAILED,
            "Detail": json.dumps(destination_record(event)),
            "Resources": [arn, event.function.qualified_arn],
        }
        answer = await self._put_events({"Entries": [entry]}, event.trace_header)
        if answer["FailedEntryCount"]:
            msg = f"{arn} refused the record: {answer['Entries'][0]['ErrorMessage']}"
            raise ValueError(msg)

    async def _record_to_function(self, arn: str, event: EndedEvent) -> None:
        parsed = parse_function_arn(arn)
        function = self._catalog.function(parsed.arn, parsed.qualifier)
        record = json.dumps(destination_record(event)).encode()
        await self._accept(Invocation(function, record, event.trace_header))

    async def _dead_letter(self, arn: str, event: EndedEvent) -> None:
        attributes: dict[str, str | int] = {**dead_letter_attributes(event)}
        attributes["ErrorCode"] = int(attributes["ErrorCode"])
        body = event.payload.decode(errors="replace")
        message = QueueMessage(arn, body, attributes, trace_header=event.trace_header)
        await self._send_message(message)


async def _not_simulated(arn: str, _event: EndedEvent) -> None:
    msg = f"{arn} is no queue, topic, bus or function; other destinations are not simulated"
    raise ValueError(msg)


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") > 1 else ""
