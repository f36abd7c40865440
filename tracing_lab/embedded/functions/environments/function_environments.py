"""The environments of one revision of a function, and the requests that wait for one."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from tracing_lab.embedded.model import FunctionSpec

from .environment import Environment
from .scaling import Scale


@dataclass(eq=False)
class WaitingRequest:
    """A request without an environment.

    Parameters
    ----------
    environment
        Set to the environment that it gets.
    since_s
        Since when it waits, in seconds of the loop's clock.
    for_event
        Whether it is an event, whose sender does not wait for the response.
    """

    environment: asyncio.Future[Environment]
    since_s: float
    for_event: bool


@dataclass(eq=False)
class FunctionEnvironments:
    """The environments of one revision of a function."""

    function: FunctionSpec
    members: set[Environment] = field(default_factory=set)
    idle: list[Environment] = field(default_factory=list)
    waiting: deque[WaitingRequest] = field(default_factory=deque)
    starting: int = 0
    start_s: float = 0.0  # what the last start took
    next_check: asyncio.TimerHandle | None = None
    retired: bool = False

    @property
    def scale(self) -> Scale:
        """How many environments there are."""
        return Scale(len(self.members), self.starting, self.start_s)

    def take_idle(self) -> Environment | None:
        """Return the environment that was used last and is no longer idle; None when there is none.

        One whose runtime has asked for the next invocation is preferred.
        """
        if not self.idle:
            return None
        indices = range(len(self.idle) - 1, -1, -1)
        return self.idle.pop(next((n for n in indices if self.idle[n].is_polling), -1))

    def assign(self, environment: Environment) -> bool:
        """Assign an environment to the oldest waiting request, and return whether there was one."""
        request = self.oldest_waiting()
        if request is None:
            return False
        self.waiting.popleft()
        request.environment.set_result(environment)
        return True

    def oldest_waiting(self) -> WaitingRequest | None:
        """Return the request that has waited for longest; None when none waits."""
        while self.waiting and self.waiting[0].environment.done():  # its caller has given up
            self.waiting.popleft()
        return self.waiting[0] if self.waiting else None
