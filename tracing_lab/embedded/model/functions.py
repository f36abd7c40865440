"""Functions and their invocations."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tracing_lab.arns import parse_function_arn
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import Producer


@dataclass(frozen=True)
class LogSettings:
    """How a function's log is written; levels count in JSON only."""

    json: bool = False
    application_level: str = "INFO"  # of what the function logs
    system_level: str = "INFO"  # of what Lambda logs: DEBUG, INFO or WARN


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function at the time of an invocation."""

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
    qualifier: str | None = None  # version or alias of the request
    layer_zips: tuple[bytes, ...] = field(default=(), repr=False)
    reserved_concurrency: int | None = None
    max_retries: int = 2
    max_event_age_s: float = 21600.0
    on_success_arn: str | None = None
    on_failure_arn: str | None = None
    dead_letter_arn: str | None = None
    logging: LogSettings = LogSettings()
    ephemeral_mb: int = 512  # size of its folder for temporary files
    revision: str = ""  # changes whenever an environment made from an older spec must be replaced

    @property
    def invoked_arn(self) -> str:
        """The ARN of the request: with version or alias only if that was given."""
        return self._arn_with(self.qualifier)

    @property
    def qualified_arn(self) -> str:
        """The ARN with the version or alias of the request, or the function's version."""
        return self._arn_with(self.qualifier or self.version)

    def _arn_with(self, qualifier: str | None) -> str:
        unqualified = parse_function_arn(self.arn).arn
        return f"{unqualified}:{qualifier}" if qualifier else unqualified


class Invocation(NamedTuple):
    """A request to run a function."""

    function: FunctionSpec
    payload: bytes
    trace_header: TraceHeader | None = None
    client_context: str | None = None
    producers: tuple[Producer, ...] = ()  # of the messages of a queue, which have own traces


class InvokeResult(NamedTuple):
    """How a run of a function ended."""

    request_id: str
    payload: bytes
    function_error: str | None = None  # None, "Unhandled"
    log_tail: bytes = b""  # last 4 KB of the log of this invocation
    begun_ns: int = 0  # when an environment began, cold start included, in epoch nanoseconds
    duration_ms: float = 0.0  # what the handler took

    @property
    def failed(self) -> bool:
        """Whether the function failed."""
        return self.function_error is not None


class Throttled(Exception):  # noqa: N818 - named as the AWS condition
    """The function has no free concurrency (HTTP 429 TooManyRequestsException).

    Parameters
    ----------
    message
        Which limit is reached.
    reason
        Lambda's name of the reason.
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
