"""The trace of one request: is it recorded, who is its parent, what does the handler see."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from tracing_lab.embedded.model import FunctionSpec, Invocation
from tracing_lab.embedded.protocol.trace_header import (
    TraceHeader,
    new_entity_id,
    new_trace_id,
)

from .settings import SegmentLayout


@dataclass(frozen=True)
class RequestTrace:
    """The trace decision of one request, the same for all of its attempts.

    Parameters
    ----------
    upstream
        Header as it arrived at Lambda, completed with a trace id and a decision.
    active
        The function has active tracing, so its handler gets a parent made by Lambda.
    service_id
        Id of the ``AWS::Lambda`` segment.
    dwell_id
        Id of its ``Dwell Time`` subsegment, when the request is an event.
    """

    upstream: TraceHeader
    active: bool
    service_id: str = field(default_factory=new_entity_id)
    dwell_id: str = field(default_factory=new_entity_id)

    @property
    def recorded(self) -> bool:
        """Whether Lambda sends segments: never for PassThrough, even when sampled."""
        return self.active and bool(self.upstream.sampled)


class AttemptTrace(NamedTuple):
    """Ids of one run of the function within a request."""

    request: RequestTrace
    segment_id: str
    invocation_id: str

    @property
    def handler_header(self) -> TraceHeader:
        """The ``_X_AMZN_TRACE_ID`` of this run."""
        if not self.request.active:
            return self.request.upstream
        return self.request.upstream.with_parent(self.invocation_id)


def request_trace(
    invocation: Invocation, *, sample: Callable[[FunctionSpec], bool]
) -> RequestTrace:
    """Decide about a request when it arrives.

    An upstream decision is obeyed. Without one, an Active function asks ``sample``; PassThrough
    forwards the header and is "not sampled".
    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html

    Parameters
    ----------
    invocation
        What arrived.
    sample
        Lambda's own decision for an Active function.
    """
    function = invocation.function
    active = function.tracing_mode == "Active"
    header = invocation.trace_header
    if header is None:
        parent = None if active else new_entity_id()  # the SDK ignores a header without a parent
        header = TraceHeader(new_trace_id(), parent=parent)
    if header.sampled is None:
        header = header._replace(sampled=active and sample(function))
    return RequestTrace(header, active=active)


def attempt_trace(request: RequestTrace, *, layout: SegmentLayout) -> AttemptTrace:
    """Make the ids of one run; in the flat layout the handler hangs off the segment itself."""
    segment_id = new_entity_id()
    own = layout is SegmentLayout.INVOCATION
    return AttemptTrace(request, segment_id, new_entity_id() if own else segment_id)
