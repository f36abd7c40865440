"""Data of one request that the parts of the API Gateway data plane exchange."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import MethodSpec, StageSpec, UsagePlanSpec
from tracing_lab.xray_model.trace_header import TraceHeader

from .calls import AuthorizerCall, FunctionCall, ServiceResult


class StageAddress(NamedTuple):
    """The target of an invoke URL.

    Parameters
    ----------
    api_id
        The REST API.
    stage_name
        The stage.
    path
        The path after the stage, still percent-encoded, from ``/`` on.
    """

    api_id: str
    stage_name: str
    path: str


@dataclass(frozen=True)
class MethodRoute:
    """The method for a request, with its path parameters."""

    method: MethodSpec
    path_parameters: dict[str, str]


@dataclass(frozen=True)
class ApiClient:
    """The caller: an API key of a usage plan of the stage."""

    plan: UsagePlanSpec
    key_id: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class TraceContext:
    """The trace that a request belongs to.

    Parameters
    ----------
    header
        Root and decision; the parent is the client's segment or None.
    segment_id
        Id of the stage's segment.
    subsegment_id
        Id of the subsegment for the call of the function.
    emits
        Whether the stage sends a segment.
    rule_name
        The sampling rule, if the decision was made here.
    incoming
        The client's original header, if it has a parent.
    """

    header: TraceHeader
    segment_id: str
    subsegment_id: str
    emits: bool
    rule_name: str | None = None
    incoming: str | None = None

    def for_function(self) -> TraceHeader:
        """Return the header that the function is invoked with."""
        return self.below(self.subsegment_id)

    def below(self, subsegment_id: str) -> TraceHeader:
        """Return the header of a call that has a subsegment."""
        return self.header.with_parent(subsegment_id) if self.emits else self.header


@dataclass(frozen=True)
class Authorized:
    """The caller that a Lambda authorizer identified.

    Parameters
    ----------
    context
        Values for the integration: ``principalId``, ``integrationLatency`` in milliseconds, and
        the context that the authorizer returned, as texts.
    usage_key
        The API key that the authorizer returned, if any.
    """

    context: Mapping[str, Any]
    usage_key: str | None = None


@dataclass(frozen=True)
class Exchange:
    """A request to a stage.

    Parameters
    ----------
    request
        What the client sent.
    path
        The path after the stage, still percent-encoded.
    stage
        The stage as deployed.
    route
        The method; None if the API has no such method and path.
    trace
        The trace it belongs to.
    account_id
        The API's owner.
    region
        The API's region.
    request_id
        Value of ``x-amzn-RequestId`` in the response.
    extended_request_id
        Value of ``x-amz-apigw-id`` in the response.
    started_s
        When it arrived, in epoch seconds.
    client
        The caller's API key, if it is valid.
    authorized
        The caller, if a Lambda authorizer identified it.
    """

    request: HttpRequest
    path: str
    stage: StageSpec
    route: MethodRoute | None
    trace: TraceContext
    account_id: str
    region: str
    request_id: str
    extended_request_id: str
    started_s: float
    client: ApiClient | None = None
    authorized: Authorized | None = None

    @property
    def stage_path(self) -> str:
        """Path with the stage in front, as in the public URL."""
        return f"/{self.stage.stage_name}{self.path}"

    @property
    def host(self) -> str:
        """The ``Host`` header."""
        return self.request.header("Host") or ""


class Failure(Enum):
    """Responses of API Gateway itself: status, message, exception, response type.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """

    FORBIDDEN = (403, "Forbidden", "ForbiddenException", "ACCESS_DENIED")
    NOT_AUTHORIZED = (
        403,
        "User: anonymous is not authorized",
        "AccessDeniedException",
        "ACCESS_DENIED",
    )
    UNAUTHORIZED = (401, "Unauthorized", "UnauthorizedException", "UNAUTHORIZED")
    NO_ROUTE = (
        403,
        "Missing Authentication Token",
        "MissingAuthenticationTokenException",
        "MISSING_AUTHENTICATION_TOKEN",
    )
    INVALID_KEY = (403, "Forbidden", "ForbiddenException", "INVALID_API_KEY")
    THROTTLED = (429, "Too Many Requests", "TooManyRequestsException", "THROTTLED")
    QUOTA_EXCEEDED = (429, "Limit Exceeded", "LimitExceededException", "QUOTA_EXCEEDED")
    BAD_PARAMETERS = (
        400,
        "Missing required request parameters",
        "BadRequestException",
        "BAD_REQUEST_PARAMETERS",
    )
    UNSUPPORTED_TYPE = (
        415,
        "Unsupported Media Type",
        "BadRequestException",
        "UNSUPPORTED_MEDIA_TYPE",
    )
    AUTHORIZER_CONFIGURATION = (
        500,
        "",
        "AuthorizerConfigurationException",
        "AUTHORIZER_CONFIGURATION_ERROR",
    )
    AUTHORIZER_FAILURE = (500, "", "AuthorizerFailureException", "AUTHORIZER_FAILURE")
    BAD_BODY = (400, "Invalid request body", "BadRequestException", "BAD_REQUEST_BODY")
    TOO_LONG = (413, "Request Too Long", "RequestTooLargeException", "REQUEST_TOO_LARGE")
    INTERNAL = (
        500,
        "Internal server error",
        "InternalServerErrorException",
        "API_CONFIGURATION_ERROR",
    )
    BAD_ANSWER = (
        502,
        "Internal server error",
        "InternalServerErrorException",
        "INTEGRATION_FAILURE",
    )
    TIMED_OUT = (
        504,
        "Endpoint request timed out",
        "InternalServerErrorException",
        "INTEGRATION_TIMEOUT",
    )

    def __init__(self, status: int, message: str, exception: str, response_type: str) -> None:
        self.status = status
        self.message = message  # empty for null
        self.exception = exception  # value of the header ``x-amzn-ErrorType``
        self.response_type = response_type  # value of ``$context.error.responseType``


@dataclass(frozen=True)
class GatewayRejection:
    """The reason for rejecting a request.

    Parameters
    ----------
    failure
        The kind of response.
    message
        The message to the client, if it differs from that of the kind.
    detail
        Details for access logs and templates.
    """

    failure: Failure
    message: str | None = None
    detail: str | None = None

    @property
    def text(self) -> str:
        """The message to the client."""
        return self.message or self.failure.message


@dataclass(frozen=True)
class StageResponse:
    """How a request ended."""

    response: HttpResponse
    rejection: GatewayRejection | None = None
    call: FunctionCall | ServiceResult | None = None
    authorizer_call: AuthorizerCall | None = None

    @property
    def failure(self) -> Failure | None:
        """The kind of API Gateway's own response."""
        return self.rejection.failure if self.rejection is not None else None
