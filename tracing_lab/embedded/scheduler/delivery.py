"""Calls the targets of schedules, with retries up to their limits, and sends dead letters.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule.html
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence

from .execution import AGE_EXHAUSTED, ATTEMPTS_EXHAUSTED, Execution, dead_letter
from .metrics import ATTEMPT, DROPPED, NOT_TO_DEAD_LETTERS, TO_DEAD_LETTERS, Count, metric_of
from .model import CallTarget, TargetError
from .operations import operation_of

_LOGGER = logging.getLogger(__name__)

DEFAULT_DELAYS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""Delays before the retries; the last value repeats. AWS's are not documented."""

_INTERNAL = "AWS.Scheduler.InternalServerError"


class GivenUpError(Exception):
    """A target that was not called.

    Parameters
    ----------
    error
        The last error.
    retries
        Number of retries.
    exhausted
        Which limit of the retry policy was reached; None if retries were pointless.
    """

    def __init__(self, error: TargetError, *, retries: int, exhausted: str | None = None) -> None:
        super().__init__(f"{error.code}: {error}")
        self.error = error
        self.retries = retries
        self.exhausted = exhausted


class TargetDelivery:
    """Calls the targets of schedules.

    Parameters
    ----------
    call
        Calls an operation with a role.
    count
        Counts for the metrics.
    clock
        Epoch seconds.
    delays
        Seconds before each retry; the last value repeats.
    """

    def __init__(
        self,
        call: CallTarget,
        count: Count,
        *,
        clock: Callable[[], float],
        delays: Sequence[float] = DEFAULT_DELAYS_S,
    ) -> None:
        self._call = call
        self._count = count
        self._clock = clock
        self._delays = tuple(delays) or (0.0,)

    async def deliver(self, execution: Execution) -> None:
        """Call a target at its time, with retries, or send a dead letter."""
        await asyncio.sleep(max(execution.begin_s - self._clock(), 0.0))
        try:
            await self._call_with_retries(execution)
        except GivenUpError as given_up:
            await self._give_up(execution, given_up)

    async def _call_with_retries(self, execution: Execution) -> None:
        target, group = execution.schedule.target, execution.schedule.group
        for retries in itertools.count():
            self._count(group, ATTEMPT)
            try:
                operation = operation_of(target, execution.payload(retries + 1))
                await self._call(target.role_arn, operation)
            except TargetError as error:
                self._count(group, metric_of(error))
                self._check_may_retry(execution, error, retries)
            except Exception as error:
                _LOGGER.exception("%s could not call %s", execution.schedule.arn, target.arn)
                internal = TargetError(_INTERNAL, f"{error!r}", is_permanent=False)
                self._check_may_retry(execution, internal, retries)
            else:
                return
            await asyncio.sleep(self._delays[min(retries, len(self._delays) - 1)])

    def _check_may_retry(self, execution: Execution, error: TargetError, retries: int) -> None:
        target = execution.schedule.target
        if error.is_permanent:
            raise GivenUpError(error, retries=retries)
        if retries >= target.max_retries:
            raise GivenUpError(error, retries=retries, exhausted=ATTEMPTS_EXHAUSTED)
        if self._clock() - execution.begin_s >= target.max_event_age_s:
            raise GivenUpError(error, retries=retries, exhausted=AGE_EXHAUSTED)

    async def _give_up(self, execution: Execution, given_up: GivenUpError) -> None:
        schedule = execution.schedule
        _LOGGER.warning("%s did not call %s: %s", schedule.arn, schedule.target.arn, given_up)
        self._count(schedule.group, DROPPED)
        if schedule.target.dead_letter_arn is None:
            return
        letter = dead_letter(
            execution, given_up.error, retries=given_up.retries, exhausted=given_up.exhausted
        )
        try:
            await self._call(schedule.target.role_arn, letter)
        except Exception:
            # no retry is left, but the metrics must show it
            self._count(schedule.group, NOT_TO_DEAD_LETTERS)
            queue = schedule.target.dead_letter_arn
            _LOGGER.exception("%s did not accept a dead letter of %s", queue, schedule.arn)
        else:
            self._count(schedule.group, TO_DEAD_LETTERS)
