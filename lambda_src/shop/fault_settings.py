"""Read and check the ``FAULTS`` environment variable; `shop.faults` describes its members."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from .faults import (
    LATENCY_PARAMETERS,
    MAX_INIT_MS,
    MAX_LATENCY_MS,
    MAX_RETRIES,
    Attempts,
    FaultInjector,
    Faults,
    Latency,
    SimulatedError,
)


class FaultsError(ValueError):
    """The ``FAULTS`` variable has an invalid value."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"FAULTS: {problem}; correct the function's FAULTS environment variable")


def faults_from_environment(
    service: str, attempts: Attempts | None = None, *, environ: Mapping[str, str] = os.environ
) -> FaultInjector:
    """Return the fault injector that the variable ``FAULTS`` configures for a service.

    Parameters
    ----------
    service
        The service's name.
    attempts
        Opens a span of a name, for each attempt of work that is repeated.
    environ
        The process's environment variables.

    Returns
    -------
    FaultInjector
        Does nothing if the variable is not set.

    Raises
    ------
    FaultsError
        If the value of ``FAULTS`` is invalid.
    """
    faults = faults_from_json(environ.get("FAULTS"))
    return FaultInjector(faults, service=service, attempts=attempts)


def faults_from_json(text: str | None) -> Faults:
    """Read and check the value of ``FAULTS``.

    Parameters
    ----------
    text
        The variable's value; None or blank means no faults.

    Returns
    -------
    Faults
        The checked object.

    Raises
    ------
    FaultsError
        If the value is invalid.

    Examples
    --------
    >>> faults_from_json('{"error_rate": 0.5, "seed": 7}').error_rate
    0.5
    >>> faults_from_json(None).active
    False
    """
    if text is None or not text.strip():
        return Faults()
    known = tuple(field.name for field in fields(Faults))
    members = _members(_parse(text), known=known, where="the object")
    return Faults(
        latency=_latency(members["latency"]) if "latency" in members else None,
        error_rate=_share(members, "error_rate", default=0.0),
        error_type=_error_type(members.get("error_type", SimulatedError.__name__)),
        timeout_rate=_share(members, "timeout_rate", default=0.0),
        retries=_whole(members, "retries", low=0, high=MAX_RETRIES),
        lost_rate=_share(members, "lost_rate", default=0.0),
        duplicate_rate=_share(members, "duplicate_rate", default=0.0),
        init_ms=_number(members.get("init_ms", 0), name="init_ms", low=0, high=MAX_INIT_MS),
        restarts=_whole(members, "restarts"),
        seed=_whole(members, "seed"),
    )


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = f"the value is not JSON ({error})"
        raise FaultsError(problem) from error


def _members(value: Any, *, known: tuple[str, ...], where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        problem = f"{where} must be a JSON object, not {type(value).__name__}"
        raise FaultsError(problem)
    unknown = sorted(set(value) - set(known))
    if unknown:
        problem = f"{where} has the unknown member {unknown[0]!r}; known are {', '.join(known)}"
        raise FaultsError(problem)
    return value


def _latency(value: Any) -> Latency:
    names = tuple(dict.fromkeys(name for names in LATENCY_PARAMETERS.values() for name in names))
    members = _members(value, known=("distribution", "probability", *names), where="latency")
    distribution = members.get("distribution")
    if not isinstance(distribution, str) or distribution not in LATENCY_PARAMETERS:
        problem = f"latency.distribution must be one of {', '.join(LATENCY_PARAMETERS)}"
        raise FaultsError(problem)
    wanted = LATENCY_PARAMETERS[distribution]
    given = tuple(name for name in members if name not in ("distribution", "probability"))
    if set(given) != set(wanted):
        problem = f"latency with distribution {distribution!r} takes exactly {', '.join(wanted)}"
        raise FaultsError(problem)
    parameters = tuple(_parameter(members, name) for name in wanted)
    if distribution == "uniform" and parameters[0] > parameters[1]:
        problem = "latency.low_ms is above latency.high_ms"
        raise FaultsError(problem)
    probability = _share(members, "probability", default=1.0, where="latency.")
    return Latency(distribution=distribution, parameters=parameters, probability=probability)


def _number(value: Any, *, name: str, low: float, high: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not good:
        problem = f"{name} must be a number from {low:g} to {high:g}"
        raise FaultsError(problem)
    return float(value)


def _share(members: Mapping[str, Any], name: str, *, default: float, where: str = "") -> float:
    return _number(members.get(name, default), name=where + name, low=0, high=1)


def _parameter(members: Mapping[str, Any], name: str) -> float:
    high = 10.0 if name == "sigma" else MAX_LATENCY_MS
    return _number(members[name], name=f"latency.{name}", low=0, high=high)


def _error_type(value: Any) -> str:
    if not isinstance(value, str) or not value.isidentifier():
        problem = "error_type must be a name such as PaymentDeclined"
        raise FaultsError(problem)
    return value


def _whole(
    members: Mapping[str, Any], name: str, *, low: float = -math.inf, high: float = math.inf
) -> int:
    value = members.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        limits = "" if math.isinf(high) else f" from {low:g} to {high:g}"
        problem = f"{name} must be an integer{limits}"
        raise FaultsError(problem)
    return value
