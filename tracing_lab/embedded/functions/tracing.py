"""Decides on the trace of a request: whether it is recorded, and the handler's parent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tracing_lab.embedded.model import FunctionSpec, Invocation
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_ids import new_entity_id, new_trace_id
from tracing_lab.xray_model.trace_links import Producer, decision_of, linked_producers

from .settings import SegmentLayout


@dataclass(frozen=True)
class RequestTrace:
    """The trace decision of one request, the same for all of its attempts.

    Parameters
    ----------
    upstream
        The received header, completed with a trace id and a decision.
    active
        Whether the function has active tracing, so that the handler's parent is Lambda's.
    service_id
        Id of the ``AWS::Lambda`` segment.
    dwell_id
        Id of its ``Dwell Time`` subsegment, if the request is an event.
    producers
        What has sent the messages of a queue, and is linked.
    """

    upstream: TraceHeader
    active: bool
    service_id: str = field(default_factory=new_entity_id)
    dwell_id: str = field(default_factory=new_entity_id)
    producers: tuple[Producer, ...] = ()

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
    """Return the trace decision for a request.

    An upstream decision is kept, and so is that of linked traces. Without one, ``sample`` decides
    for an Active function; PassThrough forwards the header and is "not sampled". Source:
    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html

    Parameters
    ----------
    invocation
        The request.
    sample
        Lambda's own decision for an Active function.
    """
    function = invocation.function
    active = function.tracing_mode == "Active"
    header = invocation.trace_header
    if header is None and active and invocation.producers:
        header = TraceHeader(new_trace_id(), sampled=decision_of(invocation.producers))
    if header is None:
        parent = None if active else new_entity_id()  # the SDK ignores a header without a parent
        header = TraceHeader(new_trace_id(), parent=parent)
    if header.sampled is None:
        header = header._replace(sampled=active and sample(function))
    trace = RequestTrace(header, active=active)
    return replace(
        trace, producers=linked_producers(invocation.producers) if trace.recorded else ()
    )


def attempt_trace(request: RequestTrace, *, layout: SegmentLayout) -> AttemptTrace:
    """Return new ids for a run; in the flat layout the handler's parent is the segment itself."""
    segment_id = new_entity_id()
    own = layout is SegmentLayout.INVOCATION
    return AttemptTrace(request, segment_id, new_entity_id() if own else segment_id)
