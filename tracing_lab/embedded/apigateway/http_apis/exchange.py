"""One request to an HTTP API and how it ended, as the parts of the data plane exchange them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

from tracing_lab.arns import Arn
from tracing_lab.embedded.apigateway.admission.authorization import condition_values
from tracing_lab.embedded.apigateway.calls import BackendCall
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.iam.policy import AuthorizationRequest
from tracing_lab.xray_model.trace_header import TraceHeader

from .routing import RouteMatch
from .specs import DEFAULT_ROUTE, DEFAULT_STAGE, HttpApiSpec, HttpStageSpec


class HttpProblem(NamedTuple):
    """A response of API Gateway itself: status and message."""

    status: int
    message: str


INVOKE = "execute-api:Invoke"
"""The action that policies of callers allow or deny."""

NOT_FOUND = HttpProblem(404, "Not Found")
UNAUTHORIZED = HttpProblem(401, "Unauthorized")
FORBIDDEN = HttpProblem(403, "Forbidden")
TOO_LARGE = HttpProblem(413, "Request Entity Too Large")
THROTTLED = HttpProblem(429, "Too Many Requests")
INTERNAL = HttpProblem(500, "Internal Server Error")
UNAVAILABLE = HttpProblem(503, "Service Unavailable")


class HttpProblemError(Exception):
    """A request that API Gateway itself responds to.

    Parameters
    ----------
    problem
        The response.
    detail
        Why, for the access log.
    status
        The status of Lambda's response, if a function was called.
    """

    def __init__(
        self, problem: HttpProblem, detail: str = "", *, status: int | None = None
    ) -> None:
        super().__init__(detail or problem.message)
        self.problem = problem
        self.status = status


@dataclass(frozen=True)
class HttpExchange:
    """A request to a stage of an HTTP API.

    Parameters
    ----------
    request
        What the client sent.
    api, stage
        The API, and its stage as deployed.
    path
        The path in the stage, percent-encoded.
    route
        The route; None if the stage has none for the method and path.
    account_id, region
        The API's.
    request_id
        Value of ``apigw-requestid`` in the response.
    trace
        The client's trace header, or a new one without a decision.
    trace_text
        The header as text.
    started_s
        When it arrived, in epoch seconds.
    authorizer
        The authorized caller: the context that its authorizer returned, or the signer.
    """

    request: HttpRequest
    api: HttpApiSpec
    stage: HttpStageSpec
    path: str
    route: RouteMatch | None
    account_id: str
    region: str
    request_id: str
    trace: TraceHeader
    trace_text: str
    started_s: float
    authorizer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def route_key(self) -> str | None:
        """The key of the route."""
        return self.route.spec.key if self.route is not None else None

    @property
    def shown_path(self) -> str:
        """The path of events: decoded, up to a question mark, and with the stage if it is named.

        Source: https://github.com/hotsock/voker/pull/8
        """
        path = unquote(self.path).partition("?")[0]
        return path if self.stage.name == DEFAULT_STAGE else f"/{self.stage.name}{path}"

    @property
    def route_arn(self) -> str:
        """The ARN of the request, by which policies of callers allow it."""
        method, path = self.request.method, unquote(self.path).partition("?")[0]
        return self.arn(f"{self.stage.name}/{method}{path}")

    @property
    def authorization(self) -> AuthorizationRequest:
        """The authorization request, which policies of callers allow or deny."""
        return AuthorizationRequest(INVOKE, self.route_arn, condition_values(self.request))

    @property
    def source_arn(self) -> str:
        """The ARN by which functions' policies allow the call: with the path of the route.

        AWS's own tools write it so: ``api/*/*/orders/{id}``, and ``api/*/*`` for ``$default``.
        """
        key = self.route_key or DEFAULT_ROUTE
        path = key.partition(" ")[2]
        return self.arn(
            f"{self.stage.name}/{self.request.method}{path}"
            if path
            else f"{self.stage.name}/{DEFAULT_ROUTE}"
        )

    def arn(self, place: str) -> str:
        """Return the ARN of a part of the API."""
        return str(Arn("execute-api", self.region, self.account_id, f"{self.api.id}/{place}"))

    @property
    def host(self) -> str:
        """The ``Host`` header."""
        return self.request.header("Host") or ""


@dataclass(frozen=True)
class HttpOutcome:
    """How a request ended."""

    response: HttpResponse
    problem: HttpProblem | None = None
    call: BackendCall | None = None
