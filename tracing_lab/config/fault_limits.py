"""Validate the faults of a service; messages name the remedy.

`lambda_src` reads the same settings from a function's variable ``FAULTS`` and describes them. It
cannot be imported from here, so a test makes sure that both accept the same.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

SHARES = ("error_rate", "timeout_rate", "lost_rate", "duplicate_rate")
"""Settings that are shares of orders."""

WHOLE_NUMBERS = ("retries", "restarts", "seed")
SETTINGS = ("latency", "error_type", "init_ms", *SHARES, *WHOLE_NUMBERS)
DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "constant": ("ms",),
    "uniform": ("low_ms", "high_ms"),
    "normal": ("mean_ms", "stddev_ms"),
    "lognormal": ("median_ms", "sigma"),
    "exponential": ("mean_ms",),
}
"""The parameters of each distribution of latencies."""

MAX_LATENCY_MS = 900_000  # no Lambda function runs longer than fifteen minutes
MAX_INIT_MS = 9_000  # Lambda stops an initialization after ten seconds
MAX_RETRIES = 10
MAX_SIGMA = 10


def problems(
    settings: Mapping[str, Any], *, where: str, others: Sequence[str] = ()
) -> Iterator[str]:
    """Yield everything that is wrong with the faults of one service.

    Parameters
    ----------
    settings
        The faults, as the variable ``FAULTS`` holds them.
    where
        What they belong to, for the messages.
    others
        Further settings that would have been possible, for the messages.

    Yields
    ------
    str
        One clause per problem; none if the settings can work.

    Examples
    --------
    >>> list(problems({"eror_rate": 0.5}, where="payment"))
    ["payment: there is no setting 'eror_rate'; did you mean 'error_rate'?"]
    """
    yield from _unknown(settings, (*SETTINGS, *others), where)
    for name in SHARES:
        yield from _number(settings, name, 1, where)
    yield from _number(settings, "init_ms", MAX_INIT_MS, where)
    yield from _whole_numbers(settings, where)
    if not _is_name(settings.get("error_type", "Any")):
        yield f"{where}: error_type={settings['error_type']!r} must be a name such as CardDeclined"
    if "latency" in settings:
        yield from _latency(settings["latency"], f"{where}: latency")


def unknown(name: object, known: Sequence[str], *, what: str) -> str:
    """Return a message about a name that does not exist, with the one that was probably meant.

    Returns
    -------
    str
        The message, without a full stop.

    Examples
    --------
    >>> unknown("paymnt", ["order", "payment"], what="service")
    "there is no service 'paymnt'; did you mean 'payment'?"
    >>> unknown("x", ["order", "payment"], what="service")
    "there is no service 'x'; choose one of order, payment"
    """
    likely = difflib.get_close_matches(str(name).lower(), known, 1)
    remedy = f"did you mean {likely[0]!r}?" if likely else f"choose one of {', '.join(known)}"
    return f"there is no {what} {name!r}; {remedy}"


def _latency(latency: object, where: str) -> Iterator[str]:
    if not isinstance(latency, Mapping):
        yield f"{where}={latency!r} must map 'distribution' and its parameters to values"
        return
    distribution = latency.get("distribution")
    if not isinstance(distribution, str) or distribution not in DISTRIBUTIONS:
        yield f"{where}: {unknown(distribution, list(DISTRIBUTIONS), what='distribution')}"
        return
    parameters = DISTRIBUTIONS[distribution]
    yield from _unknown(latency, ("distribution", "probability", *parameters), where)
    yield from _number(latency, "probability", 1, where)
    for name in parameters:
        if name not in latency:
            yield f"{where}: distribution {distribution!r} needs {name}"
        yield from _number(latency, name, MAX_SIGMA if name == "sigma" else MAX_LATENCY_MS, where)
    if _is_reversed(latency):
        yield f"{where}: low_ms must not be above high_ms"


def _is_reversed(latency: Mapping[str, Any]) -> bool:
    low, high = latency.get("low_ms"), latency.get("high_ms")
    return is_number(low) and is_number(high) and low > high


def _unknown(settings: Iterable[object], known: Sequence[str], where: str) -> Iterator[str]:
    for name in settings:
        if name not in known:
            yield f"{where}: {unknown(name, known, what='setting')}"


def _number(settings: Mapping[str, Any], name: str, high: float, where: str) -> Iterator[str]:
    value = settings.get(name, 0)
    if not is_number(value) or not 0 <= value <= high:
        yield f"{where}: {name}={value!r} must be a number from 0 to {high}"


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number, which a truth value is not here."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole_numbers(settings: Mapping[str, Any], where: str) -> Iterator[str]:
    for name in WHOLE_NUMBERS:
        if name in settings and type(settings[name]) is not int:
            yield f"{where}: {name}={settings[name]!r} must be a whole number"
            return
    if "retries" in settings:
        yield from _number(settings, "retries", MAX_RETRIES, where)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isidentifier()
