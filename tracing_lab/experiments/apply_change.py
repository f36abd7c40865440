"""How a change that was predicted is made on the workshop's stack, and taken back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.config.fault_limits import unknown
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError
from tracing_lab.faults.injecting import DeployedFaults, restore_faults, set_faults
from tracing_lab.faults.settings import checked_faults
from tracing_lab.stack import Names
from tracing_lab.stack.parts import known_parts, part_of
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


def target_of(
    changes: Sequence[Change], active: Mapping[str, Settings], names: Names | None = None
) -> ChangedSettings:
    """Return what has to be set so that changes are made.

    Parameters
    ----------
    changes
        The changes.
    active
        The faults that services have now, as `faults.active` returns them.
    names
        Of the stack's resources, of which a change may name a part; without them, it has to name a
        service or a whole function.

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
        service = service_of_change(change, names)
        if isinstance(change, Retried):
            retries[service] = _retries(change)
        else:
            now = work.get(service, dict(active.get(service, {})))
            work[service] = _with_work(change, service, now)
    checked = {service: checked_faults(service, settings) for service, settings in work.items()}
    return ChangedSettings(checked, retries)


def service_of_change(change: Change, names: Names | None = None) -> str:
    """Return the service of the stack that a change names.

    Parameters
    ----------
    change
        The change; its service may be the function's name, also that of another stack of the shop,
        or a part of it that no other function has.
    names
        Of the stack's resources.

    Raises
    ------
    ConfigError
        If there is no such service, or several have the part.
    """
    named = change.service
    known = known_parts(names) if names else {}
    exact = named if named in SERVICES else known.get(named) or part_of(named)
    if exact in SERVICES:
        return exact
    own = {service: str(names.function(service)) if names else "" for service in SERVICES}
    fitting = [service for service, name in own.items() if named and named in name]
    if len(fitting) != 1:
        several = f"{named!r} is a part of several functions' names, {' and '.join(fitting)}"
        problem = several if fitting else unknown(named, SERVICES, what="service")
        msg = f"Nothing was changed: {problem}."
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
    with ExitStack() as undo:
        for service, settings in target.work.items():
            before = DeployedFaults(own.read(service))
            undo.callback(restore_faults, own, service, before)
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
        return _scaled(change, now)
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


def _scaled(change: Scaled, now: Settings) -> Settings:
    names = _SCALED[now["distribution"]]
    if now.get("probability", 1) == 0 or not any(now[name] for name in names):
        why = "the service has no work of FAULTS, of which there could be more or less"
        raise ConfigError(_by_hand(change, why))
    scaled = {name: now[name] * change.factor for name in names}
    return dict(_NO_WORK) if change.factor == 0 else {**now, **scaled}


def _is_none(latency: Settings) -> bool:
    return latency == _NO_WORK


def _by_hand(change: Change, why: str) -> str:
    return (
        f"Nothing was changed: that {change} cannot be made on this stack, because {why}. Make it "
        "yourself, and pass a context manager that does as apply=."
    )
