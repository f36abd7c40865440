"""A scenario that happens to a service of a running stack."""

import sys
from dataclasses import dataclass, field
from typing import Any, Final

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.config.fault_limits import is_number, unknown
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError
from tracing_lab.stack import Names

from .injecting import set_faults
from .poison import send_poison_to
from .resource_faults import RESOURCE_FAULTS
from .routes import nodes_of
from .scenarios import Scenario, scenario
from .settings import checked_faults

_MOST_EVENTS: Final = 10_000
_RESTARTS: Final = 5
"""How often a storm of cold starts restarts environments while a load is sent."""


@dataclass(frozen=True)
class Incident:
    """A scenario that happens to a service; see `incident`.

    Parameters
    ----------
    scenario
        What happens.
    service
        To which service; empty if nothing happens.
    value
        How strongly; 0 where there are no degrees.
    seed
        Which orders are affected.
    """

    scenario: Scenario
    service: str = ""
    value: float = 0.0
    seed: int = 0

    def settings(self, config: Config) -> dict[str, Any]:
        """Return what `inject` takes; empty if nothing is to be injected.

        Parameters
        ----------
        config
            The stack's variables, whose own faults of the service stay.
        """
        base = config.faults.get(self.service, {})
        made = self.scenario.settings(self.value, base.get("latency"))
        is_of_work = bool(made.keys() - RESOURCE_FAULTS.keys())
        return {**base, **made, "seed": self.seed} if is_of_work else made

    def inject(self, config: Config, *, aws: Aws | None = None) -> None:
        """Make it happen, without what happens `during` a load.

        Parameters
        ----------
        config
            The stack's variables.
        aws
            The AWS clients; created from `config` by default.

        Raises
        ------
        DeployError, NotFoundError, AwsError
            As `tracing_lab.faults.inject`.
        """
        settings = self.settings(config)
        if settings:
            checked = checked_faults(self.service, settings)
            set_faults(OwnFunctions.of(config, aws or Aws(config)), self.service, checked)

    def during(self, config: Config, *, aws: Aws | None = None) -> "Disturbance":
        """Return what happens while a load is sent: pass it to `fire` as its progress.

        Parameters
        ----------
        config
            The stack's variables.
        aws
            The AWS clients; created from `config` by default.
        """
        return Disturbance(self, OwnFunctions.of(config, aws or Aws(config)))

    def clear(self, config: Config, *, aws: Aws | None = None) -> None:
        """Undo it.

        Parameters
        ----------
        config
            The stack's variables.
        aws
            The AWS clients; created from `config` by default.

        Raises
        ------
        DeployError, NotFoundError, AwsError
            As `tracing_lab.faults.clear`.
        """
        if self.service:
            set_faults(OwnFunctions.of(config, aws or Aws(config)), self.service, None)

    def path(self, names: Names) -> tuple[str, ...]:
        """Return the nodes of the service graph from the cause to where somebody notices it.

        Parameters
        ----------
        names
            The stack's names.
        """
        return self.scenario.route(self.service, nodes_of(names))

    def __str__(self) -> str:
        if not self.service:
            return self.scenario.sentence
        strength = self.scenario.strength
        degree = "" if strength is None else f" ({strength.name} {self.value:g})"
        return f"{self.service}: {self.scenario.sentence}{degree}"


@dataclass
class Disturbance:
    """What happens while a load is sent, spread evenly over its orders.

    Parameters
    ----------
    incident
        The incident.
    functions
        The stack's functions.
    trace_ids
        The traces of poison messages.
    """

    incident: Incident
    functions: OwnFunctions
    trace_ids: list[str] = field(default_factory=list)
    _restarts: int = 0

    def __call__(self, done: int, orders: int) -> None:
        """Do what is due when some of the orders have been answered."""
        if self.incident.scenario.during == "poison":
            while len(self.trace_ids) < int(self.incident.value) * done // orders:
                self.trace_ids.append(self._poison())
        elif self.incident.scenario.during == "restarts":
            due = _RESTARTS * done // orders
            if done < orders and due > self._restarts:
                self._restarts = due
                self._restart()

    def _poison(self) -> str:
        bus, events = self.functions.names.bus, self.functions.aws.events
        return send_poison_to(
            self.incident.service, lambda **event: events.put_event(bus, **event)
        ).trace_id

    def _restart(self) -> None:
        settings = self.incident.settings(self.functions.names.config)
        restarts = {"restarts": settings.get("restarts", 0) + self._restarts}
        set_faults(self.functions, self.incident.service, {**settings, **restarts})


def incident(
    name: str,
    service: str = "",
    *,
    strength: float = 0.5,
    value: float | None = None,
    seed: int = 0,
) -> Incident:
    """Return an incident; nothing happens yet.

    Parameters
    ----------
    name
        One of `SCENARIOS`.
    service
        To which service it happens; empty for ``none``.
    strength
        How strong it is within the scenario's range, from 0 to 1.
    value
        In place of `strength`, the value itself, for example a number of milliseconds. It may lie
        outside of the scenario's range.
    seed
        Which orders are affected.

    Raises
    ------
    ConfigError
        If there is no such scenario, it cannot happen to the service, the strength is not from 0 to
        1, or the value cannot work.

    Examples
    --------
    >>> print(incident("latency", "payment", strength=1))
    payment: A service takes longer than usual. (added_ms 400)
    """
    kind = scenario(name)
    if service not in (kind.services or ("",)):
        choice = kind.services or ("",)
        msg = f"{name}: {unknown(service, choice, what='service that this can happen to')}."
        raise ConfigError(msg)
    if not is_number(strength) or not 0 <= strength <= 1:
        msg = f"strength={strength!r} must be a number from 0 to 1."
        raise ConfigError(msg)
    degrees = kind.strength
    if value is None:
        value = 0.0 if degrees is None else degrees.at(strength)
    elif problem := _problem_of(kind, value):
        msg = f"{name}: value={value!r} {problem}."
        raise ConfigError(msg)
    if settings := kind.settings(value, None):
        checked_faults(service, settings)
    return Incident(kind, service, value, seed)


def _problem_of(kind: Scenario, value: object) -> str:
    """Return what is wrong with a value, but for the limits of settings; empty if nothing is."""
    if not is_number(value) or not abs(value) <= sys.float_info.max:
        return "must be a number"
    if kind.strength is None and value != 0:
        return "is not possible, because there are no degrees of it; leave it out"
    if kind.during == "poison" and not (1 <= value <= _MOST_EVENTS and value == int(value)):
        return f"must be a whole number of events from 1 to {_MOST_EVENTS}"
    return ""
