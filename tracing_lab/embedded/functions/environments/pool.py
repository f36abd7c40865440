"""All environments: which one serves a request, when they are started, and when they end.

As on Lambda an environment serves one request at a time. A request without a free one may have one
started (`scaling.ScalingPolicy`), but is served by whichever is free first.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from tracing_lab.embedded.functions.settings import FunctionSettings
from tracing_lab.embedded.model import FunctionSpec, Throttled

from .environment import Environment
from .function_environments import FunctionEnvironments, WaitingRequest
from .memory_watch import MemoryWatch
from .scaling import ScalingPolicy

_SHORTEST_CHECK_S = 0.05


class Pool:
    """All environments of a server.

    Parameters
    ----------
    make
        Makes an environment that is not started yet.
    settings
        Limits and timeouts.
    policy
        Decides when environments are started; by `settings` and this machine's load by default.
    """

    def __init__(
        self,
        make: Callable[[FunctionSpec], Environment],
        *,
        settings: FunctionSettings,
        policy: ScalingPolicy | None = None,
    ) -> None:
        self._make = make
        self._settings = settings
        self._policy = policy or ScalingPolicy(settings)
        self._groups: dict[tuple[str, str], FunctionEnvironments] = {}
        self._group_of: dict[Environment, FunctionEnvironments] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._idle_check: asyncio.TimerHandle | None = None
        self._watch = MemoryWatch(self._busy)

    @property
    def environments(self) -> tuple[Environment, ...]:
        """All environments that are alive or being started."""
        return tuple(self._group_of)

    async def acquire(self, function: FunctionSpec, *, for_event: bool = False) -> Environment:
        """Return an environment for one request; return it with `release`.

        Parameters
        ----------
        function
            What shall run.
        for_event
            Whether no caller waits for the response.

        Raises
        ------
        Throttled
            This machine's limit of environments is reached, and none became free in time for a
            request; events wait until one does.
        """
        group = self._group(function)
        environment = group.take_idle() or await self._next(group, for_event=for_event)
        self._watch.begin()
        return environment

    async def _next(self, group: FunctionEnvironments, *, for_event: bool) -> Environment:
        """Return an environment that is started for a request, or becomes free before."""
        loop = asyncio.get_running_loop()
        request = WaitingRequest(loop.create_future(), loop.time(), for_event)
        group.waiting.append(request)
        if self._policy.starts_at_once(group.scale, for_event=for_event) and self._make_room():
            self._start_in_background(group)
        else:
            self._schedule_check(group, self._policy.delay_s(group.scale, for_event=for_event))
        timer = loop.call_later(self._settings.placement_timeout_s, self._time_out, group, request)
        try:
            return await request.environment
        finally:
            timer.cancel()

    def release(self, environment: Environment) -> None:
        """Return an environment to the pool; one that has ended or is too old is forgotten.

        Parameters
        ----------
        environment
            As `acquire` returned it.
        """
        group = self._group_of.get(environment)
        if group is None:
            return
        if environment.alive and environment.age_s < self._settings.lifetime_s:
            self._assign_or_keep(environment, group)
        else:
            self._end(environment)

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
        starts = [self._start(group) for _ in range(missing) if self._end_idle_at_limit()]
        tasks = [_spawn(start, self._starting) for start in starts]
        await asyncio.gather(*tasks)

    def forget(self, name: str) -> None:
        """End a function's environments; busy ones when their requests are done."""
        for key in [key for key in self._groups if key[0] == name]:
            self._retire(self._groups.pop(key))

    async def close(self) -> None:
        """End all environments, also those that are being started."""
        if self._idle_check is not None:
            self._idle_check.cancel()
        self._watch.close()
        for group in self._groups.values():
            group.retired = True
        closing = [environment.close() for environment in self.environments]
        await asyncio.gather(*closing, *self._starting, *self._ending)
        self._group_of.clear()

    # --- revisions of functions ---

    def _group(self, function: FunctionSpec) -> FunctionEnvironments:
        key = (function.name, function.version)
        group = self._groups.get(key)
        if group is None or _revision(group.function) != _revision(function):
            if group is not None:
                self._retire(group)
            group = self._groups[key] = FunctionEnvironments(function)
        return group

    def _retire(self, group: FunctionEnvironments) -> None:
        group.retired = True
        for environment in group.idle[:]:
            self._end(environment)

    # --- starting ---

    def _schedule_check(self, group: FunctionEnvironments, remaining_s: float) -> None:
        if group.next_check is None:
            loop = asyncio.get_running_loop()
            after_s = max(self._policy.check_again_s(group.scale, remaining_s), _SHORTEST_CHECK_S)
            group.next_check = loop.call_later(after_s, self._check_waiting, group)

    def _check_waiting(self, group: FunctionEnvironments) -> None:
        """Start an environment if the oldest waiting request has been delayed for long enough."""
        group.next_check = None
        request = group.oldest_waiting()
        if request is None:
            return
        waited_s = asyncio.get_running_loop().time() - request.since_s
        scale = group.scale
        remaining_s = self._policy.delay_s(scale, for_event=request.for_event) - waited_s
        if self._policy.is_due(scale, remaining_s) and self._make_room():
            self._start_in_background(group)
        self._schedule_check(group, remaining_s)

    def _start_first_environments(self) -> None:
        """Start one for each function that has waiting requests and no environment."""
        for group in [*self._groups.values()]:
            if group.oldest_waiting() and not group.members and self._make_room():
                self._start_in_background(group)

    def _make_room(self) -> bool:
        """Return whether an environment may be started now; an idle one may end for it."""
        starting = sum(group.starting for group in self._groups.values())
        return self._policy.may_start(starting=starting) and self._end_idle_at_limit()

    def _end_idle_at_limit(self) -> bool:
        if not self._policy.is_full(environments=len(self._group_of)):
            return True
        longest_idle = min(self._idle(), key=lambda each: each.idle_since_s, default=None)
        if longest_idle is None:
            return False
        self._end(longest_idle)
        return True

    def _busy(self) -> list[Environment]:
        """Return the environments that start or have a request."""
        return [each for each, group in self._group_of.items() if each not in group.idle]

    def _idle(self) -> Iterator[Environment]:
        return (environment for group in self._groups.values() for environment in group.idle)

    def _start_in_background(self, group: FunctionEnvironments) -> None:
        _spawn(self._start(group), self._starting)

    def _start(self, group: FunctionEnvironments) -> Coroutine[Any, Any, None]:
        """Count a new environment now, so that limits hold; it is started by the coroutine."""
        environment = self._make(group.function)
        request = group.oldest_waiting()
        for_event = request is not None and request.for_event
        environment.has_low_priority = self._policy.lowers_priority(for_event=for_event)
        self._group_of[environment] = group
        group.members.add(environment)
        group.starting += 1
        self._watch.begin()
        return self._started(environment, group)

    async def _started(self, environment: Environment, group: FunctionEnvironments) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            await environment.start()
        finally:
            group.starting -= 1
            group.start_s = loop.time() - began_s
            loop.call_soon(self._start_first_environments)
        environment.ended.add_done_callback(lambda _: self._on_end(environment))
        if environment.failure is None:
            self._assign_or_keep(environment, group)
        elif not group.assign(environment):  # the request that gets it reports the failure
            self._end(environment)

    def _assign_or_keep(self, environment: Environment, group: FunctionEnvironments) -> None:
        if group.assign(environment):
            return
        if group.retired:
            self._end(environment)
            return
        environment.idle_since_s = asyncio.get_running_loop().time()
        group.idle.append(environment)
        self._schedule_idle_check(self._settings.idle_timeout_s)
        if self._policy.is_full(environments=len(self._group_of)):
            self._start_first_environments()

    def _time_out(self, group: FunctionEnvironments, request: WaitingRequest) -> None:
        throttled = self._policy.throttles(group.scale, for_event=request.for_event)
        if throttled and not request.environment.done():
            group.waiting.remove(request)
            request.environment.set_exception(
                Throttled(f"no place for another environment of {group.function.name}")
            )

    # --- ending ---

    def _on_end(self, environment: Environment) -> None:
        group = self._group_of.get(environment)
        if group is not None and environment in group.idle:
            self._end(environment)

    def _end(self, environment: Environment) -> None:
        group = self._group_of.pop(environment, None)
        if group is None:
            return
        group.members.discard(environment)
        if environment in group.idle:
            group.idle.remove(environment)
        _spawn(environment.close(), self._ending)
        asyncio.get_running_loop().call_soon(self._start_first_environments)

    def _schedule_idle_check(self, delay_s: float) -> None:
        if self._idle_check is None:
            loop = asyncio.get_running_loop()
            self._idle_check = loop.call_later(delay_s, self._end_idle)

    def _end_idle(self) -> None:
        """End the environments that were unused for the idle timeout."""
        self._idle_check = None
        now_s = asyncio.get_running_loop().time()
        timeout_s = self._settings.idle_timeout_s
        for environment in list(self._idle()):
            if environment.idle_since_s + timeout_s <= now_s:
                self._end(environment)
        oldest_s = min((environment.idle_since_s for environment in self._idle()), default=None)
        if oldest_s is not None:
            self._schedule_idle_check(oldest_s + timeout_s - now_s)


def _spawn(
    coroutine: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]
) -> asyncio.Task[None]:
    task = asyncio.get_running_loop().create_task(coroutine)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


def _revision(function: FunctionSpec) -> str:
    return function.revision or function.code_sha256
