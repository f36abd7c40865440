"""Which incident belongs to a seed and a level, and how the shop works on that day. Pure."""

import math
import random
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab.config import SERVICES
from tracing_lab.errors import GameDayError
from tracing_lab.faults import Incident, incident, scenario
from tracing_lab.faults.latencies import lognormal
from tracing_lab.faults.scenarios import CONSUMERS

from .levels import GameLevel, level_of
from .reading import API, NOTHING, Path, read_path

BASE_MS: Final = {"order": 10.0, "payment": 40.0, "inventory": 20.0, "notification": 15.0}
"""Median time of each service's work on a usual day."""

SLOW_MS: Final = 150.0
"""The same of a service that has always been slow."""

_INIT_MS: Final = 600
_FEWEST_EVENTS: Final = 2
_NEEDS_WORK: Final = "throttling"
"""The kind that shows only where the service is busy most of the time, which is its slow one."""

Faults = dict[str, dict[str, Any]]


@dataclass(frozen=True, repr=False)
class GameIncident:
    """What happens in a game. Its text does not show it.

    Parameters
    ----------
    seed, level
        Of the game.
    fault
        What is wrong, and with which service.
    noisy
        Healthy services that a batch job troubles meanwhile.
    slow
        Services that are slow, as they were before: healthy ones, unless it takes a busy service to
        show what is wrong.
    """

    seed: int
    level: int
    fault: Incident
    noisy: tuple[str, ...]
    slow: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The scenario's name."""
        return self.fault.scenario.name

    @property
    def cause(self) -> str:
        """The service with the fault, or `NOTHING`."""
        return self.fault.service or NOTHING

    @property
    def path(self) -> Path:
        """The parts of the shop from the cause to where somebody notices, by the fault's route."""
        return read_path(self.fault.scenario.route(self.fault.service, _part))

    def __repr__(self) -> str:
        return f"The incident of seed {self.seed} at level {self.level}."


def planned_incident(seed: int, level: int) -> GameIncident:
    """Return the incident of a seed and a level; the same one each time.

    Parameters
    ----------
    seed
        A whole number.
    level
        From 1 to 5.

    Raises
    ------
    GameDayError
        If there is no such level, or the seed is not a whole number.

    Examples
    --------
    >>> planned_incident(7, 2)
    The incident of seed 7 at level 2.
    >>> planned_incident(7, 2) == planned_incident(7, 2)
    True
    """
    chosen = level_of(level)
    if type(seed) is not int:
        msg = f"seed={seed!r} must be a whole number."
        raise GameDayError(msg)
    rng = random.Random(f"game day {level} {seed}")
    kind = rng.choice(chosen.kinds)
    cause = _cause(kind, chosen, rng)
    healthy = [service for service in SERVICES if service != cause]
    fed = [service for service in healthy if service in CONSUMERS]
    noisy = rng.sample(fed, chosen.noisy)
    quiet = [service for service in healthy if service not in noisy]
    slow = [cause] if kind == _NEEDS_WORK else rng.sample(quiet, chosen.always_slow)
    return GameIncident(
        seed=seed,
        level=level,
        fault=incident(kind, cause, value=_value(kind, chosen, rng), seed=seed),
        noisy=tuple(noisy),
        slow=tuple(slow),
    )


def everyday_faults(planned: GameIncident) -> Faults:
    """Return the work of all services on a usual day, as settings of `tracing_lab.faults`.

    Parameters
    ----------
    planned
        Says which services have always been slow.
    """
    return {
        service: {
            "latency": lognormal(SLOW_MS if service in planned.slow else median_ms),
            "seed": planned.seed,
        }
        for service, median_ms in BASE_MS.items()
    }


def _cause(kind: str, level: GameLevel, rng: random.Random) -> str:
    """Return a service that it can happen to, or nothing."""
    possible = scenario(kind).services
    downstream = [service for service in possible if service in CONSUMERS]
    others = [service for service in possible if service not in CONSUMERS]
    is_downstream = rng.random() < level.downstream
    return rng.choice((downstream if is_downstream else others) or downstream or others or [""])


def _value(kind: str, level: GameLevel, rng: random.Random) -> float:
    """Return how strong it is: what the scenario's strength counts."""
    share = round(_log_uniform(rng, level.share), 3)
    added_ms = round(_log_uniform(rng, level.added_ms), 1)
    strength = scenario(kind).strength
    values = {
        "added_ms": added_ms,
        "init_ms": _INIT_MS,
        "events": max(round(share * level.orders), _FEWEST_EVENTS),
    }
    return 0.0 if strength is None else values.get(strength.name, share)


def _part(service: str, what: str) -> str:
    return API if what == "stage" else service


def _log_uniform(rng: random.Random, bounds: tuple[float, float]) -> float:
    return math.exp(rng.uniform(*map(math.log, bounds)))
