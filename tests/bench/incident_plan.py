"""What is wrong in each recorded incident, and what is therefore true: seeded, without a stack.

The kinds of faults are scenarios of `tracing_lab.faults`, whose table says which services they can
happen to, how strong they are, and along which nodes of the service graph they show. The causes are
the services that were given a fault.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from tracing_lab.faults import SCENARIOS
from tracing_lab.faults.latencies import lognormal, slower
from tracing_lab.faults.routes import Node

HALF: Final = 100
"""Incidents in a split, and each has the same numbers of kinds."""

POISONED: Final = 10
"""Incidents of kind ``poison`` that were recorded later; nothing was tuned on them."""

INCIDENTS: Final = 2 * HALF + POISONED

KINDS: Final = {
    "none": 20,
    "latency": 38,
    "errors": 16,
    "timeouts": 5,
    "throttling": 4,
    "permission": 5,
    "two services": 12,
}
"""How many incidents of a hundred have which kind of fault."""

POISON: Final = "poison"
TWO: Final = "two services"
"""Latency or errors of two services at once: the only kind that is no scenario."""

FORMS: Final = {"shifted": 0.5, "normal": 0.15, "uniform": 0.15, "exponential": 0.1, "tail": 0.1}
"""How likely a service becomes slower in which way."""

BASE_MS: Final = {"order": 10.0, "payment": 40.0, "inventory": 20.0, "notification": 15.0}
"""Median time of each service's work without a fault."""

COLD_SHARE: Final = 0.15
"""Share of bad windows that begin directly after the functions' restart."""

Faults = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class PlannedIncident:
    """What is done to the stack in a bad window.

    Parameters
    ----------
    number
        From 0 on; also the seed.
    kind
        One of `KINDS`, or `POISON`.
    faults
        Service to the settings that `tl.faults.inject` accepts; none for poison messages.
    causes
        The services with a fault.
    strength
        How strong it is, by service: for example added milliseconds or a share of orders.
    warm
        Whether orders precede the window, so that functions are initialized.
    """

    number: int
    kind: str
    faults: Faults
    causes: tuple[str, ...]
    strength: Mapping[str, Any]
    warm: bool


def plan() -> list[PlannedIncident]:
    """Return all incidents; the same ones each time."""
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    halves = [random.Random(f"kinds {half}").sample(kinds, HALF) for half in range(2)]
    planned = [kind for half in halves for kind in half] + [POISON] * POISONED
    return [incident(number, kind) for number, kind in enumerate(planned)]


def base_faults() -> Faults:
    """Return the work of services without a fault, as settings."""
    return {service: {"latency": lognormal(ms)} for service, ms in BASE_MS.items()}


def paths(planned: PlannedIncident, node: Node) -> list[tuple[str, ...]]:
    """Return the path from each cause to where it is noticed.

    Parameters
    ----------
    planned
        What was done.
    node
        Names the nodes of the service graph.
    """
    return [SCENARIOS[_kind(planned, cause)].route(cause, node) for cause in planned.causes]


def _kind(planned: PlannedIncident, cause: str) -> str:
    if planned.kind != TWO:
        return planned.kind
    return "latency" if "latency" in planned.faults[cause] else "errors"


def incident(number: int, kind: str) -> PlannedIncident:
    """Return an incident of a kind; the same one each time.

    Parameters
    ----------
    number
        Its number, from which everything else about it follows.
    kind
        One of `KINDS`, or `POISON`.
    """
    rng = random.Random(f"incident {number}")
    causes = _causes(kind, rng)
    faults, strength = {}, {}
    for service in causes:
        faults[service], strength[service] = _fault(service, kind, rng)
    return PlannedIncident(
        number=number,
        kind=kind,
        faults={service: settings for service, settings in faults.items() if settings},
        causes=causes,
        strength=strength,
        warm=rng.random() >= COLD_SHARE,
    )


def _causes(kind: str, rng: random.Random) -> tuple[str, ...]:
    if kind == TWO:
        return tuple(rng.sample([*BASE_MS], 2))
    services = SCENARIOS[kind].services
    return tuple(rng.sample(services, min(1, len(services))))


def _fault(service: str, kind: str, rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of a fault, none for poison messages, and its strength."""
    if kind == TWO:
        if rng.random() < 1 / 3:
            share = round(rng.uniform(0.2, 0.6), 2)
            return {"error_rate": share}, {"error_rate": share}
        return _latency(service, 40.0, 400.0, rng)
    strength = SCENARIOS[kind].strength
    if strength is None:
        settings = SCENARIOS[kind].settings(0, None)
        return settings, {name: settings[name] for name in sorted(settings)}
    if kind == "latency":
        return _latency(service, strength.weakest, strength.strongest, rng)
    draw = rng.uniform if kind == "timeouts" else partial(_log_uniform, rng)
    value = round(draw(strength.weakest, strength.strongest), strength.digits or None)
    return SCENARIOS[kind].settings(value, None), {strength.name: value}


def _latency(
    service: str, weakest: float, strongest: float, rng: random.Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    added_ms = round(_log_uniform(rng, weakest, strongest))
    (form,) = rng.choices([*FORMS], [*FORMS.values()])
    settings = {"latency": slower(BASE_MS[service], added_ms, form=form)}
    return settings, {"added_ms": added_ms, "how": form}


def _log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))
