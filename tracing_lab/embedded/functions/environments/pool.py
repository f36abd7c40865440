"""Environments by function: which one gets a request, when one is started, when one goes.

As on Lambda an environment serves one request at a time. A request without a free one has an
environment started, but takes whichever is free first.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.functions.settings import FunctionSettings
from tracing_lab.embedded.model import FunctionSpec, Throttled

from .cpu_load import CpuLoad
from .environment import Environment
from .memory_watch import MemoryWatch

_MIN_LOOK_S = 0.05


@dataclass(eq=False)
class _Waiter:
    """A request without an environment.

    Parameters
    ----------
    environment
        Where it gets one.
    since_s
        Since when it waits, in seconds of the loop's clock.
    patience_s
        How long it waits at least before an environment is started; events have some.
    """

    environment: asyncio.Future[Environment]
    since_s: float
    patience_s: float


@dataclass(eq=False)
class _Group:
    """The environments of one revision of a function."""

    function: FunctionSpec
    idle: list[Environment] = field(default_factory=list)
    waiters: deque[_Waiter] = field(default_factory=deque)
    starting: int = 0
    start_s: float = 0.0  # what the last start took
    next_look: asyncio.TimerHandle | None = None
    members: set[Environment] = field(default_factory=set)
    retired: bool = False

    def take_idle(self) -> Environment | None:
        """Take the last used one, preferably one whose runtime asks already."""
        if not self.idle:
            return None
        index = next((n for n in range(len(self.idle) - 1, -1, -1) if self.idle[n].asking), -1)
        return self.idle.pop(index)

    def give(self, environment: Environment) -> bool:
        """Give it to who waits longest; tells whether somebody waited."""
        while self.waiters:
            waiter = self.waiters.popleft().environment
            if not waiter.done():
                waiter.set_result(environment)
                return True
        return False

    def longest_waiting(self) -> _Waiter | None:
        """Give who waits longest."""
        return next((one for one in self.waiters if not one.environment.done()), None)


class Pool:
    """All environments of a server.

    Parameters
    ----------
    make
        Makes an environment that is not started yet.
    settings
        Limits and timeouts.
    saturated
        Tells whether this machine has no processor time left. Then another environment would only
        slow those that there are, so requests wait longer for one of them.
    """

    def __init__(
        self,
        make: Callable[[FunctionSpec], Environment],
        *,
        settings: FunctionSettings,
        saturated: Callable[[], bool] | None = None,
    ) -> None:
        self._make = make
        self._settings = settings
        self._saturated = saturated or CpuLoad().saturated
        self._groups: dict[tuple[str, str], _Group] = {}
        self._group_of: dict[Environment, _Group] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._reaper: asyncio.TimerHandle | None = None
        self._watch = MemoryWatch(lambda: self.environments)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """All environments that are alive or being started."""
        return tuple(self._group_of)

    async def acquire(self, function: FunctionSpec, *, patience_s: float = 0.0) -> Environment:
        """Get an environment for one request; give it back with `release`.

        Parameters
        ----------
        function
            What shall run.
        patience_s
            How long in seconds to wait at least for a busy environment before another is started.

        Raises
        ------
        Throttled
            This machine's limit of environments is reached, and none became free in time for a
            request; events wait until one does.
        """
        group = self._group(function)
        environment = group.take_idle()
        if environment is not None:
            return environment
        loop = asyncio.get_running_loop()
        waiter = _Waiter(loop.create_future(), loop.time(), patience_s)
        group.waiters.append(waiter)
        patient = group.members and (patience_s or self._is_crowded(group))
        at_once = not patient
        if at_once and self._may_start():
            self._begin(group)
        else:
            self._look_later(group, max(patience_s, group.start_s))
        timer = loop.call_later(self._settings.placement_timeout_s, self._give_up, group, waiter)
        try:
            return await waiter.environment
        finally:
            timer.cancel()

    def release(self, environment: Environment) -> None:
        """Give an environment back; one that has ended is forgotten."""
        group = self._group_of.get(environment)
        if group is None:
            return
        if environment.alive:
            self._offer(environment, group)
        else:
            self._dismiss(environment)

    async def prewarm(self, function: FunctionSpec, *, count: int = 1) -> None:
        """Start environments before there is a request for them.

        Parameters
        ----------
        function
            What they shall run.
        count
            How many there should be at least.
        """
        group = self._group(function)
        missing = count - len(group.members)
        starts = [self._start(group) for _ in range(missing) if self._has_place()]
        tasks = [_spawn(start, self._starting) for start in starts]
        await asyncio.gather(*tasks)

    def forget(self, name: str) -> None:
        """End a function's environments, those at work when they are through.

        Parameters
        ----------
        name
            The function's name.
        """
        for key in [key for key in self._groups if key[0] == name]:
            self._retire(self._groups.pop(key))

    async def close(self) -> None:
        """End all environments, those being started too."""
        if self._reaper is not None:
            self._reaper.cancel()
        self._watch.close()
        for group in self._groups.values():
            group.retired = True
        closing = [one.close() for one in self.environments]
        await asyncio.gather(*closing, *self._starting, *self._ending)
        self._group_of.clear()

    # --- groups ---

    def _group(self, function: FunctionSpec) -> _Group:
        key = (function.name, function.version)
        group = self._groups.get(key)
        if group is None or _revision(group.function) != _revision(function):
            if group is not None:
                self._retire(group)
            group = self._groups[key] = _Group(function)
        return group

    def _retire(self, group: _Group) -> None:
        group.retired = True
        for environment in group.idle[:]:
            self._dismiss(environment)

    # --- growing ---

    def _begin(self, group: _Group) -> None:
        _spawn(self._start(group), self._starting)

    def _look_later(self, group: _Group, delay_s: float) -> None:
        if group.next_look is None:
            loop = asyncio.get_running_loop()
            group.next_look = loop.call_later(max(delay_s, _MIN_LOOK_S), self._look, group)

    def _look(self, group: _Group) -> None:
        group.next_look = None
        waiter = group.longest_waiting()
        if waiter is None:
            return
        passed_s = asyncio.get_running_loop().time() - waiter.since_s
        left_s = self._patience_s(group, waiter) - passed_s
        if left_s <= 0 and not group.starting and self._may_start():
            self._begin(group)
        # a core may become free long before all patience is at its end
        self._look_later(group, min(left_s, group.start_s) if left_s > 0 else group.start_s)

    def _is_crowded(self, group: _Group) -> bool:
        """Tell whether another environment would only take processor time from those there are."""
        return len(group.members) >= self._settings.parallel_starts and self._saturated()

    def _patience_s(self, group: _Group, waiter: _Waiter) -> float:
        """Say how long someone waits before an environment is started: as long as a start takes.

        Whoever waits that long for a busy environment would have had one of its own by then; and
        an environment started sooner would most often come too late to be of use.
        """
        if not self._is_crowded(group):
            return max(waiter.patience_s, group.start_s)
        of_requests, of_events = self._settings.saturated_patience
        starts = of_events if waiter.patience_s else of_requests
        return max(waiter.patience_s, starts * group.start_s)

    def _grow_starving(self) -> None:
        """Give functions an environment that have none, as soon as there is a place."""
        for group in [*self._groups.values()]:
            if group.waiters and not group.members and self._may_start():
                self._begin(group)

    def _may_start(self) -> bool:
        """Tell whether there is a place; many starts at once would only delay each other."""
        starting = sum(group.starting for group in self._groups.values())
        return starting < self._settings.parallel_starts and self._has_place()

    def _has_place(self) -> bool:
        if len(self._group_of) < self._settings.max_environments:
            return True
        idle = list(self._idle())
        if idle:
            self._dismiss(min(idle, key=lambda one: one.idle_since_s))
        return bool(idle)

    def _idle(self) -> Iterator[Environment]:
        return (one for group in self._groups.values() for one in group.idle)

    def _start(self, group: _Group) -> Coroutine[Any, Any, None]:
        """Count an environment in now, so that the limits hold; bring it up when awaited."""
        environment = self._make(group.function)
        waiter = group.longest_waiting()
        environment.gives_way = waiter is not None and waiter.patience_s > 0
        self._group_of[environment] = group
        group.members.add(environment)
        group.starting += 1
        self._watch.begin()
        return self._bring_up(environment, group)

    async def _bring_up(self, environment: Environment, group: _Group) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            await environment.start()
        finally:
            group.starting -= 1
            group.start_s = loop.time() - began_s
            loop.call_soon(self._grow_starving)
        environment.ended.add_done_callback(lambda _: self._on_end(environment))
        if environment.failure is None:
            self._offer(environment, group)
        elif not group.give(environment):  # who waited is told why
            self._dismiss(environment)

    def _offer(self, environment: Environment, group: _Group) -> None:
        if group.give(environment):
            return
        if group.retired:
            self._dismiss(environment)
            return
        environment.idle_since_s = asyncio.get_running_loop().time()
        group.idle.append(environment)
        self._schedule_reaper(self._settings.idle_timeout_s)
        if len(self._group_of) >= self._settings.max_environments:
            self._grow_starving()

    def _give_up(self, group: _Group, waiter: _Waiter) -> None:
        if waiter.environment.done() or group.starting:
            return  # one is on its way
        if waiter.patience_s:
            return  # for an event nobody waits: a busy machine runs it later, and throttles nothing
        group.waiters.remove(waiter)
        waiter.environment.set_exception(
            Throttled(f"no place for another environment of {group.function.name}")
        )

    # --- going ---

    def _on_end(self, environment: Environment) -> None:
        group = self._group_of.get(environment)
        if group is not None and environment in group.idle:
            self._dismiss(environment)

    def _dismiss(self, environment: Environment) -> None:
        group = self._group_of.pop(environment, None)
        if group is None:
            return
        group.members.discard(environment)
        if environment in group.idle:
            group.idle.remove(environment)
        _spawn(environment.close(), self._ending)
        asyncio.get_running_loop().call_soon(self._grow_starving)

    def _schedule_reaper(self, delay_s: float) -> None:
        if self._reaper is None:
            loop = asyncio.get_running_loop()
            self._reaper = loop.call_later(delay_s, self._reap)

    def _reap(self) -> None:
        self._reaper = None
        now_s = asyncio.get_running_loop().time()
        timeout_s = self._settings.idle_timeout_s
        for environment in list(self._idle()):
            if environment.idle_since_s + timeout_s <= now_s:
                self._dismiss(environment)
        oldest_s = min((one.idle_since_s for one in self._idle()), default=None)
        if oldest_s is not None:
            self._schedule_reaper(oldest_s + timeout_s - now_s)


def _spawn(
    coroutine: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]
) -> asyncio.Task[None]:
    task = asyncio.get_running_loop().create_task(coroutine)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


def _revision(function: FunctionSpec) -> str:
    return function.revision or function.code_sha256
