"""Results of the backend calls of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tracing_lab.arns import FunctionArn
from tracing_lab.embedded.http.messages import HttpResponse


@dataclass(frozen=True)
class BackendCall:
    """The result of a call of a function or another service.

    Parameters
    ----------
    started_s, ended_s
        Epoch seconds.
    status
        Status of the backend: that in a function's response, or that of the failed call.
    request_id
        Id of the invocation, or of the service's response; None if there was none.
    problem
        Why the call failed, for the access log.
    service_status
        Status of the service's own response; for a function, that of Lambda.
    """

    started_s: float
    ended_s: float
    status: int
    request_id: str | None = None
    problem: str | None = None
    service_status: int | None = None


@dataclass(frozen=True, kw_only=True)
class FunctionCall(BackendCall):
    """The result of a function call, as the stage's ``Lambda`` subsegment has it.

    Parameters
    ----------
    function
        The function.
    content_length
        Bytes of the body in the function's response.
    """

    function: FunctionArn
    content_length: int = 0


class FunctionOutcome(NamedTuple):
    """The response converted from a function's result.

    Parameters
    ----------
    response
        The client's response.
    status, content_length
        In the stage's ``Lambda`` subsegment.
    request_id
        Id of the invocation; empty if there was none.
    """

    response: HttpResponse
    status: int
    content_length: int
    request_id: str


@dataclass(frozen=True)
class AuthorizerCall:
    """A call of an authorizer's function, with the id of its subsegment."""

    call: FunctionCall
    subsegment_id: str


@dataclass(frozen=True, kw_only=True)
class ServiceResult(BackendCall):
    """The result of a method's call of an AWS service other than Lambda.

    Parameters
    ----------
    service, operation
        botocore's names.
    url
        The address that AWS's endpoint would have.
    resources
        The resources of the call, as in the ``aws`` block of its subsegment.
    content_length
        Bytes of the body in the service's response.
    """

    service: str
    operation: str
    url: str
    resources: Mapping[str, str] = field(default_factory=dict)
    content_length: int = 0
