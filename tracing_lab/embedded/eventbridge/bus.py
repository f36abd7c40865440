"""EventBridge buses: accept events and route them to the targets of matching rules."""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.event_accounting import BusCounters
from tracing_lab.embedded.model import (
    AcceptEvent,
    Catalog,
    RuleSpec,
    SendMessage,
    TargetSpec,
)
from tracing_lab.embedded.storage.durable_queue import Acknowledgement, DurableQueue
from tracing_lab.xray_model.trace_header import TraceHeader

from .api_targets import CallApi
from .delivery import Delivery
from .entries import (
    DEFAULT_BUS,
    INTERNAL_EXCEPTION,
    AcceptedEvent,
    BusError,
    EntryError,
    accept_entry,
    entries_of,
    replayed_event,
    whole_event,
)
from .matching import RuleMatchers
from .records import PendingEvent, PendingEvents, done
from .retrying import DEFAULT_DELAYS_S, RetryingDelivery
from .targets import ArchiveEvent, Targets, WriteToLogGroup

LOGGER = logging.getLogger(__name__)

LATENCY_S = 0.005
"""Shorter than AWS's. On few cores, a publisher can respond before its events need the CPU."""


class Bus:
    """The event buses of a region.

    Parameters
    ----------
    catalog
        Has the buses, the rules, and the policies of targets.
    accept
        Queues an asynchronous invocation.
    send_message
        Sends to queues, for targets and dead letters.
    write_logs
        Writes to log groups.
    archive
        Stores archived events.
    call_api
        Calls REST APIs.
    clock
        Epoch seconds.
    delays
        Seconds before each retry of a delivery; the last value repeats.
    latency_s
        How long an accepted event stays on the bus before it is routed.
    queue
        Durable queue of events that are not delivered to all targets yet.
    """

    def __init__(  # noqa: PLR0913 - what surrounds a bus
        self,
        *,
        catalog: Catalog,
        accept: AcceptEvent,
        send_message: SendMessage | None = None,
        write_logs: WriteToLogGroup | None = None,
        archive: ArchiveEvent | None = None,
        call_api: CallApi | None = None,
        clock: Callable[[], float] = time.time,
        delays: Sequence[float] = DEFAULT_DELAYS_S,
        latency_s: float = LATENCY_S,
        queue: DurableQueue | None = None,
    ) -> None:
        self.counters = BusCounters()
        self._catalog = catalog
        targets = Targets(
            catalog=catalog,
            accept=accept,
            forward=self._forward,
            send_message=send_message,
            write_logs=write_logs,
            archive=archive,
            call_api=call_api,
        )
        self._delivery = RetryingDelivery(
            targets, self.counters, send_message=send_message, clock=clock, delays=delays
        )
        self._matchers = RuleMatchers()
        self._clock = clock
        self._latency_s = latency_s
        self._pending = PendingEvents(queue)
        self._tasks: set[asyncio.Task[None]] = set()

    async def put_events(
        self,
        body: Mapping[str, Any],
        trace_header: TraceHeader | None = None,
        region: str | None = None,
    ) -> dict[str, Any]:
        """Respond to PutEvents; matching and delivery follow in the background.

        An entry for a bus that does not exist gets an event id and is dropped, as on AWS.

        Parameters
        ----------
        body
            The request: ``{"Entries": [...]}``.
        trace_header
            The header of the HTTP request.
        region
            Region in the events; by default the catalog's.

        Raises
        ------
        BusError
            The request as a whole is rejected, or could not be written; no event was accepted.
        """
        now_s = self._clock()
        results: list[dict[str, str]] = []
        accepted: list[AcceptedEvent] = []
        for entry in entries_of(body):
            try:
                event = accept_entry(
                    entry,
                    account_id=self._catalog.account_id,
                    region=region or self._catalog.region,
                    http_header=trace_header,
                    now_s=now_s,
                )
            except EntryError as error:
                results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
                continue
            accepted.append(event)
            results.append({"EventId": event.id})
        failed = len(results) - len(accepted)
        try:
            pending = self._pending.keep(accepted)
        except OSError as error:
            LOGGER.exception("%d events could not be written", len(accepted))
            message = f"The events could not be written: {error}"
            raise BusError(INTERNAL_EXCEPTION, message, status=500) from error
        self.counters.accepted += len(accepted)
        self.counters.rejected += failed
        self._route_later(pending)
        return {"FailedEntryCount": failed, "Entries": results}

    def publish(self, content: Mapping[str, Any], *, rule_arn: str | None = None) -> None:
        """Put an event that has its envelope already on the default bus.

        Parameters
        ----------
        content
            The event, of an AWS service.
        rule_arn
            The rule whose schedule sends it, which is the only one that receives it.

        Raises
        ------
        OSError
            It could not be written.
        """
        event = whole_event(content, bus=DEFAULT_BUS, now_s=self._clock())
        pending = self._pending.keep([replace(event, triggered_rule=rule_arn)])
        if rule_arn is None:
            self.counters.accepted += 1
        else:
            self.counters.scheduled += 1
        self._route_later(pending)

    def replay(
        self,
        contents: Iterable[Mapping[str, Any]],
        *,
        bus: str,
        name: str,
        rule_arns: Iterable[str] = (),
    ) -> int:
        """Send archived events to a bus again, each without a trace, as EventBridge does.

        Parameters
        ----------
        contents
            The archived events.
        bus
            Name or ARN of the bus.
        name
            The replay's name, which the events carry as ``replay-name``.
        rule_arns
            Only these rules receive them; all if empty.

        Returns
        -------
        count
            Number of events.
        """
        only, now_s = frozenset(rule_arns), self._clock()
        events = [
            replayed_event(content, bus=bus, replay=name, only_rules=only, now_s=now_s)
            for content in contents
        ]
        pending = self._pending.keep(events)
        self.counters.replayed += len(events)
        self._route_later(pending)
        return len(events)

    def resume(self) -> int:
        """Deliver the events that an earlier server had accepted; return their number.

        All targets get them, some for the second time: delivery is at least once.
        """
        pending = self._pending.left_over()
        self.counters.resumed += len(pending)
        self._route_later(pending)
        return len(pending)

    async def drain(self) -> None:
        """Wait until every accepted event is delivered or has failed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop; pending events stay in the queue, or are counted as lost without one."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.counters.delivering = 0
        if self._pending.close():
            return
        pending, unrouted = self.counters.pending, self.counters.unrouted
        if pending or unrouted:
            LOGGER.warning("%d event deliveries and %d events were given up", pending, unrouted)
        self.counters.lost += pending

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            LOGGER.error("Event delivery failed", exc_info=task.exception())

    def _route_later(self, events: Sequence[PendingEvent]) -> None:
        if events:
            self.counters.routing += len(events)
            self._start(self._route_all(events))

    def _forward(self, event: AcceptedEvent, bus_arn: str) -> None:
        now_s = self._clock()
        forwarded = replace(
            event, bus=bus_arn, hops=event.hops + 1, accepted_at_s=now_s, triggered_rule=None
        )
        pending = self._pending.keep([forwarded])
        self.counters.forwarded += 1
        self._route_later(pending)

    async def _route_all(self, events: Sequence[PendingEvent]) -> None:
        try:
            await asyncio.sleep(self._latency_s)
            for event, acknowledgement in events:
                try:
                    self._route(event, acknowledgement)
                except Exception:  # a bug; the event stays in the queue, and the others go on
                    LOGGER.exception("Event %s could not be routed", event.id)
                else:
                    done(acknowledgement)
        finally:
            self.counters.routing -= len(events)

    def _route(self, event: AcceptedEvent, acknowledgement: Acknowledgement | None) -> None:
        if not self._catalog.has_bus(event.bus):
            self.counters.without_bus += 1
            LOGGER.warning("Event %s is for bus %s, which does not exist", event.id, event.bus)
            return
        rules = self._receivers(event)
        if not rules:
            self.counters.filtered += 1
            return
        self.counters.matched += 1
        for rule in rules:
            self.counters.of_rule(rule.arn).matched += 1
        for rule, target in _targets(rules):
            self.counters.deliveries += 1
            self.counters.delivering += 1
            if acknowledgement is not None:
                acknowledgement.begin()
            self._start(self._deliver(Delivery(event, rule, target), acknowledgement))

    def _receivers(self, event: AcceptedEvent) -> list[RuleSpec]:
        if event.triggered_rule is not None:
            scheduled = self._catalog.scheduled_rules()
            return [rule for rule in scheduled if rule.arn == event.triggered_rule]
        rules = self._catalog.rules(event.bus)
        return [rule for rule in rules if self._matchers.matches(rule, event)]

    async def _deliver(self, delivery: Delivery, acknowledgement: Acknowledgement | None) -> None:
        try:
            await self._delivery.deliver(delivery)
            done(acknowledgement)
        finally:
            self.counters.delivering -= 1


def _targets(rules: Sequence[RuleSpec]) -> Iterator[tuple[RuleSpec, TargetSpec]]:
    return ((rule, target) for rule in rules for target in rule.targets)
