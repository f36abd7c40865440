"""EventBridge data plane: takes events, matches them with rules, delivers them to targets.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html describes retries.
"""

import asyncio
import itertools
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
    Throttled,
)
from tracing_lab.embedded.protocol.trace_header import TraceHeader
from tracing_lab.embedded.storage.durable_queue import DurableQueue, Receipt

from .delivery import (
    AGE_EXHAUSTED,
    ATTEMPTS_EXHAUSTED,
    INTERNAL_ERROR,
    INVALID_PARAMETER,
    THROTTLING,
    Delivery,
    UndeliverableError,
    dead_letter,
)
from .entries import (
    INTERNAL_EXCEPTION,
    AcceptedEvent,
    BusError,
    EntryError,
    accept_entry,
    entries_of,
    replayed_event,
)
from .input_transformer import target_payload
from .patterns.pattern import Matcher, compile_pattern
from .records import EventKeeper, Kept, done
from .targets import ArchiveEvent, Targets, WriteToLogGroup

__all__ = ["Bus", "BusCounters", "BusError", "Delivery"]

LOGGER = logging.getLogger(__name__)

DEFAULT_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""Waits before the retries of a delivery; the last one repeats."""

_MAX_MATCHERS = 10_000

LATENCY_S = 0.005
"""AWS's bus takes longer. On few cores, a publisher can answer before its events make work."""


class Bus:
    """The event buses of a region.

    Parameters
    ----------
    catalog
        Tells which buses and rules exist and whom they may call.
    accept
        Queues an asynchronous invocation.
    send_message
        Sends to queues, for targets and dead letters.
    write_logs
        Writes to log groups.
    archive
        Keeps archived events.
    clock
        Epoch seconds.
    delays
        Seconds before each retry of a delivery; the last one repeats.
    latency_s
        How long an accepted event stays on the bus before it is routed.
    queue
        Keeps events until all targets have them, whatever happens to this process.
    """

    def __init__(  # noqa: PLR0913 - what surrounds a bus
        self,
        *,
        catalog: Catalog,
        accept: AcceptEvent,
        send_message: SendMessage | None = None,
        write_logs: WriteToLogGroup | None = None,
        archive: ArchiveEvent | None = None,
        clock: Callable[[], float] = time.time,
        delays: Sequence[float] = DEFAULT_DELAYS_S,
        latency_s: float = LATENCY_S,
        queue: DurableQueue | None = None,
    ) -> None:
        self.counters = BusCounters()
        self._catalog = catalog
        self._send_message = send_message
        self._targets = Targets(
            catalog=catalog,
            accept=accept,
            forward=self._forward,
            send_message=send_message,
            write_logs=write_logs,
            archive=archive,
        )
        self._clock = clock
        self._latency_s = latency_s
        self._keeper = EventKeeper(queue)
        self._delays = tuple(delays) or (0.0,)
        self._tasks: set[asyncio.Task[None]] = set()
        self._matchers: dict[str, tuple[Mapping[str, Any], Matcher]] = {}

    async def put_events(
        self,
        body: Mapping[str, Any],
        trace_header: TraceHeader | None = None,
        region: str | None = None,
    ) -> dict[str, Any]:
        """Answer PutEvents; matching and delivery follow in the background.

        An entry for a bus that does not exist gets an event id and goes nowhere, as on AWS.

        Parameters
        ----------
        body
            The request: ``{"Entries": [...]}``.
        trace_header
            That of the HTTP request.
        region
            Written into the events; the catalog's when None.

        Raises
        ------
        BusError
            The request as a whole is refused, or could not be written down; nothing was taken.
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
            kept = self._keeper.keep(accepted)
        except OSError as error:
            LOGGER.exception("%d events could not be kept", len(accepted))
            message = f"The events could not be kept: {error}"
            raise BusError(INTERNAL_EXCEPTION, message, status=500) from error
        self.counters.accepted += len(accepted)
        self.counters.rejected += failed
        self._take(kept)
        return {"FailedEntryCount": failed, "Entries": results}

    def replay(
        self,
        contents: Iterable[Mapping[str, Any]],
        *,
        bus: str,
        name: str,
        rule_arns: Iterable[str] = (),
    ) -> int:
        """Put archived events on a bus again, each without a trace, as EventBridge does.

        Parameters
        ----------
        contents
            The events as they were archived.
        bus
            Name or ARN of the bus.
        name
            The replay's name, which the events carry as ``replay-name``.
        rule_arns
            The only rules that shall see them; all when empty.

        Returns
        -------
        count
            How many events.
        """
        only, now_s = frozenset(rule_arns), self._clock()
        events = [
            replayed_event(one, bus=bus, replay=name, only_rules=only, now_s=now_s)
            for one in contents
        ]
        kept = self._keeper.keep(events)
        self.counters.replayed += len(events)
        self._take(kept)
        return len(events)

    def resume(self) -> int:
        """Go on with the events that an earlier server had accepted; gives their number.

        All targets get them, also those that had them before: delivery is at least once.
        """
        kept = self._keeper.left_over()
        self.counters.resumed += len(kept)
        self._take(kept)
        return len(kept)

    async def drain(self) -> None:
        """Wait until every accepted event is delivered or has failed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop; what is under way stays in the queue, or is counted as lost without one."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.counters.delivering = 0
        if self._keeper.close():
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
            LOGGER.error("Event delivery broke", exc_info=task.exception())

    def _take(self, events: Sequence[Kept]) -> None:
        if events:
            self.counters.routing += len(events)
            self._start(self._route_all(events))

    def _forward(self, event: AcceptedEvent, bus_arn: str) -> None:
        now_s = self._clock()
        forwarded = replace(event, bus=bus_arn, hops=event.hops + 1, accepted_at_s=now_s)
        kept = self._keeper.keep([forwarded])
        self.counters.forwarded += 1
        self._take(kept)

    async def _route_all(self, events: Sequence[Kept]) -> None:
        try:
            await asyncio.sleep(self._latency_s)
            for event, receipt in events:
                self._route(event, receipt)
                done(receipt)
        finally:
            self.counters.routing -= len(events)

    def _route(self, event: AcceptedEvent, receipt: Receipt | None) -> None:
        if not self._catalog.has_bus(event.bus):
            self.counters.without_bus += 1
            LOGGER.warning("Event %s is for bus %s, which does not exist", event.id, event.bus)
            return
        rules = [rule for rule in self._catalog.rules(event.bus) if self._matches(rule, event)]
        if not rules:
            self.counters.filtered += 1
            return
        self.counters.matched += 1
        for rule in rules:
            self.counters.of_rule(rule.arn).matched += 1
        for rule, target in _targets(rules):
            self.counters.deliveries += 1
            self.counters.delivering += 1
            if receipt is not None:
                receipt.begin()
            self._start(self._deliver(event, rule, target, receipt))

    def _matches(self, rule: RuleSpec, event: AcceptedEvent) -> bool:
        if event.only_rules and rule.arn not in event.only_rules:
            return False
        try:
            return self._matcher(rule).matches_fields(event.fields)
        except ValueError:
            LOGGER.exception("Rule %s has a pattern that cannot be used; put it anew", rule.arn)
            return False

    def _matcher(self, rule: RuleSpec) -> Matcher:
        pattern, matcher = self._matchers.get(rule.arn, (None, None))
        if matcher is None or (pattern is not rule.pattern and pattern != rule.pattern):
            if len(self._matchers) >= _MAX_MATCHERS:
                self._matchers.clear()
            matcher = compile_pattern(rule.pattern)
            self._matchers[rule.arn] = (rule.pattern, matcher)
        return matcher

    async def _deliver(
        self, event: AcceptedEvent, rule: RuleSpec, target: TargetSpec, receipt: Receipt | None
    ) -> None:
        try:
            await self._send_or_give_up(event, rule, target)
            done(receipt)
        finally:
            self.counters.delivering -= 1

    async def _send_or_give_up(
        self, event: AcceptedEvent, rule: RuleSpec, target: TargetSpec
    ) -> None:
        try:
            payload = target_payload(event.event, target=target, rule=rule)
            await self._send_with_retries(Delivery(event, rule, target, payload))
        except UndeliverableError as error:
            await self._give_up(event, rule, target, error)
        except ValueError as error:
            await self._give_up(
                event, rule, target, UndeliverableError(INVALID_PARAMETER, str(error))
            )
        else:
            self.counters.note_delivery(self._clock() - event.accepted_at_s, rule.arn)

    async def _give_up(
        self, event: AcceptedEvent, rule: RuleSpec, target: TargetSpec, error: UndeliverableError
    ) -> None:
        LOGGER.warning("Event %s did not reach %s: %s: %s", event.id, target.arn, error.code, error)
        if target.dead_letter_arn is None or self._send_message is None:
            self.counters.note_loss(rule.arn, letter_refused=False)
            return
        try:
            await self._send_message(dead_letter(event, rule, target, error))
        except Exception:
            # nothing is left to try, but the books must show it
            LOGGER.exception(
                "Event %s is lost: %s did not take it", event.id, target.dead_letter_arn
            )
            self.counters.note_loss(rule.arn, letter_refused=True)
        else:
            self.counters.note_dead_letter(rule.arn)

    async def _send_with_retries(self, delivery: Delivery) -> None:
        for attempt in itertools.count():
            self._check_age(delivery, attempt)
            try:
                await self._targets.send(delivery)
            except UndeliverableError:
                raise
            except Exception as error:
                LOGGER.debug("Delivery to %s failed", delivery.target.arn, exc_info=True)
                self._check_may_retry(delivery, attempt, error)
            else:
                return
            self.counters.note_retry(delivery.rule.arn)
            await asyncio.sleep(self._delays[min(attempt, len(self._delays) - 1)])

    def _check_age(self, delivery: Delivery, attempt: int) -> None:
        """Refuse what grew too old while nobody could deliver it, as after a long stop."""
        age_s = self._clock() - delivery.event.accepted_at_s
        if attempt == 0:
            self.counters.of_rule(delivery.rule.arn).starts_s.append(age_s)
        if age_s >= delivery.target.max_event_age_s:
            message = f"it was {age_s:.0f} s old before it could be delivered"
            raise UndeliverableError(
                INTERNAL_ERROR, message, exhausted=AGE_EXHAUSTED, retries=attempt
            )

    def _check_may_retry(self, delivery: Delivery, attempt: int, error: Exception) -> None:
        target = delivery.target
        age_s = self._clock() - delivery.event.accepted_at_s
        too_often, too_old = attempt >= target.max_retries, age_s >= target.max_event_age_s
        if not too_often and not too_old:
            return
        throttled = isinstance(error, Throttled)
        reason = "throttled" if throttled else f"{error!r}"
        raise UndeliverableError(
            THROTTLING if throttled else INTERNAL_ERROR,
            f"gave up after {attempt + 1} attempts in {age_s:.0f} s, the last: {reason}",
            exhausted=ATTEMPTS_EXHAUSTED if too_often else AGE_EXHAUSTED,
            retries=attempt,
        )


def _targets(rules: Sequence[RuleSpec]) -> Iterator[tuple[RuleSpec, TargetSpec]]:
    return ((rule, target) for rule in rules for target in rule.targets)
