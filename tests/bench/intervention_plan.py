"""Which changes are made to a running stack, and what of each is predicted: seeded, no stack.

A planned intervention has the settings of the stack before and after, and the same change as
`tl.whatif` has it. Most are of the workshop's shop, whose simulated work the variable ``FAULTS``
steers; calls in parallel need another handler, see `parallel_app`.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab import whatif
from tracing_lab.stats.whatif import Change, Span

KINDS: Final = {
    "factor": 10,
    "shift": 8,
    "distribution": 8,
    "removed": 4,
    "retries": 4,
    "parallel": 6,
}
"""How many interventions have which kind."""

LIVE: Final = (0, 10, 18, 26, 30)
"""Numbers of those that are applied again on a running stack: one of each kind of the shop."""

OPERATIONS: Final = {
    "order": "process_order",
    "payment": "payment_processor",
    "inventory": "reserve_stock",
    "notification": "send_email",
}
"""The subsegment in which each service's simulated work is done."""

RETRY_DELAYS_S: Final = (1.0, 2.0)
"""Lambda waits one minute and two; the embedded AWS can wait less."""

PARALLEL: Final = "parallel"
REQUEST: Final = "request"
CHAIN: Final = "chain"

Settings = dict[str, Any]


@dataclass(frozen=True)
class Intervention:
    """A change that is made.

    Parameters
    ----------
    number
        From 0 on; also the seed of everything.
    kind
        One of `KINDS`.
    before, after
        Service to its settings, as ``FAULTS`` has them; of `parallel_app`, function to its
        variables.
    retries
        How often a failed event is tried again, before and after.
    of
        What is predicted: ``request`` or ``chain``.
    change
        Arguments of the change by name, and which change it is.
    """

    number: int
    kind: str
    before: Mapping[str, Settings]
    after: Mapping[str, Settings]
    retries: tuple[int, int]
    of: Span
    change: Mapping[str, Any]

    @property
    def seed(self) -> int:
        """Of orders and of work; shared by two that have the same stack before."""
        return self.number // 2

    def as_change(self) -> Change:
        """Return the change as `tl.whatif` has it."""
        arguments = dict(self.change)
        change: Change = getattr(whatif, arguments.pop("what"))(**arguments)
        return change


def plan() -> list[Intervention]:
    """Return all interventions; the same ones each time."""
    kinds = [kind for kind, count in KINDS.items() for _ in range(count)]
    return [intervention(number, kind) for number, kind in enumerate(kinds)]


def intervention(number: int, kind: str) -> Intervention:
    """Return an intervention of a kind; the same one each time.

    Parameters
    ----------
    number
        Its number, from which everything else about it follows.
    kind
        One of `KINDS`.
    """
    base_rng, rng = (
        random.Random(f"{what}") for what in (f"pair {number // 2}", f"intervention {number}")
    )
    return _MAKERS[kind](number, base_rng, rng)


def _base(rng: random.Random) -> dict[str, Settings]:
    """Return work that differs from order to order, for every service."""
    return {service: {"latency": _lognormal(rng)} for service in OPERATIONS}


def _lognormal(rng: random.Random) -> Settings:
    median_ms, sigma = _log_uniform(rng, 70, 220), rng.uniform(0.15, 0.4)
    return {
        "distribution": "lognormal",
        "median_ms": round(median_ms, 1),
        "sigma": round(sigma, 3),
    }


def _factor(number: int, shared: random.Random, rng: random.Random) -> Intervention:
    service, base = rng.choice([*OPERATIONS]), _base(shared)
    factor = round(_log_uniform(rng, 0.3, 2.5), 3)
    latency = base[service]["latency"]
    changed = {**latency, "median_ms": round(latency["median_ms"] * factor, 3)}
    change = {**_place("Scaled", service), "factor": factor}
    return _of_work(number, "factor", rng, base, service, {"latency": changed}, change)


def _shift(number: int, shared: random.Random, rng: random.Random) -> Intervention:
    service, base = shared.choice([*OPERATIONS]), _base(shared)
    low, high = shared.uniform(80, 110), shared.uniform(140, 260)
    added = rng.choice([rng.uniform(-60, -25), rng.uniform(25, 150)])
    base[service] = {"latency": _uniform(low, high)}
    added = round(added, 1)
    changed = _uniform(round(low, 1) + added, round(high, 1) + added)
    change = {**_place("Delayed", service), "added_ms": added}
    return _of_work(number, "shift", rng, base, service, {"latency": changed}, change)


def _distribution(number: int, shared: random.Random, rng: random.Random) -> Intervention:
    service, base = rng.choice(["payment", "inventory", "notification"]), _base(shared)
    latency = rng.choice(
        [
            _lognormal(rng),
            _uniform(rng.uniform(50, 100), rng.uniform(150, 300)),
            {"distribution": "normal", "mean_ms": round(rng.uniform(120, 250)), "stddev_ms": 25},
            {"distribution": "exponential", "mean_ms": round(rng.uniform(50, 120))},
        ]
    )
    change = {**_place("Replaced", service), "latency": latency}
    return _of_work(number, "distribution", rng, base, service, {"latency": latency}, change)


def _removed(number: int, shared: random.Random, rng: random.Random) -> Intervention:
    services, base = shared.sample([*OPERATIONS], 2), _base(shared)
    base[services[1]] = {  # a fault of some orders
        "latency": {
            "distribution": "exponential",
            "mean_ms": round(shared.uniform(80, 200)),
            "probability": round(shared.uniform(0.3, 0.8), 2),
        }
    }
    service = services[number % 2]
    change = {**_place("Scaled", service), "factor": 0.0}
    return _of_work(number, "removed", rng, base, service, {}, change)


def _retries(number: int, shared: random.Random, _rng: random.Random) -> Intervention:
    service, base = shared.choice(["payment", "inventory"]), _base(shared)
    base[service]["error_rate"] = round(shared.uniform(0.08, 0.3), 2)
    before, after = [(2, 0), (2, 1), (0, 1), (0, 2)][number % 4]
    change = {"what": "Retried", "service": service, "attempts": after + 1}
    if after > before:
        change |= {"waits_s": RETRY_DELAYS_S, "success": 0.0}
    return Intervention(number, "retries", base, base, (before, after), CHAIN, change)


def _parallel(number: int, _shared: random.Random, rng: random.Random) -> Intervention:
    base: dict[str, Settings] = {
        name: {"MEDIAN_MS": str(round(_log_uniform(rng, 70, 220))), "SIGMA": "0.3"}
        for name in ("checkout", "price", "stock")
    }
    change = {"what": "InParallel", "service": "checkout", "calls": ("price", "stock")}
    after = {**base, "checkout": {**base["checkout"], "PARALLEL": "1"}}
    return Intervention(number, "parallel", base, after, (0, 0), REQUEST, change)


def _of_work(
    number: int,
    kind: str,
    rng: random.Random,
    base: dict[str, Settings],
    service: str,
    changed: Settings,
    change: Settings,
) -> Intervention:
    of: Span = REQUEST if service == "order" and rng.random() < 1 / 2 else CHAIN
    return Intervention(number, kind, base, {**base, service: changed}, (0, 0), of, change)


def _place(what: str, service: str) -> Settings:
    return {"what": what, "service": service, "operation": OPERATIONS[service]}


def _uniform(low_ms: float, high_ms: float) -> Settings:
    return {"distribution": "uniform", "low_ms": round(low_ms, 1), "high_ms": round(high_ms, 1)}


def _log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


_MAKERS: Final = {
    "factor": _factor,
    "shift": _shift,
    "distribution": _distribution,
    "removed": _removed,
    "retries": _retries,
    "parallel": _parallel,
}
