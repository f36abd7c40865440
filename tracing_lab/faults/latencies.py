"""How a service becomes slower: distributions of its work, with time added to the usual one."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

Latency = dict[str, Any]

SIGMA: Final = 0.4
"""Of the usual, lognormal distribution of a service's work."""


def lognormal(median_ms: float) -> Latency:
    """Return the usual distribution of work.

    Parameters
    ----------
    median_ms
        Its median, in milliseconds.
    """
    return {"distribution": "lognormal", "median_ms": median_ms, "sigma": SIGMA}


def slower(base_ms: float, added_ms: float, *, form: str = "shifted") -> Latency:
    """Return the distribution of work that has become slower.

    Parameters
    ----------
    base_ms
        Its usual median, in milliseconds.
    added_ms
        By how much it is slower, in milliseconds.
    form
        One of `FORMS`.

    Examples
    --------
    >>> slower(40, 100, form="uniform")
    {'distribution': 'uniform', 'low_ms': 40, 'high_ms': 240}
    """
    return FORMS[form](base_ms, added_ms)


def middle_ms(latency: Mapping[str, Any] | None) -> float:
    """Return the median of a latency that is constant or lognormal, or the mean of another.

    Parameters
    ----------
    latency
        A distribution; None for none.

    Examples
    --------
    >>> middle_ms({"distribution": "lognormal", "median_ms": 40, "sigma": 0.4})
    40.0
    >>> middle_ms(None)
    0.0
    """
    values = latency or {}
    if values.get("distribution") == "uniform":
        return (float(values["low_ms"]) + float(values["high_ms"])) / 2
    return float(next((values[name] for name in _MIDDLES if name in values), 0.0))


def _shifted(base_ms: float, added_ms: float) -> Latency:
    return lognormal(base_ms + added_ms)


def _normal(base_ms: float, added_ms: float) -> Latency:
    return {"distribution": "normal", "mean_ms": base_ms + added_ms, "stddev_ms": base_ms}


def _uniform(base_ms: float, added_ms: float) -> Latency:
    return {"distribution": "uniform", "low_ms": base_ms, "high_ms": base_ms + 2 * added_ms}


def _exponential(base_ms: float, added_ms: float) -> Latency:
    return {"distribution": "exponential", "mean_ms": base_ms + added_ms}


def _heavy(base_ms: float, added_ms: float) -> Latency:
    """Return a distribution with the usual median, and a mean that is higher by `added_ms`.

    The mean of a lognormal distribution is its median times ``exp(sigma ** 2 / 2)``.
    """
    sigma = math.sqrt(2 * math.log((base_ms + added_ms) / base_ms))
    return {"distribution": "lognormal", "median_ms": base_ms, "sigma": round(sigma, 3)}


_MIDDLES: Final = ("ms", "median_ms", "mean_ms")
FORMS: Final[Mapping[str, Callable[[float, float], Latency]]] = {
    "shifted": _shifted,
    "normal": _normal,
    "uniform": _uniform,
    "exponential": _exponential,
    "tail": _heavy,
}
"""What becomes slower how: all orders alike, with another spread, or only a heavier tail."""
