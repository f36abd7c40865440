"""Plain data that the parts of the embedded AWS hand to each other.

`control` makes the ``*Spec`` objects from what was provisioned; the data planes only read them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from .protocol.trace_header import TraceHeader

MAX_INVOKE_BYTES = 6 * 1024**2
"""Longest payload of a synchronous invocation.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

MAX_UNZIPPED_BYTES = 250 * 1024**2
"""Most that a function's code and layers may have when unpacked. Source: as above."""

Document = dict[str, Any]
"""A segment document as JSON-able data."""


@dataclass(frozen=True)
class LogSettings:
    """How a function's log is written; levels count in JSON only."""

    json: bool = False
    application_level: str = "INFO"  # of what the function logs
    system_level: str = "INFO"  # of what Lambda logs: DEBUG, INFO or WARN


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function as it stands at the moment of an invocation."""

    name: str
    arn: str
    runtime: str
    handler: str
    timeout_s: float
    memory_mb: int
    tracing_mode: str  # "Active" or "PassThrough"
    role_arn: str
    log_group: str
    code_sha256: str
    code_zip: bytes = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    version: str = "$LATEST"
    qualifier: str | None = None  # version or alias that it was asked for by
    layer_zips: tuple[bytes, ...] = field(default=(), repr=False)
    reserved_concurrency: int | None = None
    max_retries: int = 2
    max_event_age_s: float = 21600.0
    on_success_arn: str | None = None
    on_failure_arn: str | None = None
    dead_letter_arn: str | None = None
    logging: LogSettings = LogSettings()
    ephemeral_mb: int = 512  # what its folder for temporary files holds
    revision: str = ""  # changes whenever an environment made from an older spec must be replaced

    @property
    def invoked_arn(self) -> str:
        """ARN by which it was asked for: with version or alias only if that was named."""
        return self._arn_with(self.qualifier)

    @property
    def qualified_arn(self) -> str:
        """ARN with the version or alias that it was asked for by, or that it is."""
        return self._arn_with(self.qualifier or self.version)

    def _arn_with(self, qualifier: str | None) -> str:
        unqualified = ":".join(self.arn.split(":")[:7])
        return f"{unqualified}:{qualifier}" if qualifier else unqualified


@dataclass(frozen=True)
class TargetSpec:
    """One target of a rule."""

    id: str
    arn: str
    input: str | None = None
    input_path: str | None = None
    input_transformer: Mapping[str, Any] | None = None
    dead_letter_arn: str | None = None
    max_retries: int = 185
    max_event_age_s: float = 86400.0
    message_group_id: str | None = None  # of a FIFO queue


@dataclass(frozen=True)
class RuleSpec:
    """An enabled EventBridge rule with its targets."""

    name: str
    arn: str
    pattern: Mapping[str, Any]
    targets: tuple[TargetSpec, ...]


@dataclass(frozen=True)
class BodyModelSpec:
    """The JSON schema that bodies must fit, as text."""

    schema: str
    referenced: tuple[tuple[str, str], ...] = ()  # (URL, schema) of the models that it needs


@dataclass(frozen=True)
class MethodSpec:
    """One method of a REST API resource."""

    resource_id: str
    resource_path: str  # for example "/orders/{customerId}"
    http_method: str  # "POST", "OPTIONS" or "ANY"
    integration_type: str  # "AWS_PROXY", "MOCK", ...
    function_arn: str | None = None  # of an AWS_PROXY integration that calls Lambda
    authorization: str = "NONE"  # or "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"
    api_key_required: bool = False
    request_templates: Mapping[str, str] = field(default_factory=dict)
    # status code -> {"headers": {...literal values...}, "templates": {content type: template},
    # "pattern": expression for the status in the request template, None for the default}
    mock_responses: Mapping[str, Any] = field(default_factory=dict)
    required_parameters: tuple[str, ...] = ()  # for example "querystring.page", if validated
    # content type, or "$default", -> model, if validated
    body_models: Mapping[str, BodyModelSpec] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Path and verb, as limits and settings name a method: ``/orders/{customerId}/POST``."""
        return f"{self.resource_path.rstrip('/')}/{self.http_method}"


@dataclass(frozen=True)
class ThrottleSpec:
    """How many requests may come: a token bucket."""

    rate_per_s: float
    burst: int


@dataclass(frozen=True)
class MethodSettings:
    """What a stage sets for its methods."""

    metrics: bool = False
    throttle: ThrottleSpec | None = None


@dataclass(frozen=True)
class QuotaSpec:
    """How many requests may come in a period."""

    limit: int
    period: str  # "DAY", "WEEK" or "MONTH"
    offset: int = 0  # requests fewer in the first period


@dataclass(frozen=True)
class UsagePlanSpec:
    """Who may call a stage, and how often; limits are per API key."""

    id: str
    key_ids: Mapping[str, str] = field(repr=False)  # value of an enabled key -> its id
    throttle: ThrottleSpec | None = None
    method_throttles: Mapping[str, ThrottleSpec] = field(default_factory=dict)  # "/path/POST"
    quota: QuotaSpec | None = None


@dataclass(frozen=True)
class GatewayResponseSpec:
    """How an API words an answer that no integration gave."""

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

    def settings_of(self, method: MethodSpec) -> MethodSettings:
        """Give the settings of a method, or those of the stage."""
        own = self.method_settings.get(method.name)
        return own or self.method_settings.get("*/*") or MethodSettings()


class Invocation(NamedTuple):
    """A request to run a function."""

    function: FunctionSpec
    payload: bytes
    trace_header: TraceHeader | None = None
    client_context: str | None = None


@dataclass(frozen=True)
class InvokeResult:
    """What a synchronous invocation gave."""

    request_id: str
    payload: bytes
    status_code: int = 200
    function_error: str | None = None  # None, "Unhandled"
    log_tail: bytes = b""  # last 4 KB of the log of this invocation


class Throttled(Exception):  # noqa: N818 - named as the AWS condition
    """The function has no free concurrency (HTTP 429 TooManyRequestsException).

    Parameters
    ----------
    message
        What is used up.
    reason
        As Lambda names it.
        Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """

    def __init__(
        self, message: str = "", *, reason: str = "ConcurrentInvocationLimitExceeded"
    ) -> None:
        super().__init__(message)
        self.reason = reason


class FunctionAttempt(NamedTuple):
    """One run of a function that has ended, or that was throttled before it began."""

    function: FunctionSpec
    throttled: bool = False
    failed: bool = False
    duration_ms: float = 0.0
    concurrent: int = 0  # runs of the function at that time, this one included


ObserveFunction = Callable[[FunctionAttempt], None]
"""Take note of a run; returns at once."""

EmitSegment = Callable[[Document], None]
"""Hand a finished or in-progress segment document to X-Ray; returns at once."""

WriteLogs = Callable[[str, str, list[tuple[int, str]]], None]
"""Append ``(epoch milliseconds, message)`` events to a log group and stream; returns at once.

Group and stream are made when missing, as Lambda does for its own.
"""


@dataclass(frozen=True)
class QueueMessage:
    """A message that a service sends to an SQS queue or an SNS topic."""

    queue_arn: str
    body: str
    attributes: Mapping[str, str | int] = field(default_factory=dict)  # integers become Number
    trace_header: TraceHeader | None = None  # becomes the system attribute AWSTraceHeader
    group_id: str | None = None
    principal: str | None = None  # the service that the queue's policy must allow; None: a role's
    source_arn: str = ""
    subject: str | None = None  # of a topic


SendMessage = Callable[[QueueMessage], Awaitable[None]]
"""Send a message to a queue or topic.

Raises KeyError when there is no such one, PermissionError when its policy forbids it, ValueError
when SQS or SNS refuses the message.
"""


@dataclass(frozen=True)
class ServiceCall:
    """An asynchronous invocation by a service, which the function's policy must allow."""

    function_arn: str
    payload: bytes
    principal: str  # for example "sns.amazonaws.com"
    source_arn: str
    trace_header: TraceHeader | None = None


InvokeFunction = Callable[[Invocation], Awaitable[InvokeResult]]
"""Run a function and wait for its answer (``InvocationType=RequestResponse``)."""

AcceptEvent = Callable[[Invocation], Awaitable[str]]
"""Queue an event for a function (``InvocationType=Event``); gives the request id on acceptance."""


class Catalog(Protocol):
    """Look things up in the control plane. Raises KeyError for what does not exist."""

    account_id: str
    region: str

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        """Give a function by name or ARN."""

    def has_bus(self, name_or_arn: str) -> bool:
        """Tell whether an event bus exists."""

    def rules(self, bus_name_or_arn: str) -> tuple[RuleSpec, ...]:
        """Give the enabled rules of a bus that have an event pattern."""

    def stage(self, api_id: str, stage_name: str) -> StageSpec:
        """Give a deployed stage of a REST API."""

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        """Tell whether the function's resource policy lets a service call it."""
