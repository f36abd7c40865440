"""What is wrong in each recorded incident, and what is therefore true: seeded, without a stack.

**The truth follows from how a fault is made, never from an algorithm.** The causes are the services
that were given a fault. A path leads from a cause to where somebody notices, over nodes of the
service graph:

1. Where a caller waits for the service (the order service), it goes against the calls up to the
   API's stage, which responds late or with an error. An invocation that Lambda itself rejects
   (throttling) starts at Lambda's node, because the function never runs.
2. Where a service takes long but publishes its event (payment, inventory), it follows the event
   over the bus to the end of the chain, the notification service, which is late.
3. Where a service fails, so that no event follows, or nothing follows anyway (notification), it
   ends at Lambda's node: the invocation that fails or takes long.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

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
"""Events that a service cannot process come among those of orders; its resources are well."""

BASE_MS: Final = {"order": 10.0, "payment": 40.0, "inventory": 20.0, "notification": 15.0}
"""Median time of each service's work without a fault."""

SIGMA: Final = 0.4
COLD_SHARE: Final = 0.15
"""Share of bad windows that begin directly after the functions' restart."""

BUS: Final = "Events [AWS::Events]"

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
        Service to the settings that `tl.faults.inject` accepts, for the services with a fault that
        it can make.
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

    @property
    def failing(self) -> frozenset[str]:
        """Services whose invocations fail, so that they publish nothing."""
        slow = {name for name, settings in self.faults.items() if "latency" in settings}
        return frozenset(self.causes) - slow


def plan() -> list[PlannedIncident]:
    """Return all incidents; the same ones each time."""
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    halves = [random.Random(f"kinds {half}").sample(kinds, HALF) for half in range(2)]
    planned = [kind for half in halves for kind in half] + [POISON] * POISONED
    return [incident(number, kind) for number, kind in enumerate(planned)]


def base_faults() -> Faults:
    """Return the work of services without a fault, as settings."""
    return {service: {"latency": _lognormal(ms)} for service, ms in BASE_MS.items()}


def paths(planned: PlannedIncident, node: Callable[[str, str], str]) -> list[tuple[str, ...]]:
    """Return the path from each cause to where it is noticed, by the rules above.

    Parameters
    ----------
    planned
        What was done.
    node
        Returns a node of the service graph: of a service's ``function`` or of ``lambda``, which
        invokes it, or the ``stage`` of the API.
    """
    return [_path(service, planned, node) for service in planned.causes]


def _path(
    service: str, planned: PlannedIncident, node: Callable[[str, str], str]
) -> tuple[str, ...]:
    function, invoker = node(service, "function"), node(service, "lambda")
    if planned.kind == "throttling":
        return invoker, node("api", "stage")
    if service == "order":
        return function, invoker, node("api", "stage")
    if service == "notification" or service in planned.failing:
        return function, invoker
    last = "notification"
    return function, BUS, node(last, "lambda"), node(last, "function")


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
    services = {
        "none": [],
        "throttling": ["order"],
        "permission": ["order", "payment", "inventory"],
        POISON: ["payment", "inventory", "notification"],
    }
    choice = services.get(kind, [*BASE_MS])
    return tuple(rng.sample(choice, min(2 if kind == "two services" else 1, len(choice))))


def _fault(service: str, kind: str, rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of a fault, none where it is made otherwise, and its strength."""
    if kind == "throttling":
        return {}, {"reserved_concurrency": 1}
    if kind == "permission":
        return {}, {"denied": "events:PutEvents"}
    if kind == POISON:
        return {}, {"events": round(_log_uniform(rng, 4, 12))}
    if kind == "timeouts":
        share = round(rng.uniform(0.1, 0.5), 2)
        return {"timeout_rate": share}, {"timeout_rate": share}
    weak = kind != "two services"
    if kind == "errors" or (not weak and rng.random() < 1 / 3):
        share = round(_log_uniform(rng, 0.1, 1.0) if weak else rng.uniform(0.2, 0.6), 2)
        return {"error_rate": share}, {"error_rate": share}
    added_ms = round(_log_uniform(rng, 20.0 if weak else 40.0, 400.0))
    name, latency = _slower(BASE_MS[service], added_ms, rng)
    return {"latency": latency}, {"added_ms": added_ms, "how": name}


def _slower(base_ms: float, added_ms: float, rng: random.Random) -> tuple[str, dict[str, Any]]:
    """Return how a service becomes slower, and the distribution of its work."""
    median_ms = base_ms + added_ms
    forms: dict[str, tuple[float, dict[str, Any]]] = {
        "shifted": (0.5, _lognormal(median_ms)),
        "normal": (0.15, {"distribution": "normal", "mean_ms": median_ms, "stddev_ms": base_ms}),
        "uniform": (
            0.15,
            {"distribution": "uniform", "low_ms": base_ms, "high_ms": base_ms + 2 * added_ms},
        ),
        "exponential": (0.1, {"distribution": "exponential", "mean_ms": median_ms}),
        "tail": (0.1, _heavy(base_ms, added_ms)),
    }
    weights = [weight for weight, _ in forms.values()]
    (name,) = rng.choices([*forms], weights)
    return name, forms[name][1]


def _lognormal(median_ms: float) -> dict[str, Any]:
    return {"distribution": "lognormal", "median_ms": median_ms, "sigma": SIGMA}


def _heavy(base_ms: float, added_ms: float) -> dict[str, Any]:
    """Return a distribution with the usual median, and a mean that is higher by `added_ms`."""
    sigma = math.sqrt(2 * math.log((base_ms + added_ms) / base_ms))
    return {"distribution": "lognormal", "median_ms": base_ms, "sigma": round(sigma, 3)}


def _log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))
