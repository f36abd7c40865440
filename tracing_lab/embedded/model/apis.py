"""REST APIs as their stages serve them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class BodyModelSpec:
    """The JSON schema of bodies, as text."""

    schema: str
    referenced: tuple[tuple[str, str], ...] = ()  # (URL, schema) of the models that it needs


@dataclass(frozen=True)
class IntegrationResponseSpec:
    """A response of an integration that is no proxy, or of a mock."""

    status: str  # "200"
    pattern: str | None = None  # what selects it; None for the default
    parameters: Mapping[str, str] = field(default_factory=dict)  # method.response.header.X -> value
    templates: Mapping[str, str] = field(default_factory=dict)  # content type -> template


@dataclass(frozen=True)
class IntegrationSpec:
    """The mapping of an integration that is no proxy, or of a mock."""

    uri: str = ""
    request_parameters: Mapping[str, str] = field(default_factory=dict)
    request_templates: Mapping[str, str] = field(default_factory=dict)  # content type -> template
    passthrough: str = "WHEN_NO_MATCH"  # or "WHEN_NO_TEMPLATES", "NEVER"
    responses: tuple[IntegrationResponseSpec, ...] = ()


@dataclass(frozen=True)
class AuthorizerSpec:
    """A Lambda authorizer of a REST API."""

    id: str
    kind: str  # "TOKEN" or "REQUEST"
    function_arn: str
    credentials_arn: str | None = None  # role that calls the function, in place of its policy
    identity_sources: tuple[str, ...] = ()  # for example "method.request.header.Authorization"
    validation: str | None = None  # expression that a token has to match
    ttl_s: int = 300  # of cached results; 0: none are cached


@dataclass(frozen=True)
class MethodSpec:
    """One method of a REST API resource."""

    resource_id: str
    resource_path: str  # for example "/orders/{customerId}"
    http_method: str  # "POST", "OPTIONS" or "ANY"
    integration_type: str  # "AWS_PROXY", "MOCK", ...
    function_arn: str | None = None  # of an AWS_PROXY integration that calls Lambda
    integration_method: str = "POST"  # with which the function would be called
    timeout_s: float | None = None  # of the integration; None: API Gateway's default
    credentials_arn: str | None = None  # role that calls the function, in place of its policy
    authorization: str = "NONE"  # or "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"
    authorizer: AuthorizerSpec | None = None  # of "CUSTOM"
    api_key_required: bool = False
    integration: IntegrationSpec = IntegrationSpec()  # of a mock or no proxy
    required_parameters: tuple[str, ...] = ()  # for example "querystring.page", if validated
    # content type, or "$default", -> model, if validated
    body_models: Mapping[str, BodyModelSpec] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Path and verb, the name in limits and settings: ``/orders/{customerId}/POST``."""
        return f"{self.resource_path.rstrip('/')}/{self.http_method}"


@dataclass(frozen=True)
class ThrottleSpec:
    """Rate and burst of requests: a token bucket."""

    rate_per_s: float
    burst: int


@dataclass(frozen=True)
class MethodSettings:
    """The settings of a stage's methods."""

    metrics: bool = False
    throttle: ThrottleSpec | None = None


@dataclass(frozen=True)
class QuotaSpec:
    """The number of requests allowed in a period."""

    limit: int
    period: str  # "DAY", "WEEK" or "MONTH"
    offset: int = 0  # requests fewer in the first period


@dataclass(frozen=True)
class UsagePlanSpec:
    """The API keys of a stage and their limits."""

    id: str
    key_ids: Mapping[str, str] = field(repr=False)  # value of an enabled key -> its id
    throttle: ThrottleSpec | None = None
    method_throttles: Mapping[str, ThrottleSpec] = field(default_factory=dict)  # "/path/POST"
    quota: QuotaSpec | None = None


@dataclass(frozen=True)
class GatewayResponseSpec:
    """An API's response where no integration responds."""

    type: str  # "THROTTLED", "DEFAULT_4XX", ...
    status: int | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)  # gatewayresponse.header.X -> value
    templates: Mapping[str, str] = field(default_factory=dict)  # content type -> template


@dataclass(frozen=True)
class StageSpec:
    """A deployed stage of a REST API: everything that one request needs."""

    api_id: str
    api_name: str
    stage_name: str
    tracing: bool
    methods: tuple[MethodSpec, ...]
    deployment_id: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    access_log_group: str | None = None
    access_log_format: str | None = None
    # "/orders/{customerId}/POST", or "*/*" for all methods without settings of their own
    method_settings: Mapping[str, MethodSettings] = field(default_factory=dict)
    gateway_responses: tuple[GatewayResponseSpec, ...] = ()
    binary_media_types: tuple[str, ...] = ()
    usage_plans: tuple[UsagePlanSpec, ...] = ()
    policy: Mapping[str, Any] | None = None  # statements about everybody; None: no policy
    api_key_source: str = "HEADER"  # or "AUTHORIZER"

    def settings_of(self, method: MethodSpec) -> MethodSettings:
        """Return the settings of a method, or those of the stage."""
        own = self.method_settings.get(method.name)
        return own or self.method_settings.get("*/*") or MethodSettings()
