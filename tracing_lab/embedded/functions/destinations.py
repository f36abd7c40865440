"""Sends finished asynchronous invocations to destinations and dead-letter queues.

- https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
- https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-add-dlq.html
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tracing_lab.arns import parse_function_arn, service_in
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
from tracing_lab.xray_model.trace_header import TraceHeader

from .failures import SUCCESS, EndedEvent, dead_letter_attributes, destination_record

_LOGGER = logging.getLogger(__name__)

PutEvents = Callable[[Mapping[str, Any], TraceHeader | None], Awaitable[dict[str, Any]]]
_Send = Callable[[str, EndedEvent], Awaitable[None]]

_SOURCE = "lambda"
_SUCCEEDED = "Lambda Function Invocation Result - Success"
_FAILED = "Lambda Function Invocation Result - Failure"


class Destinations:
    """Sends finished events to the destinations in their function's settings.

    Parameters
    ----------
    catalog
        Finds functions that are destinations.
    accept
        Queues an asynchronous invocation.
    put_events
        Sends events to a bus.
    send_message
        Sends to a queue or topic.
    may_deliver
        Returns whether the function's role may send to an ARN.
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
        """Send a finished event to its destination and dead-letter queue.

        Failures are logged, and published as metrics of the function.
        """
        if event.condition == SUCCESS:
            await self._record(event.request.function.on_success_arn, event)
            return
        function, counters = event.request.function, self.counters
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
            self._destinations.get(service_in(arn), _not_simulated), arn, event
        )
        self.counters.undelivered += not sent
        return sent

    async def _attempt(self, send: _Send, arn: str, event: EndedEvent) -> bool:
        try:
            self._check_permission(arn, event)
            await send(arn, event)
        except Exception:
            request, is_letter = event.request, send == self._dead_letter
            _LOGGER.exception(
                "%s did not get event %s of %s", arn, request.request_id, request.function.arn
            )
            metric = "DeadLetterErrors" if is_letter else "DestinationDeliveryFailures"
            self._note(request.function, metric)
            return False
        return True

    def _note(self, function: FunctionSpec, metric: str) -> None:
        self._record_metric(
            "AWS/Lambda", (("FunctionName", function.name),), [Measurement(metric, 1.0)]
        )

    def _check_permission(self, arn: str, event: EndedEvent) -> None:
        if not self._may_deliver(event.request.function, arn):
            msg = (
                f"{event.request.function.role_arn} may not send to {arn}; add that to its policies"
            )
            raise PermissionError(msg)

    async def _record_as_message(self, arn: str, event: EndedEvent) -> None:
        body = json.dumps(destination_record(event))
        await self._send_message(QueueMessage(arn, body, trace_header=event.request.trace.upstream))

    async def _record_to_bus(self, arn: str, event: EndedEvent) -> None:
        entry = {
            "EventBusName": arn,
            "Source": _SOURCE,
            "DetailType": _SUCCEEDED if event.condition == SUCCESS else _FAILED,
            "Detail": json.dumps(destination_record(event)),
            "Resources": [arn, event.request.function.qualified_arn],
        }
        answer = await self._put_events({"Entries": [entry]}, event.request.trace.upstream)
        if answer["FailedEntryCount"]:
            msg = f"{arn} rejected the record: {answer['Entries'][0]['ErrorMessage']}"
            raise ValueError(msg)

    async def _record_to_function(self, arn: str, event: EndedEvent) -> None:
        parsed = parse_function_arn(arn)
        function = self._catalog.function(parsed.arn, parsed.qualifier)
        record = json.dumps(destination_record(event)).encode()
        await self._accept(Invocation(function, record, event.request.trace.upstream))

    async def _dead_letter(self, arn: str, event: EndedEvent) -> None:
        attributes: dict[str, str | int] = {**dead_letter_attributes(event)}
        attributes["ErrorCode"] = int(attributes["ErrorCode"])
        body = event.request.payload.decode(errors="replace")
        message = QueueMessage(arn, body, attributes, trace_header=event.request.trace.upstream)
        await self._send_message(message)


async def _not_simulated(arn: str, _event: EndedEvent) -> None:
    msg = f"{arn} is not a queue, topic, bus or function; other destinations are not simulated"
    raise ValueError(msg)
