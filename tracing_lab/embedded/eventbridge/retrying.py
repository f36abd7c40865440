"""Delivers events to targets, with retries up to the limits of the target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence

from tracing_lab.embedded.event_accounting import BusCounters
from tracing_lab.embedded.model import SendMessage, Throttled

from .delivery import (
    AGE_EXHAUSTED,
    ATTEMPTS_EXHAUSTED,
    INTERNAL_ERROR,
    THROTTLING,
    Delivery,
    UndeliverableError,
    dead_letter,
)
from .targets import Targets

_LOGGER = logging.getLogger(__name__)

DEFAULT_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""Delays before the retries of a delivery; the last value repeats."""


class RetryingDelivery:
    """Delivers events to targets.

    Parameters
    ----------
    targets
        Sends to each kind of target.
    counters
        Counts deliveries, retries, dead letters and losses.
    send_message
        Sends dead letters; None when this region has no queues.
    clock
        Epoch seconds.
    delays
        Seconds before each retry; the last value repeats.
    """

    def __init__(
        self,
        targets: Targets,
        counters: BusCounters,
        *,
        send_message: SendMessage | None,
        clock: Callable[[], float],
        delays: Sequence[float],
    ) -> None:
        self._targets = targets
        self._counters = counters
        self._send_message = send_message
        self._clock = clock
        self._delays = tuple(delays) or (0.0,)

    async def deliver(self, delivery: Delivery) -> None:
        """Deliver an event with retries, or send a dead letter."""
        try:
            await self._send_with_retries(delivery)
        except UndeliverableError as error:
            await self._give_up(delivery, error)
        else:
            age_s = self._clock() - delivery.event.accepted_at_s
            self._counters.note_delivery(age_s, delivery.rule.arn)

    async def _give_up(self, delivery: Delivery, error: UndeliverableError) -> None:
        event, rule, target = delivery.event, delivery.rule, delivery.target
        _LOGGER.warning(
            "Event %s did not reach %s: %s: %s", event.id, target.arn, error.code, error
        )
        if target.dead_letter_arn is None or self._send_message is None:
            self._counters.note_loss(rule.arn, letter_refused=False)
            return
        try:
            await self._send_message(dead_letter(delivery, error))
        except Exception:
            # no retry is left, but the accounting must show it
            _LOGGER.exception(
                "Event %s is lost: %s did not accept it", event.id, target.dead_letter_arn
            )
            self._counters.note_loss(rule.arn, letter_refused=True)
        else:
            self._counters.note_dead_letter(rule.arn)

    async def _send_with_retries(self, delivery: Delivery) -> None:
        for attempt in itertools.count():
            self._check_age(delivery, attempt)
            try:
                await self._targets.send(delivery)
            except UndeliverableError:
                raise
            except Exception as error:
                _LOGGER.debug("Delivery to %s failed", delivery.target.arn, exc_info=True)
                self._check_may_retry(delivery, attempt, error)
            else:
                return
            self._counters.note_retry(delivery.rule.arn)
            await asyncio.sleep(self._delays[min(attempt, len(self._delays) - 1)])

    def _check_age(self, delivery: Delivery, attempt: int) -> None:
        """Raise an error if an event became too old before its delivery, as after a stop."""
        age_s = self._clock() - delivery.event.accepted_at_s
        if attempt == 0:
            self._counters.of_rule(delivery.rule.arn).starts_s.append(age_s)
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
