"""When environments are started for requests that find none free, and for which of them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tracing_lab.embedded.functions.settings import FunctionSettings

from .cpu_load import CpuLoad


@dataclass(frozen=True)
class Scale:
    """How many environments a function has.

    Parameters
    ----------
    environments
        All of them, those included that are being started.
    starting
        Those being started.
    start_s
        How long the last start took, in seconds.
    """

    environments: int = 0
    starting: int = 0
    start_s: float = 0.0


@dataclass(frozen=True)
class ScalingPolicy:
    """Decides when another environment is started.

    1. The first environment of a function is started immediately for every kind of request.
    2. A request that finds none free has another one started at once, as on Lambda.
    3. An event, whose sender does not wait, is delayed by ``event_scale_out_delay_s``: most often
       a busy environment is free by then.
    4. A delay is at least as long as the last start took: an environment started sooner would most
       often come too late to be of use. After a delay, one is started at a time.
    5. While the CPU is saturated, a function that has ``parallel_starts`` environments gets no more
       at once, since they would only slow each other: requests are delayed by the time of some
       starts, events by that of more (``saturated_delay_starts``). It is checked again after each
       start's time, because a core may become free before.
    6. No more than ``parallel_starts`` environments are being started at the same time, over all
       functions, and no more than ``max_environments`` exist. At that limit the one that has been
       idle for longest is ended to make room.
    7. An environment that is started for an event has lower priority than the others.
    8. A request that gets no environment within ``placement_timeout_s``, with none being started,
       is throttled; an event waits on.

    Parameters
    ----------
    settings
        The limits and delays.
    saturated
        Returns whether this machine has no processor time left.
    """

    settings: FunctionSettings
    saturated: Callable[[], bool] = field(default_factory=lambda: CpuLoad().saturated)

    def starts_at_once(self, scale: Scale, *, for_event: bool) -> bool:
        """Return whether a request that finds no free environment is not delayed (1, 2, 3, 5)."""
        return not scale.environments or not (for_event or self._is_saturated(scale))

    def delay_s(self, scale: Scale, *, for_event: bool) -> float:
        """Return how long a request waits before an environment is started for it (3, 4, 5)."""
        starts = 1.0
        if self._is_saturated(scale):
            of_requests, of_events = self.settings.saturated_delay_starts
            starts = of_events if for_event else of_requests
        least_s = self.settings.event_scale_out_delay_s if for_event else 0.0
        return max(least_s, starts * scale.start_s)

    def is_due(self, scale: Scale, remaining_s: float) -> bool:
        """Return whether a delay is over and no environment is being started already (4)."""
        return remaining_s <= 0 and not scale.starting

    def check_again_s(self, scale: Scale, remaining_s: float) -> float:
        """Return after how long to check again what remains of a delay (5)."""
        return min(remaining_s, scale.start_s) if remaining_s > 0 else scale.start_s

    def may_start(self, *, starting: int) -> bool:
        """Return whether another environment may be started, given those of all functions (6)."""
        return starting < self.settings.parallel_starts

    def is_full(self, *, environments: int) -> bool:
        """Return whether one has to end before another can be started (6)."""
        return environments >= self.settings.max_environments

    def lowers_priority(self, *, for_event: bool) -> bool:
        """Return whether an environment that is started has lower priority than others (7)."""
        return for_event

    def throttles(self, scale: Scale, *, for_event: bool) -> bool:
        """Return whether a request is throttled that has waited for the placement timeout (8)."""
        return not for_event and not scale.starting

    def _is_saturated(self, scale: Scale) -> bool:
        return scale.environments >= self.settings.parallel_starts and self.saturated()
