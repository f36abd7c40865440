"""EventBridge data plane: takes events, matches them with rules, delivers them to targets.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html describes retries.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .bus_entries import AcceptedEvent, BusError, EntryError, accept_entry, entries_of
from .lambda_arn import parse_function_arn
from .model import AcceptEvent, Catalog, Invocation, RuleSpec, TargetSpec, Throttled
from .patterns import Matcher, compile_pattern
from .trace_header import TraceHeader
from .transform import target_payload

__all__ = ["Bus", "BusCounters", "BusError", "Delivery"]

LOGGER = logging.getLogger(__name__)

PRINCIPAL = "events.amazonaws.com"

DEFAULT_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""Waits before the retries of a delivery; the last one repeats."""

_MAX_MATCHERS = 10_000


@dataclass
class BusCounters:
    """What became of the events since the start; made for a ledger that must balance.

    Every accepted event is ``matched`` (by at least one rule), ``filtered`` or ``without_bus``;
    every delivery, one for each target of a matching rule, is ``delivered``, ``failed`` or still
    ``pending``.
    """

    accepted: int = 0
    rejected: int = 0
    matched: int = 0
    filtered: int = 0
    without_bus: int = 0
    deliveries: int = 0
    delivered: int = 0
    retried: int = 0
    failed: int = 0

    @property
    def pending(self) -> int:
        """Deliveries under way."""
        return self.deliveries - self.delivered - self.failed

    @property
    def unrouted(self) -> int:
        """Accepted events whose rules were not looked at yet."""
        return self.accepted - self.matched - self.filtered - self.without_bus


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target."""

    event: AcceptedEvent
    rule: RuleSpec
    target: TargetSpec
    payload: bytes


NO_PERMISSIONS = "NO_PERMISSIONS"
NO_RESOURCE = "NO_RESOURCE"
RETRIES_EXHAUSTED = "RETRIES_EXHAUSTED"
INVALID_TARGET = "INVALID_TARGET"
"""Why a delivery was given up; AWS writes the first two to dead-letter queues as ERROR_CODE."""


class UndeliverableError(Exception):
    """A delivery that no retry can help.

    Parameters
    ----------
    code
        As EventBridge writes it to dead-letter queues, for example ``NO_PERMISSIONS``.
    message
        What is wrong, with which target, and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


SendToTarget = Callable[[Delivery], Awaitable[None]]


class Bus:
    """The event buses of a region.

    Parameters
    ----------
    catalog
        Tells which buses and rules exist and whom they may call.
    accept
        Queues an asynchronous invocation.
    clock
        Epoch seconds.
    delays
        Seconds before each retry of a delivery; the last one repeats.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        accept: AcceptEvent,
        clock: Callable[[], float] = time.time,
        delays: Sequence[float] = DEFAULT_DELAYS_S,
    ) -> None:
        self.counters = BusCounters()
        self._catalog = catalog
        self._accept = accept
        self._clock = clock
        self._delays = tuple(delays) or (0.0,)
        self._tasks: set[asyncio.Task[None]] = set()
        self._matchers: dict[str, tuple[Mapping[str, Any], Matcher]] = {}
        # the service in a target's ARN -> how to send
        self._senders: dict[str, SendToTarget] = {"lambda": self._send_to_lambda}

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
            The request as a whole is refused; nothing was taken.
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
        self.counters.accepted += len(accepted)
        self.counters.rejected += failed
        if accepted:
            self._start(self._route_all(accepted))
        return {"FailedEntryCount": failed, "Entries": results}

    async def drain(self) -> None:
        """Wait until every accepted event is delivered or has failed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop; deliveries that are still waiting for a retry are given up and counted failed."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pending, unrouted = self.counters.pending, self.counters.unrouted
        if pending or unrouted:
            LOGGER.warning("%d event deliveries and %d events were given up", pending, unrouted)
        self.counters.failed += pending

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            LOGGER.error("Event delivery broke", exc_info=task.exception())

    async def _route_all(self, events: Sequence[AcceptedEvent]) -> None:
        for event in events:
            self._route(event)

    def _route(self, event: AcceptedEvent) -> None:
        if not self._catalog.has_bus(event.bus):
            self.counters.without_bus += 1
            LOGGER.warning("Event %s is for bus %s, which does not exist", event.id, event.bus)
            return
        rules = [rule for rule in self._catalog.rules(event.bus) if self._matches(rule, event)]
        if not rules:
            self.counters.filtered += 1
            return
        self.counters.matched += 1
        for rule, target in _targets(rules):
            self.counters.deliveries += 1
            self._start(self._deliver(event, rule, target))

    def _matches(self, rule: RuleSpec, event: AcceptedEvent) -> bool:
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

    async def _deliver(self, event: AcceptedEvent, rule: RuleSpec, target: TargetSpec) -> None:
        try:
            payload = target_payload(event.event, target=target, rule=rule)
            await self._send_with_retries(Delivery(event, rule, target, payload))
        except UndeliverableError as error:
            self._give_up(event, target, code=error.code, message=str(error))
        except ValueError as error:
            self._give_up(event, target, code=INVALID_TARGET, message=str(error))
        else:
            self.counters.delivered += 1

    def _give_up(
        self, event: AcceptedEvent, target: TargetSpec, *, code: str, message: str
    ) -> None:
        self.counters.failed += 1
        LOGGER.warning("Event %s did not reach %s: %s: %s", event.id, target.arn, code, message)

    async def _send_with_retries(self, delivery: Delivery) -> None:
        send = self._sender(delivery.target)
        for attempt in itertools.count():
            try:
                await send(delivery)
            except UndeliverableError:
                raise
            except Exception as error:
                reason = "throttled" if isinstance(error, Throttled) else f"{error!r}"
                LOGGER.debug("Delivery to %s failed", delivery.target.arn, exc_info=True)
                self._check_may_retry(delivery, attempt, reason)
            else:
                return
            self.counters.retried += 1
            await asyncio.sleep(self._delays[min(attempt, len(self._delays) - 1)])

    def _check_may_retry(self, delivery: Delivery, attempt: int, reason: str) -> None:
        target = delivery.target
        age_s = self._clock() - delivery.event.accepted_at_s
        if attempt >= target.max_retries or age_s >= target.max_event_age_s:
            msg = f"gave up after {attempt + 1} attempts in {age_s:.0f} s, the last: {reason}"
            raise UndeliverableError(RETRIES_EXHAUSTED, msg)

    def _sender(self, target: TargetSpec) -> SendToTarget:
        service = target.arn.split(":")[2] if target.arn.count(":") > 1 else ""
        sender = self._senders.get(service)
        if sender is None:
            msg = f"targets of service {service!r} are not simulated yet; use a Lambda function"
            raise UndeliverableError(INVALID_TARGET, msg)
        return sender

    async def _send_to_lambda(self, delivery: Delivery) -> None:
        arn, rule = delivery.target.arn, delivery.rule
        try:
            function = parse_function_arn(arn)
        except ValueError as error:
            raise UndeliverableError(INVALID_TARGET, str(error)) from error
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


def _targets(rules: Sequence[RuleSpec]) -> Iterator[tuple[RuleSpec, TargetSpec]]:
    return ((rule, target) for rule in rules for target in rule.targets)
