"""Finds out whether a call wants something that is not simulated."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.query import form_members
from tracing_lab.embedded.protocol.service_models import operation_model

_DEFAULT_CODE = "ValidationException"
CODES: Mapping[str, str] = {
    "apigateway": "BadRequestException",
    "apigatewayv2": "BadRequestException",
    "cloudformation": "ValidationError",
    "cloudwatch": "InvalidParameterValue",
    "cognito-identity": "InvalidParameterException",
    "cognito-idp": "InvalidParameterException",
    "dax": "InvalidParameterValueException",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "pipes": "ValidationException",
    "s3": "NotImplemented",
    "s3control": "NotImplemented",
    "scheduler": "ValidationException",
    "sns": "InvalidParameter",
    "stepfunctions": "ValidationException",
}
"""How each service calls the error about a value that it does not accept."""


class GapTreatment(StrEnum):
    """What a call gets that wants something that is not simulated."""

    REFUSED = "refused"  # the service's error, which says what to do instead
    WARNED = "warned"  # it succeeds; log, status and doctor say that it has no effect
    NOTED = "noted"  # it succeeds: the difference is none that a program would notice


@dataclass(frozen=True)
class SimulationGap:
    """Something that is not simulated.

    Parameters
    ----------
    service, operation
        botocore's names; the operation may be a regular expression.
    member
        The member that wants it, as ``Targets[].Arn``; empty if every such call does.
    values
        A regular expression for the values of the member that want it; empty for any.
    instead
        What happens instead, or what to do.
    answer
        What such a call gets.
    """

    service: str
    operation: str
    instead: str
    member: str = ""
    values: str = ""
    answer: GapTreatment = GapTreatment.WARNED

    def message(self, operation: str) -> str:
        """Return the sentence about it in the error of an operation, or in a warning.

        Examples
        --------
        >>> SimulationGap("events", "(Put|Get)Rule", "it never fires.", "State").message("PutRule")
        'events PutRule with State is not simulated: it never fires.'
        """
        what = f"{self.service} {operation}"
        if self.member:
            what += f" with {self.member}"
        if self.values.isalnum() or self.values.isidentifier():
            what += f" {self.values}"
        return f"{what} is not simulated: {self.instead}"

    def is_of(self, service: str, operation: str) -> bool:
        """Return whether it is about an operation."""
        return service == self.service and re.fullmatch(self.operation, operation) is not None

    def is_wanted(self, members: Mapping[str, Any]) -> bool:
        """Return whether members of a call of its operation want it."""
        if not self.member:
            return True
        values = list(_values(members, self.member.split(".")))
        if not self.values:
            return any(value not in _NOTHING for value in values)
        return any(re.fullmatch(self.values, str(value)) is not None for value in values)


_ABSENT = object()
_NOTHING: tuple[Any, ...] = (None, "", False, [], {})


def gaps_in(
    call: ApiCall, gaps: Mapping[tuple[str, str], tuple[SimulationGap, ...]]
) -> tuple[SimulationGap, ...]:
    """Return what a call wants that is not simulated.

    Parameters
    ----------
    call
        The call.
    gaps
        The gaps of each operation.
    """
    known = gaps.get(call.key)
    if known is None:
        return ()
    members = call.members
    if call.protocol == "query":  # whose members have no lists and structures
        members = form_members(call.request, operation_model(*call.key))
    return tuple(gap for gap in known if gap.is_wanted(members))


def code_of(service: str) -> str:
    """Return how a service calls the error about something that it does not accept."""
    return CODES.get(service, _DEFAULT_CODE)


def _values(node: Any, path: list[str]) -> Iterator[Any]:
    """Yield the values at a path, of which steps with ``[]`` go into each item of a list."""
    if not path:
        yield node
        return
    step, rest = path[0].removesuffix("[]"), path[1:]
    if not isinstance(node, Mapping):
        return
    inner = node.get(step, node.get(step[:1].lower() + step[1:], _ABSENT))  # as it is sent
    if inner is _ABSENT:
        return
    items = inner if path[0].endswith("[]") and isinstance(inner, list) else [inner]
    for item in items:
        yield from _values(item, rest)
