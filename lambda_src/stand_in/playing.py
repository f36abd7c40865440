"""Play a run: wait where the service worked, call what it called."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from .script import Call, Run, Step


class PlayClock(Protocol):
    """The time of a run."""

    def now_s(self) -> float:
        """Return the time in epoch seconds."""

    def sleep_until(self, due_s: float) -> None:
        """Wait until a time, if it has not come yet."""


MakeCall = Callable[[Call], None]
"""Makes a call, and returns when it has ended."""


def play(
    run: Run, make_call: MakeCall, clock: PlayClock, *, begin_s: float, after_s: float
) -> float:
    """Play a run, and return when it should end.

    Own time is waited for from when the calls before it have ended. Of calls that wait for nobody,
    that is when they should have ended, so that a late one does not delay the rest; of others, when
    the answer came.

    Parameters
    ----------
    run
        What to play.
    make_call
        Makes a call.
    clock
        The time.
    begin_s
        When the run began, in epoch seconds.
    after_s
        Seconds that pass after it by themselves.

    Returns
    -------
    float
        Epoch seconds.
    """
    reached_s = begin_s
    for step in run.steps:
        start_s = reached_s + step.gap_s
        clock.sleep_until(start_s)
        reached_s = _make_calls(step, make_call, clock, start_s)
    clock.sleep_until(reached_s + run.tail_s - after_s)
    return reached_s + run.tail_s


def _make_calls(step: Step, make_call: MakeCall, clock: PlayClock, start_s: float) -> float:
    """Make the calls of a step; return when it has ended."""

    def make(call: Call) -> float:
        due_s = start_s + call.lag_s
        clock.sleep_until(due_s)
        make_call(call)
        return clock.now_s() if call.waits else due_s + call.takes_s

    if len(step.calls) == 1:
        return make(step.calls[0])
    with ThreadPoolExecutor(len(step.calls)) as pool:
        return max(pool.map(make, step.calls))
