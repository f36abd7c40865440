"""The faults of a service as settings, and as the variable of its function."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracing_lab.config import SERVICES
from tracing_lab.config.fault_limits import problems, unknown
from tracing_lab.errors import ConfigError
from tracing_lab.stack.policies import PUBLISHERS

from .resource_faults import RESOURCE_FAULTS

VARIABLE = "FAULTS"
"""The variable that `lambda_src` reads."""


@dataclass(frozen=True)
class Injected:
    """The faults of a service.

    Parameters
    ----------
    service
        The service.
    function_name
        Its function.
    faults
        The faults, as `inject` takes them.
    since
        When they took effect.
    """

    service: str
    function_name: str
    faults: Mapping[str, Any]
    since: datetime

    def __str__(self) -> str:
        return f"{self.service} has {json.dumps(self.faults)} since {self.since:%H:%M:%S} UTC"


def checked_faults(service: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the faults of a service, with ``latency_ms`` as the constant latency it stands for.

    Parameters
    ----------
    service
        The service.
    settings
        The faults, as `inject` takes them.

    Raises
    ------
    ConfigError
        If there is no such service or setting, or a value cannot work; it lists all problems.

    Examples
    --------
    >>> checked_faults("payment", {"latency_ms": 250})
    {'latency': {'distribution': 'constant', 'ms': 250}}
    """
    faults = {name: value for name, value in settings.items() if name not in RESOURCE_FAULTS}
    on_resources = {name: value for name, value in settings.items() if name in RESOURCE_FAULTS}
    wrong = [] if service in SERVICES else [unknown(service, SERVICES, what="service")]
    if "latency_ms" in faults:
        constant = {"distribution": "constant", "ms": faults.pop("latency_ms")}
        if "latency" in faults:
            wrong.append("latency and latency_ms are the same setting; leave one out")
        faults["latency"] = constant
    if not settings:
        wrong.append("there is nothing to inject; set latency_ms or error_rate, for example")
    wrong += problems(faults, where=service, others=tuple(RESOURCE_FAULTS))
    wrong += _unpublished(service, faults)
    for name, value in on_resources.items():
        wrong += [f"{service}: {text}" for text in RESOURCE_FAULTS[name].problems(service, value)]
    if wrong:
        msg = f"Nothing was changed: {'; '.join(wrong)}."
        raise ConfigError(msg)
    return {**faults, **on_resources}


def _unpublished(service: str, faults: Mapping[str, Any]) -> Iterator[str]:
    if service in SERVICES and service not in PUBLISHERS:
        for name in ("lost_rate", "duplicate_rate"):
            if name in faults:
                yield f"{service} publishes no events, so that {name} has no effect"


def variable_of(faults: Mapping[str, Any]) -> str:
    """Return faults as the variable has them.

    Examples
    --------
    >>> variable_of({"seed": 3, "error_rate": 0.5})
    '{"error_rate": 0.5, "seed": 3}'
    """
    # Written as the stack's description does, so that a plan sees no difference.
    return json.dumps(faults, sort_keys=True)


def faults_of(variables: Mapping[str, str]) -> Any:
    """Return the faults among a function's variables; none if the variable is not set."""
    return json.loads(variables.get(VARIABLE, "{}"))


def with_faults(variables: Mapping[str, str], faults: Mapping[str, Any]) -> dict[str, str]:
    """Return a function's variables with these faults instead of those that it has.

    Examples
    --------
    >>> with_faults({"LOG_LEVEL": "INFO", "FAULTS": "{}"}, {"error_rate": 0.5})
    {'LOG_LEVEL': 'INFO', 'FAULTS': '{"error_rate": 0.5}'}
    >>> with_faults({"LOG_LEVEL": "INFO", "FAULTS": "{}"}, {})
    {'LOG_LEVEL': 'INFO'}
    """
    return with_variable(variables, variable_of(faults) if faults else None)


def with_variable(variables: Mapping[str, str], value: str | None) -> dict[str, str]:
    """Return a function's variables with the one of faults as given; without it for None."""
    others = {name: text for name, text in variables.items() if name != VARIABLE}
    return others if value is None else {**others, VARIABLE: value}
