"""Where asynchronous invocations go that Lambda gives up: on-failure destination, dead letters.

- https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
- https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-add-dlq.html
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .functions.failures import FailedEvent, dead_letter_attributes, destination_record
from .lambda_arn import parse_function_arn
from .ledger import FailureCounters
from .model import AcceptEvent, Catalog, FunctionSpec, Invocation, QueueMessage, SendMessage
from .trace_header import TraceHeader

_LOGGER = logging.getLogger(__name__)

PutEvents = Callable[[Mapping[str, Any], TraceHeader | None], Awaitable[dict[str, Any]]]
_Send = Callable[[str, FailedEvent], Awaitable[None]]

_SOURCE = "lambda"
_DETAIL_TYPE = "Lambda Function Invocation Result - Failure"


class Destinations:
    """Sends failed events to where their function's settings say.

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
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        accept: AcceptEvent,
        put_events: PutEvents,
        send_message: SendMessage,
        may_deliver: Callable[[FunctionSpec, str], bool] = lambda _function, _arn: True,
    ) -> None:
        self.counters = FailureCounters()
        self._catalog = catalog
        self._accept = accept
        self._put_events = put_events
        self._send_message = send_message
        self._may_deliver = may_deliver
        self._destinations: dict[str, _Send] = {
            "sqs": self._record_as_message,
            "sns": self._record_as_message,
            "events": self._record_to_bus,
            "lambda": self._record_to_function,
        }

    async def send(self, event: FailedEvent) -> None:
        """Send a failed event to destination and dead-letter queue; what cannot be sent is logged.

        Parameters
        ----------
        event
            The event.
        """
        function, counters = event.function, self.counters
        counters.given_up += 1
        if function.on_failure_arn is None and function.dead_letter_arn is None:
            counters.dropped += 1
        if function.on_failure_arn is not None:
            service = _service(function.on_failure_arn)
            send = self._destinations.get(service, _not_simulated)
            sent = await self._attempt(send, function.on_failure_arn, event)
            counters.to_destination += sent
        if function.dead_letter_arn is not None:
            sent = await self._attempt(self._dead_letter, function.dead_letter_arn, event)
            counters.dead_lettered += sent

    async def _attempt(self, send: _Send, arn: str, event: FailedEvent) -> bool:
        try:
            self._check_permission(arn, event)
            await send(arn, event)
        except Exception:
            # AWS counts a DestinationDeliveryFailure or DeadLetterError and goes on, too
            _LOGGER.exception("Failed event %s of %s is lost", event.request_id, event.function.arn)
            self.counters.undelivered += 1
            return False
        return True

    def _check_permission(self, arn: str, event: FailedEvent) -> None:
        if not self._may_deliver(event.function, arn):
            msg = f"{event.function.role_arn} may not send to {arn}; add that to its policies"
            raise PermissionError(msg)

    async def _record_as_message(self, arn: str, event: FailedEvent) -> None:
        body = json.dumps(destination_record(event))
        await self._send_message(QueueMessage(arn, body, trace_header=event.trace_header))

    async def _record_to_bus(self, arn: str, event: FailedEvent) -> None:
        entry = {
            "EventBusName": arn,
            "Source": _SOURCE,
            "DetailType": _DETAIL_TYPE,
            "Detail": json.dumps(destination_record(event)),
            "Resources": [arn, f"{event.function.arn}:{event.function.version}"],
        }
        answer = await self._put_events({"Entries": [entry]}, event.trace_header)
        if answer["FailedEntryCount"]:
            msg = f"{arn} refused the record: {answer['Entries'][0]['ErrorMessage']}"
            raise ValueError(msg)

    async def _record_to_function(self, arn: str, event: FailedEvent) -> None:
        parsed = parse_function_arn(arn)
        function = self._catalog.function(parsed.arn, parsed.qualifier)
        record = json.dumps(destination_record(event)).encode()
        await self._accept(Invocation(function, record, event.trace_header))

    async def _dead_letter(self, arn: str, event: FailedEvent) -> None:
        attributes: dict[str, str | int] = {**dead_letter_attributes(event)}
        attributes["ErrorCode"] = int(attributes["ErrorCode"])
        body = event.payload.decode(errors="replace")
        message = QueueMessage(arn, body, attributes, trace_header=event.trace_header)
        await self._send_message(message)


async def _not_simulated(arn: str, _event: FailedEvent) -> None:
    msg = f"{arn} is no queue, topic, bus or function; other destinations are not simulated"
    raise ValueError(msg)


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") > 1 else ""
