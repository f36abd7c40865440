"""What the parts of the API Gateway data plane hand to each other about one request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from tracing_lab.embedded.model import MethodSpec, StageSpec, UsagePlanSpec
from tracing_lab.embedded.protocol.lambda_arn import FunctionArn
from tracing_lab.embedded.protocol.trace_header import TraceHeader


@dataclass(frozen=True)
class GatewayRequest:
    """A request to a stage of a REST API, its body read.

    Parameters
    ----------
    api_id
        The REST API.
    stage_name
        The stage, as the URL names it.
    method
        In capitals.
    path
        What follows the stage, still percent-encoded, beginning with ``/``.
    raw_query
        The query string without ``?``.
    headers
        As the client sent them, names may repeat.
    body
        The whole body.
    source_ip
        The client's address.
    host
        The ``Host`` header.
    """

    api_id: str
    stage_name: str
    method: str
    path: str
    raw_query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = field(default=b"", repr=False)
    source_ip: str = "127.0.0.1"
    host: str = ""

    def header(self, name: str) -> str | None:
        """Give the last header of that name, case ignored.

        Examples
        --------
        >>> GatewayRequest("a", "prod", "GET", "/", headers=[("Accept", "x")]).header("accept")
        'x'
        """
        wanted = name.lower()
        found = [value for key, value in self.headers if key.lower() == wanted]
        return found[-1] if found else None


@dataclass(frozen=True)
class GatewayResponse:
    """The answer to the client."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Route:
    """The method that serves a request, and what its path parameters are."""

    method: MethodSpec
    path_parameters: dict[str, str]


@dataclass(frozen=True)
class ApiClient:
    """Who calls: an API key of a usage plan of the stage."""

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
        The stage writes a segment.
    rule_name
        The sampling rule, when the decision was made here.
    incoming
        The client's header as it came, when it named a parent.
    """

    header: TraceHeader
    segment_id: str
    subsegment_id: str
    emits: bool
    rule_name: str | None = None
    incoming: str | None = None

    def for_function(self) -> TraceHeader:
        """Give the header that the function is invoked with."""
        return self.header.with_parent(self.subsegment_id) if self.emits else self.header


@dataclass(frozen=True)
class Exchange:
    """A request that has reached a stage.

    Parameters
    ----------
    request
        What the client sent.
    stage
        The stage as deployed.
    route
        None when the API has no such method and path.
    trace
        The trace it belongs to.
    account_id
        The API's owner.
    region
        The API's region.
    request_id
        Answered as ``x-amzn-RequestId``.
    extended_request_id
        Answered as ``x-amz-apigw-id``.
    started_s
        When it came, in epoch seconds.
    client
        The caller's API key, where it is a good one.
    """

    request: GatewayRequest
    stage: StageSpec
    route: Route | None
    trace: TraceContext
    account_id: str
    region: str
    request_id: str
    extended_request_id: str
    started_s: float
    client: ApiClient | None = None

    @property
    def stage_path(self) -> str:
        """Path with the stage in front, as in the public URL."""
        return f"/{self.stage.stage_name}{self.request.path}"


class Failure(Enum):
    """Answers that API Gateway gives by itself: status, message, exception, response type.

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

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.value[0]

    @property
    def message(self) -> str:
        """What the client reads."""
        return self.value[1]

    @property
    def exception(self) -> str:
        """Value of the ``x-amzn-ErrorType`` header."""
        return self.value[2]

    @property
    def response_type(self) -> str:
        """Value of ``$context.error.responseType``."""
        return self.value[3]


@dataclass(frozen=True)
class Refusal:
    """Why a request is not served.

    Parameters
    ----------
    failure
        What kind of answer it gets.
    message
        What the client reads, where that is not the same for all failures of the kind.
    detail
        What exactly is wrong; for access logs and templates.
    """

    failure: Failure
    message: str | None = None
    detail: str | None = None

    @property
    def text(self) -> str:
        """What the client reads."""
        return self.message or self.failure.message


@dataclass(frozen=True)
class FunctionCall:
    """How the call of the function behind a method went.

    Parameters
    ----------
    function
        What was called.
    started_s, ended_s
        Epoch seconds.
    status
        What the stage's ``Lambda`` subsegment shows: the status in the function's answer, or that
        of the failed call.
    content_length
        Bytes of the body that the function answered.
    request_id
        Of the invocation; None when there was none.
    problem
        Why the call failed, for the access log.
    """

    function: FunctionArn
    started_s: float
    ended_s: float
    status: int
    content_length: int = 0
    request_id: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How a request ended."""

    response: GatewayResponse
    refusal: Refusal | None = None
    call: FunctionCall | None = None

    @property
    def failure(self) -> Failure | None:
        """What kind of answer API Gateway gave by itself."""
        return self.refusal.failure if self.refusal is not None else None
