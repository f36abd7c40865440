"""Who decides about a trace, and what the handler sees of it."""

from collections.abc import Callable

import pytest

from tracing_lab.embedded.functions.settings import SegmentLayout
from tracing_lab.embedded.functions.tracing import (
    AttemptTrace,
    attempt_trace,
    request_trace,
)
from tracing_lab.embedded.model import FunctionSpec, Invocation
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import Producer

ROOT = "Root=1-6b042ac0-5d09aa705e56bbd015254801"
PARENT = "13a449852a482e01"
Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]


def traced(
    function: Make, invocation: Invoke, mode: str, header: str | None, *, sample: bool = True
) -> AttemptTrace:
    call = invocation(function(tracing_mode=mode), b"{}", header)
    request = request_trace(call, sample=lambda _: sample)
    return attempt_trace(request, layout=SegmentLayout.INVOCATION)


@pytest.mark.parametrize(
    "mode, header, sample, recorded",
    [
        ("Active", f"{ROOT};Parent={PARENT};Sampled=1", False, True),
        ("Active", f"{ROOT};Parent={PARENT};Sampled=0", True, False),
        ("Active", f"{ROOT};Parent={PARENT}", True, True),
        ("Active", f"{ROOT};Parent={PARENT}", False, False),
        ("Active", None, True, True),
        ("Active", None, False, False),
        ("PassThrough", f"{ROOT};Parent={PARENT};Sampled=1", True, False),
        ("PassThrough", None, True, False),
    ],
)
def test_segments_are_sent_when_active_and_sampled(
    function: Make,
    invocation: Invoke,
    mode: str,
    header: str | None,
    *,
    sample: bool,
    recorded: bool,
) -> None:
    trace = traced(function, invocation, mode, header, sample=sample)
    assert trace.request.recorded is recorded


@pytest.mark.parametrize(
    "mode, sampled, sample, recorded",
    [
        ("Active", "1", False, True),
        ("Active", "0", True, False),
        ("Active", "?", True, True),
        ("PassThrough", "1", True, False),
    ],
)
def test_messages_of_a_queue_decide_about_a_trace_of_its_own(
    function: Make, invocation: Invoke, mode: str, sampled: str, *, sample: bool, recorded: bool
) -> None:
    header = TraceHeader.parse(f"{ROOT};Parent={PARENT};Sampled={sampled}")
    assert header is not None
    sent = (Producer(header, 1.0),)
    call = invocation(function(tracing_mode=mode), b"{}", None, producers=sent)
    request = request_trace(call, sample=lambda _: sample)
    assert request.upstream.root != header.root
    assert request.recorded is recorded
    assert request.producers == (sent if recorded and sampled == "1" else ())


def test_an_active_function_gets_its_invocation_as_parent(
    function: Make, invocation: Invoke
) -> None:
    header = f"{ROOT};Parent={PARENT};Sampled=1;Lineage=1:a87bd80c:0"
    trace = traced(function, invocation, "Active", header)
    expected = f"{ROOT};Parent={trace.invocation_id};Sampled=1;Lineage=1:a87bd80c:0"
    assert trace.handler_header.format() == expected
    assert trace.request.upstream.parent == PARENT


def test_pass_through_forwards_the_header_verbatim(function: Make, invocation: Invoke) -> None:
    header = f"{ROOT};Parent={PARENT};Sampled=1;Lineage=1:a87bd80c:0"
    trace = traced(function, invocation, "PassThrough", header)
    assert trace.handler_header.format() == header


def test_pass_through_without_a_header_gets_one_that_is_not_sampled(
    function: Make, invocation: Invoke
) -> None:
    header = traced(function, invocation, "PassThrough", None).handler_header
    assert header.sampled is False
    assert header.parent is not None


def test_in_the_flat_layout_the_segment_itself_is_the_parent(
    function: Make, invocation: Invoke
) -> None:
    request = request_trace(invocation(function()), sample=lambda _: True)
    trace = attempt_trace(request, layout=SegmentLayout.FLAT)
    assert trace.handler_header.parent == trace.segment_id
