"""What services send to queues and functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracing_lab.xray_model.trace_header import TraceHeader


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


@dataclass(frozen=True)
class ServiceCall:
    """An asynchronous invocation by a service, which the function's policy must allow."""

    function_arn: str
    payload: bytes
    principal: str  # for example "sns.amazonaws.com"
    source_arn: str
    trace_header: TraceHeader | None = None
