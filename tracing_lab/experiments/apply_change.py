"""How a change that was predicted is made on the workshop's stack, and taken back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab import faults
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.config.fault_limits import unknown
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError
from tracing_lab.faults.injecting import set_faults
from tracing_lab.stats.whatif import Change, Delayed, InParallel, Replaced, Retried, Scaled

WORK: Final = {
    "order": "process_order",
    "payment": "payment_processor",
    "inventory": "reserve_stock",
    "notification": "send_email",
}
"""Service to the operation in which its simulated work is done, which ``FAULTS`` steers."""

_SCALED: Final = {
    "constant": ("ms",),
    "uniform": ("low_ms", "high_ms"),
    "normal": ("mean_ms", "stddev_ms"),
    "lognormal": ("median_ms",),
    "exponential": ("mean_ms",),
}
_SHIFTED: Final = {"constant": ("ms",), "uniform": ("low_ms", "high_ms"), "normal": ("mean_ms",)}
_MOST_RETRIES: Final = 2  # Lambda's limit
_NO_WORK: Final = {"distribution": "constant", "ms": 0}

Settings = dict[str, Any]


@dataclass(frozen=True)
class ChangedSettings:
    """What changes of a stack: faults of services, and retries of functions.

    Parameters
    ----------
    work
        Service to its faults.
    retries
        Service to how often Lambda repeats a failed event.
    """

    work: Mapping[str, Settings]
    retries: Mapping[str, int]


def target_of(changes: Sequence[Change], active: Mapping[str, Settings]) -> ChangedSettings:
    """Return what has to be set so that changes are made.

    Parameters
    ----------
    changes
        The changes.
    active
        The faults that services have now, as `faults.active` returns them.

    Raises
    ------
    ConfigError
        If the stack cannot be changed so.

    Examples
    --------
    >>> now = {"payment": {"latency": {"distribution": "constant", "ms": 80}}}
    >>> target_of([Scaled("payment", 0.5)], now).work
    {'payment': {'latency': {'distribution': 'constant', 'ms': 40.0}}}
    """
    work: dict[str, Settings] = {}
    retries: dict[str, int] = {}
    for change in changes:
        if isinstance(change, InParallel):
            raise ConfigError(_by_hand(change, "the shop's handlers make no such calls"))
        service = service_of_change(change)
        if isinstance(change, Retried):
            retries[service] = _retries(change)
        else:
            now = work.get(service, dict(active.get(service, {})))
            work[service] = _with_work(change, service, now)
    return ChangedSettings(work, retries)


def service_of_change(change: Change) -> str:
    """Return the service of the stack that a change names.

    Parameters
    ----------
    change
        The change; its service may be the function's name.

    Raises
    ------
    ConfigError
        If there is no such service.
    """
    fitting = [name for name in SERVICES if name in change.service]
    if len(fitting) != 1:
        msg = f"Nothing was changed: {unknown(change.service, SERVICES, what='service')}."
        raise ConfigError(msg)
    return fitting[0]


@contextmanager
def applied(config: Config, target: ChangedSettings, aws: Aws) -> Iterator[None]:
    """Make changes for the time of the block; then set everything as it was.

    Parameters
    ----------
    config
        The stack's variables.
    target
        What to set.
    aws
        The AWS clients.
    """
    own = OwnFunctions.of(config, aws)
    before = faults.active(config, aws=aws)
    with ExitStack() as undo:
        for service, settings in target.work.items():
            now = before.get(service, {})
            described = config.faults.get(service, {})  # restored as such, for no drift to remain
            undo.callback(set_faults, own, service, None if now == described else now)
            set_faults(own, service, settings)
        for service, count in target.retries.items():
            undo.callback(_set_retries(aws, own.names.function(service), count))
        yield


def _set_retries(aws: Aws, function: str, count: int) -> Callable[[], None]:
    """Set how often events are repeated; return what sets it back."""
    found = aws.lambda_.event_invoke_config(function)
    age_s = found["MaximumEventAgeInSeconds"]
    aws.lambda_.put_event_invoke_config(function, retries=count, max_age_s=age_s)
    return lambda: aws.lambda_.put_event_invoke_config(
        function, retries=found["MaximumRetryAttempts"], max_age_s=age_s
    )


def _retries(change: Retried) -> int:
    if change.attempts > 1 + _MOST_RETRIES:
        msg = f"Lambda tries an event {1 + _MOST_RETRIES} times at most, not {change.attempts}"
        raise ConfigError(_by_hand(change, msg))
    return change.attempts - 1


def _with_work(change: Scaled | Delayed | Replaced, service: str, now: Settings) -> Settings:
    if change.operation not in (None, WORK[service]):
        why = f"of {service}, only {WORK[service]} has work that can be changed"
        raise ConfigError(_by_hand(change, why))
    others = {name: value for name, value in now.items() if name != "latency"}
    latency = _latency(change, now.get("latency") or dict(_NO_WORK))
    return {**others, "latency": latency}


def _latency(change: Scaled | Delayed | Replaced, now: Settings) -> Settings:
    if isinstance(change, Replaced):
        return dict(change.latency)
    kind = now["distribution"]
    if isinstance(change, Scaled):
        scaled = {name: now[name] * change.factor for name in _SCALED[kind]}
        return dict(_NO_WORK) if change.factor == 0 else {**now, **scaled}
    if change.latency is not None and _is_none(now):
        return dict(change.latency)
    is_plain = change.latency is None and now.get("probability", 1) == 1
    if not is_plain or kind not in _SHIFTED:
        why = f"its work is {kind}, to which FAULTS can add nothing; use Scaled or Replaced"
        raise ConfigError(_by_hand(change, why))
    shifted = {name: now[name] + change.added_ms for name in _SHIFTED[kind]}
    if min(shifted.values()) < 0:
        why = f"its work takes less than {-change.added_ms:g} ms"
        raise ConfigError(_by_hand(change, why))
    return {**now, **shifted}


def _is_none(latency: Settings) -> bool:
    return latency == _NO_WORK


def _by_hand(change: Change, why: str) -> str:
    return (
        f"Nothing was changed: that {change} cannot be made on this stack, because {why}. Make it "
        "yourself, and pass a context manager that does as apply=."
    )
