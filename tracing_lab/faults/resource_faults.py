"""Faults that are settings of deployed resources, and how each is undone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from tracing_lab import package
from tracing_lab.config.fault_limits import unknown
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import DeployError, NotFoundError
from tracing_lab.stack import fault_marks
from tracing_lab.stack.events import PATTERNS
from tracing_lab.stack.policies import PUBLISHERS

from .releases import RELEASES, bad_release

Json = Mapping[str, Any]

DENIABLE: Final = ("events:PutEvents", "xray:PutTraceSegments")
"""Actions of the services' roles that can be denied."""

_MAX_RESERVED: Final = 1000


@dataclass(frozen=True)
class ResourceFault:
    """A fault that changes a deployed resource.

    Parameters
    ----------
    problems
        Yields what is wrong with a value for a service.
    marked
        Returns the value as a mark has it.
    inject
        Sets it.
    restore
        Sets what the stack's description says.
    """

    problems: Callable[[str, object], Iterator[str]]
    marked: Callable[[OwnFunctions, str, Any], str]
    inject: Callable[[OwnFunctions, str, Any], None]
    restore: Callable[[OwnFunctions, str], None]


def check_release(
    functions: OwnFunctions, service: str, found: Json, mark: fault_marks.Mark
) -> None:
    """Raise if a function runs code of which there is no copy, so that it could not be restored.

    Parameters
    ----------
    functions, service
        The stack's functions, and the service.
    found
        GetFunction's response.
    mark
        What was injected before.

    Raises
    ------
    DeployError
        If the code is not that of the installed package.
    """
    if "release" in mark:
        return
    if found["Configuration"]["CodeSha256"] != _good(functions, service).sha256_base64:
        msg = (
            f"Nothing was changed: {found['Configuration']['FunctionName']} runs other code than "
            "`apply` deploys, so that it could not be restored. Run apply first."
        )
        raise DeployError(msg)


def _reserved_problems(_service: str, value: object) -> Iterator[str]:
    if type(value) is not int or not 0 <= value <= _MAX_RESERVED:
        yield (
            f"reserved_concurrency={value!r} must be a whole number from 0 (no invocation at all) "
            f"to {_MAX_RESERVED}"
        )


def _reserve(functions: OwnFunctions, service: str, value: int | None) -> None:
    functions.aws.lambda_.reserve_concurrency(functions.names.function(service), value)


def _unreserve(functions: OwnFunctions, service: str) -> None:
    reserved = functions.names.config.lambda_reserved_concurrency
    _reserve(functions, service, reserved.get(service))


def _denied_problems(service: str, value: object) -> Iterator[str]:
    if value not in DENIABLE:
        yield unknown(value, DENIABLE, what="deniable action")
    elif value == "events:PutEvents" and service not in PUBLISHERS:
        yield f"{service} publishes no events, so that it does not need {value}"


def _deny(functions: OwnFunctions, service: str, action: str) -> None:
    role = functions.names.role(service)
    functions.aws.iam.put_role_policy(role, fault_marks.DENIAL, fault_marks.denial(action))


def _allow(functions: OwnFunctions, service: str) -> None:
    with suppress(NotFoundError):  # it was interrupted before the policy was put
        functions.aws.iam.delete_role_policy(functions.names.role(service), fault_marks.DENIAL)


def _rule_problems(service: str, value: object) -> Iterator[str]:
    if value != fault_marks.DISABLED:
        yield f"rule={value!r} must be {fault_marks.DISABLED!r}"
    elif service not in PATTERNS:
        yield f"no rule feeds {service}; choose one of {', '.join(PATTERNS)}"


def _disable(functions: OwnFunctions, service: str, _value: str) -> None:
    functions.aws.events.disable_rule(functions.names.bus, functions.names.rule(service))


def _enable(functions: OwnFunctions, service: str) -> None:
    functions.aws.events.enable_rule(functions.names.bus, functions.names.rule(service))


def _release_problems(_service: str, value: object) -> Iterator[str]:
    if value not in RELEASES:
        yield unknown(value, RELEASES, what="bad release")


def _good(functions: OwnFunctions, service: str) -> package.DeploymentPackage:
    return package.build(service, functions.names.config.tracer)


def _release_mark(functions: OwnFunctions, service: str, value: str) -> str:
    release = bad_release(_good(functions, service), value)
    return f"{value}/{fault_marks.digest(release.sha256_base64)}"


def _release(functions: OwnFunctions, service: str, value: str) -> None:
    data = bad_release(_good(functions, service), value).data
    functions.aws.lambda_.update_code(functions.names.function(service), data)


def _roll_back(functions: OwnFunctions, service: str) -> None:
    data = _good(functions, service).data
    functions.aws.lambda_.update_code(functions.names.function(service), data)


def _as_text(_functions: OwnFunctions, _service: str, value: object) -> str:
    return str(value)


RESOURCE_FAULTS: Final[Mapping[str, ResourceFault]] = {
    "reserved_concurrency": ResourceFault(_reserved_problems, _as_text, _reserve, _unreserve),
    "denied": ResourceFault(_denied_problems, _as_text, _deny, _allow),
    "rule": ResourceFault(_rule_problems, _as_text, _disable, _enable),
    "release": ResourceFault(_release_problems, _release_mark, _release, _roll_back),
}
"""Setting to its fault, in the order in which faults are injected."""


def values_of(mark: fault_marks.Mark) -> dict[str, Any]:
    """Return the resource faults that a mark is about, as settings.

    Parameters
    ----------
    mark
        What was injected.

    Examples
    --------
    >>> values_of({"reserved_concurrency": "1", "release": "crash/2d711642", "variables": "x"})
    {'reserved_concurrency': 1, 'release': 'crash'}
    """
    values = {name: mark[name].partition("/")[0] for name in RESOURCE_FAULTS if name in mark}
    number = values.get("reserved_concurrency")
    return values if number is None else {**values, "reserved_concurrency": int(number)}
