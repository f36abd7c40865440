"""What is provisioned of HTTP APIs and function URLs, as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tracing_lab.embedded.apigateway.integrations.function_calls import FunctionCatalog
from tracing_lab.embedded.model import ThrottleSpec

DEFAULT_STAGE = "$default"
DEFAULT_ROUTE = "$default"


@dataclass(frozen=True)
class CorsSpec:
    """The CORS configuration of an API or function URL."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None
    allow_credentials: bool = False


@dataclass(frozen=True)
class HttpIntegrationSpec:
    """An integration of an HTTP API, with Lambda or, if it has a subtype, another service."""

    function_arn: str  # may contain ${stageVariables.name}
    payload_format: str = "2.0"
    timeout_s: float = 30.0
    credentials_arn: str | None = None  # role that calls the function, in place of its policy
    subtype: str = ""  # "SQS-SendMessage", for example
    parameters: Mapping[str, str] = field(default_factory=dict)  # of a call of another service


@dataclass(frozen=True)
class HttpAuthorizerSpec:
    """A Lambda authorizer of an HTTP API."""

    id: str
    function_arn: str
    payload_format: str = "2.0"
    simple: bool = False  # whether it responds with isAuthorized, not with a policy
    identity_sources: tuple[str, ...] = ()
    ttl_s: float = 0.0
    credentials_arn: str | None = None
    timeout_s: float = 10.0  # API Gateway's


@dataclass(frozen=True)
class RouteSpec:
    """A route of an HTTP API."""

    key: str  # "GET /orders/{id}", "ANY /{proxy+}" or "$default"
    integration: HttpIntegrationSpec | None = None
    authorization: str = "NONE"  # or "AWS_IAM", "CUSTOM"
    authorizer: HttpAuthorizerSpec | None = None


@dataclass(frozen=True)
class RouteSettings:
    """The settings of a stage for its routes."""

    throttle: ThrottleSpec | None = None
    metrics: bool = False


@dataclass(frozen=True)
class HttpStageSpec:
    """A stage of an HTTP API as deployed."""

    name: str
    deployment_id: str | None = None
    routes: tuple[RouteSpec, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    access_log_group: str | None = None
    access_log_format: str | None = None
    default_settings: RouteSettings = RouteSettings()
    route_settings: Mapping[str, RouteSettings] = field(default_factory=dict)  # by route key

    def settings_of(self, route: RouteSpec) -> RouteSettings:
        """Return the settings of a route, or those of the stage."""
        return self.route_settings.get(route.key, self.default_settings)


@dataclass(frozen=True)
class HttpApiSpec:
    """An HTTP API."""

    id: str
    name: str
    stages: Mapping[str, HttpStageSpec] = field(default_factory=dict)
    cors: CorsSpec | None = None
    disabled: bool = False  # its execute-api endpoint


@dataclass(frozen=True)
class FunctionUrlSpec:
    """The URL of a function, or of one of its aliases."""

    id: str
    function_arn: str  # with the alias
    auth_type: str = "NONE"  # or "AWS_IAM"
    cors: CorsSpec | None = None


class HttpCatalog(FunctionCatalog, Protocol):
    """Reads resources of the control plane. Raises KeyError for those that do not exist."""

    account_id: str
    region: str

    def http_api(self, api_id: str) -> HttpApiSpec:
        """Return an HTTP API."""

    def function_url(self, url_id: str) -> FunctionUrlSpec:
        """Return a function URL by its id."""

    def function_policy(self, function_arn: str) -> Mapping[str, Any]:
        """Return the resource policy of a function, version or alias."""
