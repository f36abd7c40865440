"""Faults by name: what each does to which services, how strongly, and how it shows.

Lessons, the game day and the measurements of root-cause analysis share this table.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pandas as pd

from tracing_lab.config import SERVICES
from tracing_lab.config.fault_limits import unknown
from tracing_lab.errors import ConfigError
from tracing_lab.stack.events import PATTERNS
from tracing_lab.stack.policies import PUBLISHERS

from . import routes
from .latencies import lognormal, middle_ms, slower

Settings = dict[str, Any]

RETRIES: Final = 4
"""How often the service of a retry storm repeats failed work."""

_WORK_MS: Final = 50.0
"""Median of an attempt in a retry storm, if the service has no latency of its own."""

CONSUMERS: Final = tuple(PATTERNS)
"""The services that events feed."""


@dataclass(frozen=True)
class Strength:
    """How strong a fault can be.

    Parameters
    ----------
    name
        What it counts, for example ``added_ms``.
    weakest, strongest
        Its range; values in between are spread evenly over its logarithm.
    digits
        After the decimal point.
    """

    name: str
    weakest: float
    strongest: float
    digits: int = 0

    def at(self, share: float) -> float:
        """Return a value of the range.

        Parameters
        ----------
        share
            0 for the weakest, 1 for the strongest.

        Examples
        --------
        >>> Strength("added_ms", 20, 2000).at(0.5)
        200
        """
        low, high = math.log(self.weakest), math.log(self.strongest)
        value = round(math.exp(low + share * (high - low)), self.digits)
        return value if self.digits else int(value)


@dataclass(frozen=True)
class Scenario:
    """A kind of fault.

    Parameters
    ----------
    name
        Its name.
    sentence
        What is wrong, for people.
    services
        The services that it can happen to.
    route
        Returns the nodes from the fault to where somebody notices it.
    settings
        Returns what `inject` takes: for a value of the strength, and the latency that the service's
        work has anyway.
    example
        A call that makes it.
    strength
        How strong it can be; None where there are no degrees.
    during
        What else happens while orders arrive: ``poison`` messages, or ``restarts``.
    """

    name: str
    sentence: str
    services: tuple[str, ...]
    route: routes.Route
    settings: Callable[[float, Mapping[str, Any] | None], Settings]
    example: str
    strength: Strength | None = None
    during: Literal["", "poison", "restarts"] = ""


def scenarios() -> pd.DataFrame:
    """Return the scenarios as a table.

    Returns
    -------
    pandas.DataFrame
        Index ``name``; ``sentence`` (what is wrong), ``services`` that it can happen to,
        ``strength`` (what it counts and its range; empty without degrees) and ``example``.
    """
    rows = [
        (item.name, item.sentence, ", ".join(item.services), _range(item.strength), item.example)
        for item in SCENARIOS.values()
    ]
    columns = ["name", "sentence", "services", "strength", "example"]
    return pd.DataFrame(rows, columns=columns).set_index("name")


def scenario(name: str) -> Scenario:
    """Return a scenario.

    Parameters
    ----------
    name
        One of `SCENARIOS`.

    Raises
    ------
    ConfigError
        If there is no such scenario.

    Examples
    --------
    >>> scenario("permission").services
    ('order', 'payment', 'inventory')
    """
    if name not in SCENARIOS:
        msg = f"{unknown(name, [*SCENARIOS], what='scenario')}."
        raise ConfigError(msg)
    return SCENARIOS[name]


def _range(strength: Strength | None) -> str:
    if strength is None:
        return ""
    return f"{strength.name} {strength.weakest:g} to {strength.strongest:g}"


def _nothing(_value: float, _latency: Mapping[str, Any] | None) -> Settings:
    return {}


def _fixed(**settings: Any) -> Callable[[float, Mapping[str, Any] | None], Settings]:
    return lambda _value, _latency: settings


def _share(name: str, **others: Any) -> Callable[[float, Mapping[str, Any] | None], Settings]:
    return lambda value, _latency: {name: value, **others}


def _slow(added_ms: float, latency: Mapping[str, Any] | None) -> Settings:
    return {"latency": slower(middle_ms(latency), added_ms)}


def _slow_consumer(added_ms: float, latency: Mapping[str, Any] | None) -> Settings:
    return {**_slow(added_ms, latency), "reserved_concurrency": 1}


def _retry_storm(share: float, latency: Mapping[str, Any] | None) -> Settings:
    work = latency or lognormal(_WORK_MS)
    return {"error_rate": share, "retries": RETRIES, "latency": dict(work)}


_SCENARIOS: Final = (
    Scenario(
        "none",
        "Nothing is wrong.",
        (),
        routes.nothing,
        _nothing,
        "tl.faults.clear(config)",
    ),
    Scenario(
        "latency",
        "A service takes longer than usual.",
        SERVICES,
        routes.is_late,
        _slow,
        'tl.faults.inject(config, "payment", latency={"distribution": "lognormal", '
        '"median_ms": 300, "sigma": 0.4})',
        Strength("added_ms", 20, 400),
    ),
    Scenario(
        "errors",
        "A service fails for some orders.",
        SERVICES,
        routes.fails,
        _share("error_rate"),
        'tl.faults.inject(config, "payment", error_rate=0.3, error_type="CardDeclined")',
        Strength("error_rate", 0.1, 1.0, 2),
    ),
    Scenario(
        "timeouts",
        "A service takes longer than its function may run, for some orders.",
        SERVICES,
        routes.fails,
        _share("timeout_rate"),
        'tl.faults.inject(config, "inventory", timeout_rate=0.2)',
        Strength("timeout_rate", 0.1, 0.5, 2),
    ),
    Scenario(
        "throttling",
        "Lambda runs one environment of a service at a time, and rejects requests meanwhile.",
        ("order",),
        routes.is_throttled,
        _fixed(reserved_concurrency=1),
        'tl.faults.inject(config, "order", reserved_concurrency=1)',
    ),
    Scenario(
        "cold-starts",
        "A service's environments are restarted again and again, and take long to start.",
        SERVICES,
        routes.is_late,
        _share("init_ms"),
        'tl.faults.inject(config, "order", init_ms=2000); tl.faults.restart(config, "order")',
        Strength("init_ms", 500, 4000),
        during="restarts",
    ),
    Scenario(
        "lost-events",
        "A service reports success for some orders, and does not publish their events.",
        PUBLISHERS,
        routes.loses,
        _share("lost_rate"),
        'tl.faults.inject(config, "payment", lost_rate=0.3)',
        Strength("lost_rate", 0.1, 1.0, 2),
    ),
    Scenario(
        "disabled-rule",
        "The rule that feeds a service is disabled, so that it gets no events.",
        CONSUMERS,
        routes.gets_nothing,
        _fixed(rule="disabled"),
        'tl.faults.inject(config, "inventory", rule="disabled")',
    ),
    Scenario(
        "duplicated-events",
        "A service publishes the events of some orders twice.",
        PUBLISHERS,
        routes.repeats,
        _share("duplicate_rate"),
        'tl.faults.inject(config, "order", duplicate_rate=0.5)',
        Strength("duplicate_rate", 0.2, 1.0, 2),
    ),
    Scenario(
        "poison",
        "A producer sends events that a service can never process.",
        CONSUMERS,
        routes.fails,
        _nothing,
        'tl.faults.send_poison(config, "payment")',
        Strength("events", 4, 12),
        during="poison",
    ),
    Scenario(
        "slow-consumer",
        "A service takes long and has one environment, so that events wait for it.",
        CONSUMERS,
        routes.is_late,
        _slow_consumer,
        'tl.faults.inject(config, "inventory", latency_ms=500, reserved_concurrency=1)',
        Strength("added_ms", 200, 1000),
    ),
    Scenario(
        "retry-storm",
        "A service repeats work that fails, at once and many times.",
        SERVICES,
        routes.is_late,
        _retry_storm,
        'tl.faults.inject(config, "payment", latency_ms=100, error_rate=0.8, retries=4)',
        Strength("error_rate", 0.5, 0.9, 2),
    ),
    Scenario(
        "permission",
        "A service's role is denied to publish events.",
        PUBLISHERS,
        routes.fails,
        _fixed(denied="events:PutEvents"),
        'tl.faults.inject(config, "payment", denied="events:PutEvents")',
    ),
    Scenario(
        "bad-deploy",
        "A new release of a service fails for every order.",
        SERVICES,
        routes.fails,
        _fixed(release="crash"),
        'tl.faults.inject(config, "payment", release="crash")',
    ),
    Scenario(
        "slow-deploy",
        "A new release of a service computes too much for every order.",
        SERVICES,
        routes.is_late,
        _fixed(release="slow"),
        'tl.faults.inject(config, "payment", release="slow")',
    ),
)

SCENARIOS: Final[Mapping[str, Scenario]] = {item.name: item for item in _SCENARIOS}
"""Name to scenario."""
