"""Builds the two segments of Lambda for a sampled request. Pure.

``AWS::Lambda`` (the service: accepting, placing, responding; millisecond times) and
``AWS::Lambda::Function`` (the environment: init, handler, overhead; microsecond times).
Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html and, for the asynchronous
children, the older https://docs.aws.amazon.com/lambda/latest/dg/using-x-ray.html.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.model import Document, FunctionSpec
from tracing_lab.xray_model import lambda_segments as names
from tracing_lab.xray_model.outcomes import flags_of_http_status
from tracing_lab.xray_model.trace_ids import new_entity_id

from .queue_links import consumer_links
from .runtime.outcome import Ending, RunOutcome
from .segment_times import seconds_ms, seconds_us
from .settings import SegmentLayout
from .tracing import AttemptTrace, RequestTrace

MAX_CAUSE_BYTES = 32 * 1024
"""Limit of a cause, so that the document stays below X-Ray's 64 KB."""

_CAUSE_KEYS = ("working_directory", "paths", "exceptions", "message")
_FULL_STACK = 50
_SHORT_STACK = 5
_MESSAGE_CHARS = 2000


class Phase(NamedTuple):
    """A time interval, in epoch nanoseconds."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True)
class Attempt:
    """One attempt of an asynchronous event.

    Parameters
    ----------
    phase
        From its start to its response.
    failed
        Whether it ended with a function error.
    id
        Id of the subsegment, the same each time the segment is sent.
    """

    phase: Phase
    failed: bool
    id: str = field(default_factory=new_entity_id)


class FunctionRun(NamedTuple):
    """The phases of a run inside of the environment.

    Parameters
    ----------
    outcome
        The outcome; of an init error there was no run.
    init
        The cold start; None in a warm environment.
    overhead_end_ns
        When the runtime polled again; None if it never did.
    """

    outcome: RunOutcome
    init: Phase | None = None
    overhead_end_ns: int | None = None

    @property
    def invocation(self) -> Phase | None:
        """The handler's run."""
        if self.outcome.ending is Ending.INIT_ERROR:
            return None
        return Phase(self.outcome.started_ns, self.outcome.ended_ns)


def service_segment(
    function: FunctionSpec,
    trace: RequestTrace,
    *,
    request_id: str,
    start_ns: int,
    end_ns: int | None,
    status: int,
    failed: bool = False,
    attempts: Sequence[Attempt] = (),
) -> Document:
    """Build the ``AWS::Lambda`` segment.

    Parameters
    ----------
    function
        What was invoked.
    trace
        The request's trace.
    request_id
        Lambda's id of the request.
    start_ns
        Arrival.
    end_ns
        Response to the caller; None while in progress.
    status
        HTTP status of the response: 200 even for a function error, 202 for an accepted event.
    failed
        Whether the response was a function error or a throttle.
    attempts
        Those of an asynchronous event, in order; they may end after the segment.
    """
    document: Document = {
        "id": trace.service_id,
        "name": function.name,
        "start_time": seconds_ms(start_ns),
        "trace_id": trace.upstream.root,
        **_ending(None if end_ns is None else seconds_ms(end_ns)),
    }
    if trace.upstream.parent is not None:
        document["parent_id"] = trace.upstream.parent
    document["http"] = {"response": {"status": status}}
    document["aws"] = {"request_id": request_id}
    document |= {"error": True} if failed else {}
    document |= flags_of_http_status(status)
    document["origin"] = names.SERVICE
    document["resource_arn"] = function.arn
    if attempts:
        document["subsegments"] = _attempt_subsegments(trace, start_ns, attempts)
    return document


def _ending(end_s: float | None) -> dict[str, Any]:
    return {"in_progress": True} if end_s is None else {"end_time": end_s}


def _attempt_subsegments(
    trace: RequestTrace, accepted_ns: int, attempts: Sequence[Attempt]
) -> list[Document]:
    dwell = {
        "id": trace.dwell_id,
        "name": names.DWELL_TIME,
        "start_time": seconds_ms(accepted_ns),
        "end_time": seconds_ms(attempts[0].phase.start_ns),
    }
    return [dwell, *(_attempt(number, attempt) for number, attempt in enumerate(attempts, start=1))]


def _attempt(number: int, attempt: Attempt) -> Document:
    return {
        "id": attempt.id,
        "name": names.attempt_name(number),
        "start_time": seconds_ms(attempt.phase.start_ns),
        "end_time": seconds_ms(attempt.phase.end_ns),
        "http": {"response": {"status": 200}},
        **({"error": True} if attempt.failed else {}),
    }


def function_started(function: FunctionSpec, trace: AttemptTrace, *, start_ns: int) -> Document:
    """Build the in-progress ``AWS::Lambda::Function`` segment, sent when the handler is called."""
    return {**_function_head(function, trace, start_ns), "in_progress": True} | _origin(function)


def with_invocation(started: Document, trace: AttemptTrace) -> Document:
    """Return an in-progress function segment with the parent subsegment of the handler's."""
    if trace.invocation_id == trace.segment_id:  # the flat layout
        return started
    own_aws = {"aws": {"function_arn": started["aws"]["function_arn"]}}
    head = {
        "id": trace.invocation_id,
        "name": names.INVOCATION,
        "start_time": started["start_time"],
    }
    return started | {"subsegments": [{**head, "in_progress": True, **own_aws}]}


def function_segment(
    function: FunctionSpec, trace: AttemptTrace, run: FunctionRun, *, layout: SegmentLayout
) -> Document:
    """Build the complete ``AWS::Lambda::Function`` segment.

    Parameters
    ----------
    function
        What ran.
    trace
        The ids of this run.
    run
        What happened.
    layout
        With an ``Invocation`` subsegment or flat.
    """
    own_aws = {"aws": {"function_arn": function.arn}}
    children = _phases(run, trace, own_aws, layout)
    ends = [child["end_time"] for child in children]
    document = _function_head(function, trace, run.outcome.started_ns)
    document["end_time"] = max([*ends, seconds_us(run.outcome.started_ns)])
    if run.outcome.failed:
        document["error"] = True
        cause = fitted_cause(run.outcome.cause)
        if cause:
            document["cause"] = cause
    if layout is SegmentLayout.FLAT:
        document["annotations"] = _timings(run)
        document |= consumer_links(trace.request)
    document |= _origin(function)
    if children:
        document["subsegments"] = children
    return document


def _function_head(function: FunctionSpec, trace: AttemptTrace, start_ns: int) -> Document:
    return {
        "id": trace.segment_id,
        "name": function.name,
        "start_time": seconds_us(start_ns),
        "trace_id": trace.request.upstream.root,
        "parent_id": trace.request.service_id,
    }


def _origin(function: FunctionSpec) -> Document:
    return {
        "aws": {
            "account_id": parse_arn(function.arn).account_id,
            "function_arn": function.arn,
            "cloudwatch_logs": [{"log_group": function.log_group}],
            "resource_names": [function.name],
        },
        "origin": names.FUNCTION,
    }


def _phases(
    run: FunctionRun, trace: AttemptTrace, own_aws: Document, layout: SegmentLayout
) -> list[Document]:
    flat = layout is SegmentLayout.FLAT
    children, invocation = [], run.invocation
    if run.init:
        name = names.INIT if flat else names.INITIALIZATION
        children.append(_subsegment(new_entity_id(), name, run.init, own_aws))
    if invocation and not flat:
        child = _subsegment(trace.invocation_id, names.INVOCATION, invocation, own_aws)
        failed = {"error": True} if run.outcome.failed else {}
        children.append(child | failed | consumer_links(trace.request))
    if invocation and run.overhead_end_ns is not None:
        phase = Phase(invocation.end_ns, run.overhead_end_ns)
        children.append(_subsegment(new_entity_id(), names.OVERHEAD, phase, own_aws))
    return children


def _subsegment(entity_id: str, name: str, phase: Phase, own_aws: Document) -> Document:
    return {
        "id": entity_id,
        "name": name,
        "start_time": seconds_us(phase.start_ns),
        "end_time": seconds_us(phase.end_ns),
        **own_aws,
    }


def _timings(run: FunctionRun) -> Document:
    """Return the annotations of the flat layout, in milliseconds.

    There are no extensions here and responses are not streamed, so those two are zero.
    """
    invocation = run.invocation
    if invocation is None:
        return {}
    handler_ms = (invocation.end_ns - invocation.start_ns) / 1e6
    overhead_ms = ((run.overhead_end_ns or invocation.end_ns) - invocation.end_ns) / 1e6
    return {
        "aws:responseLatency": round(handler_ms, 3),
        "aws:responseDuration": 0.0,
        "aws:runtimeOverhead": round(overhead_ms, 3),
        "aws:extensionOverhead": 0.0,
    }


def fitted_cause(cause: Mapping[str, Any] | None) -> Document | None:
    """Return a runtime's cause object in the form of segment documents.

    Lambda drops an object that has none of the four known keys and crops a large one; X-Ray
    requires an id on each exception.

    Examples
    --------
    >>> fitted_cause({"paths": [], "x": 1})
    {'paths': []}
    >>> fitted_cause({"x": 1}) is None
    True
    """
    kept = {key: cause[key] for key in _CAUSE_KEYS if key in cause} if cause else {}
    if not kept:
        return None
    full = _cropped(kept, stack_frames=_FULL_STACK)
    if len(json.dumps(full)) <= MAX_CAUSE_BYTES:
        return full
    return _cropped({**kept, "paths": []}, stack_frames=_SHORT_STACK)


def _cropped(cause: Mapping[str, Any], *, stack_frames: int) -> Document:
    document = dict(cause)
    exceptions = document.get("exceptions")
    if isinstance(exceptions, list):
        document["exceptions"] = [
            _exception(exception, stack_frames)
            for exception in exceptions
            if isinstance(exception, Mapping)
        ]
    return document


def _exception(exception: Mapping[str, Any], stack_frames: int) -> Document:
    stack = exception.get("stack") or []
    document = {
        "id": exception.get("id") or new_entity_id(),
        **exception,
        "message": str(exception.get("message", ""))[:_MESSAGE_CHARS],
        "stack": stack[-stack_frames:],
    }
    if len(stack) > stack_frames:
        document["truncated"] = len(stack) - stack_frames
    return document
