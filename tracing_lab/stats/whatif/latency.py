"""Distributions of latencies, as the faults of a service have them."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]
_Draw = Callable[..., Seconds]


class _Distribution(NamedTuple):
    parameters: tuple[str, ...]
    draw: _Draw


def _lognormal(rng: np.random.Generator, shape: Any, median: float, sigma: float) -> Seconds:
    drawn: Seconds = median * np.exp(sigma * rng.standard_normal(shape))
    return drawn


_DISTRIBUTIONS: Final[Mapping[str, _Distribution]] = {
    "constant": _Distribution(("ms",), lambda _rng, shape, ms: np.full(shape, float(ms))),
    "uniform": _Distribution(
        ("low_ms", "high_ms"), lambda rng, shape, low, high: rng.uniform(low, high, shape)
    ),
    "normal": _Distribution(
        ("mean_ms", "stddev_ms"), lambda rng, shape, mean, stddev: rng.normal(mean, stddev, shape)
    ),
    "lognormal": _Distribution(("median_ms", "sigma"), _lognormal),
    "exponential": _Distribution(
        ("mean_ms",), lambda rng, shape, mean: rng.exponential(mean, shape)
    ),
}


def drawn_s(
    latency: Mapping[str, Any], shape: tuple[int, ...], rng: np.random.Generator
) -> Seconds:
    """Return random latencies in seconds.

    Parameters
    ----------
    latency
        A distribution with its parameters, as `faults.inject` accepts it.
    shape
        How many.
    rng
        Source of randomness.

    Examples
    --------
    >>> constant = {"distribution": "constant", "ms": 20}
    >>> drawn_s(constant, (2,), np.random.default_rng(1)).tolist()
    [0.02, 0.02]
    """
    parameters, draw = _DISTRIBUTIONS[latency["distribution"]]
    values = np.maximum(draw(rng, shape, *(latency[name] for name in parameters)), 0.0) / 1000
    affected = rng.random(shape) < latency.get("probability", 1.0)
    return np.where(affected, values, 0.0)


def problem_of(latency: object) -> str:
    """Return what is wrong with a distribution; empty if nothing is.

    Parameters
    ----------
    latency
        What should be one.

    Examples
    --------
    >>> problem_of({"distribution": "constant", "ms": 20})
    ''
    >>> problem_of({"distribution": "constant"})
    "distribution 'constant' needs ms"
    """
    if not isinstance(latency, Mapping):
        return f"{latency!r} must map 'distribution' and its parameters to values"
    name = latency.get("distribution")
    if not isinstance(name, str) or name not in _DISTRIBUTIONS:
        return f"there is no distribution {name!r}; choose one of {', '.join(_DISTRIBUTIONS)}"
    parameters = _DISTRIBUTIONS[name].parameters
    missing = [parameter for parameter in parameters if parameter not in latency]
    if missing:
        return f"distribution {name!r} needs {' and '.join(missing)}"
    if unknown := sorted({*latency} - {*parameters, "distribution", "probability"}):
        return f"distribution {name!r} has no {' and no '.join(unknown)}"
    return _wrong_value(latency, parameters)


def _wrong_value(latency: Mapping[str, Any], parameters: tuple[str, ...]) -> str:
    for parameter in (*parameters, "probability"):
        value = latency.get(parameter, 1.0)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        most = 1.0 if parameter == "probability" else np.inf
        if not is_number or not 0 <= value <= most or value == np.inf:
            until = " to 1" if parameter == "probability" else " on"
            return f"{parameter}={value!r} must be a number from 0{until}"
    if latency.get("low_ms", 0) > latency.get("high_ms", np.inf):
        return "low_ms must not be above high_ms"
    return ""
