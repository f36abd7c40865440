"""Changes of a system, as users state them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracing_lab.errors import TraceDataError

from .latency import problem_of


@dataclass(frozen=True)
class Scaled:
    """A service's work takes longer or shorter by a factor.

    Parameters
    ----------
    service
        The service's name, or a part of it that no other service has.
    factor
        By how much; 0 takes all of its time away.
    operation
        Name of the service's spans that take longer; all of its work by default.

    Raises
    ------
    TraceDataError
        If the factor is negative or no number.
    """

    service: str
    factor: float
    operation: str | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.factor) or self.factor < 0:
            msg = f"factor is {self.factor!r}; it must be a number from 0 on, such as 0.5."
            raise TraceDataError(msg)

    def __str__(self) -> str:
        return f"{_place(self)} takes {self.factor:g} times as long"


@dataclass(frozen=True)
class Delayed:
    """Time is added to each request to a service, or taken away.

    It is added where the service spends most of its own time, so before or after calls as that is.

    Parameters
    ----------
    service, operation
        As for `Scaled`; of an operation, to each of its spans.
    added_ms
        Milliseconds; less than 0 to take away what there is.
    latency
        In place of `added_ms` a distribution, as `faults.inject` has it.

    Raises
    ------
    TraceDataError
        If there is neither or both, or one cannot work.
    """

    service: str
    added_ms: float = 0.0
    operation: str | None = None
    latency: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if not _is_number(self.added_ms):
            msg = f"added_ms is {self.added_ms!r}; it must be a number of milliseconds."
            raise TraceDataError(msg)
        if self.latency is not None:
            if self.added_ms:
                msg = "added_ms and latency are the same setting; leave one out."
                raise TraceDataError(msg)
            _check_latency(self.latency)

    def __str__(self) -> str:
        added = f"{self.added_ms:+g} ms" if self.latency is None else _words(self.latency)
        return f"{_place(self)} takes longer by {added}"


@dataclass(frozen=True)
class Replaced:
    """The time of a service's work has another distribution.

    Parameters
    ----------
    service, operation
        As for `Scaled`.
    latency
        A distribution, as `faults.inject` has it.

    Raises
    ------
    TraceDataError
        If the distribution cannot work.
    """

    service: str
    latency: Mapping[str, Any]
    operation: str | None = None

    def __post_init__(self) -> None:
        _check_latency(self.latency)

    def __str__(self) -> str:
        return f"{_place(self)} takes {_words(self.latency)}"


@dataclass(frozen=True)
class InParallel:
    """Calls that a service makes one after the other begin together.

    Parameters
    ----------
    service
        As for `Scaled`.
    calls
        Names of the service's subsegments, or of the services that it calls.

    Raises
    ------
    TraceDataError
        If there are fewer than two.
    """

    service: str
    calls: Sequence[str]

    def __post_init__(self) -> None:
        if isinstance(self.calls, str) or len({*self.calls}) < 2:  # noqa: PLR2004 - a pair
            msg = f"calls is {self.calls!r}; it must have two names or more."
            raise TraceDataError(msg)

    def __str__(self) -> str:
        return f"{self.service} makes the calls {' and '.join(self.calls)} in parallel"


@dataclass(frozen=True)
class Retried:
    """Events that a Lambda function fails to process are tried again more often, or less.

    Parameters
    ----------
    service
        As for `Scaled`.
    attempts
        How often an event is tried, the first time included.
    waits_s
        Seconds before the second attempt, the third and so on; the last value repeats. By default
        they stay; where there are more attempts, those of Lambda.
    success
        The share of further attempts that succeed, from 0 to 1, where traces show none: for errors
        that come and go near 1, for a wrong event 0.

    Raises
    ------
    TraceDataError
        If a value cannot work.
    """

    service: str
    attempts: int
    waits_s: Sequence[float] | None = None
    success: float | None = None

    def __post_init__(self) -> None:
        if type(self.attempts) is not int or self.attempts < 1:
            msg = f"attempts is {self.attempts!r}; it must be a whole number from 1 on."
            raise TraceDataError(msg)
        waits = self.waits_s
        if waits is not None and (not waits or not all(_is_number(s) and s >= 0 for s in waits)):
            msg = f"waits_s is {waits!r}; it must have seconds, such as (60, 120)."
            raise TraceDataError(msg)
        if self.success is not None and not (_is_number(self.success) and 0 <= self.success <= 1):
            msg = f"success is {self.success!r}; it must be a share from 0 to 1."
            raise TraceDataError(msg)

    def __str__(self) -> str:
        times = "once" if self.attempts == 1 else f"{self.attempts} times at most"
        return f"events of {self.service} are tried {times}"


Change = Scaled | Delayed | Replaced | InParallel | Retried
"""Any of the changes."""


def _check_latency(latency: object) -> None:
    if problem := problem_of(latency):
        msg = f"latency: {problem}."
        raise TraceDataError(msg)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _place(change: Scaled | Delayed | Replaced) -> str:
    if change.operation is None:
        return f"the work of {change.service}"
    return f"{change.operation} of {change.service}"


def _words(latency: Mapping[str, Any]) -> str:
    values = {name: value for name, value in latency.items() if name != "distribution"}
    listed = ", ".join(f"{name}={value:g}" for name, value in values.items())
    return f"{latency['distribution']} ({listed})"
