"""The documents that Lambda sends, against the documents AWS shows."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.functions.queue_links import producers_links
from tracing_lab.embedded.functions.runtime.outcome import Ending, RunOutcome
from tracing_lab.embedded.functions.segments import (
    MAX_CAUSE_BYTES,
    Attempt,
    FunctionRun,
    Phase,
    fitted_cause,
    function_segment,
    function_started,
    service_segment,
)
from tracing_lab.embedded.functions.settings import SegmentLayout
from tracing_lab.embedded.functions.tracing import AttemptTrace, RequestTrace
from tracing_lab.embedded.model import FunctionSpec
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import Link, Producer, links_in

S = 1_795_435_200_000_000_000
ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
OTHER_ROOT = "1-6b042abf-630340be09e985eb352a72e6"
TRACE = RequestTrace(
    TraceHeader(ROOT, parent="13a449852a482e01", sampled=True),
    active=True,
    service_id="4174aefb49d05401",
    dwell_id="7f27e935214d0d01",
)
RUN_TRACE = AttemptTrace(TRACE, segment_id="224acacf31b69901", invocation_id="6a21bb3cd4e5f601")
ARN = "arn:aws:lambda:us-east-1:111122223333:function:order-fn"


def ms(milliseconds: float) -> int:
    return S + int(milliseconds * 1_000_000)


@pytest.fixture
def order(function: Callable[..., FunctionSpec]) -> FunctionSpec:
    return function(name="order-fn", arn=ARN, log_group="/aws/lambda/order-fn")


def ended(
    start_ns: int, end_ns: int, ending: Ending = Ending.SUCCESS, cause: Any = None
) -> RunOutcome:
    return RunOutcome(ending, b"", start_ns, end_ns, cause=cause)


def segment_of(order: FunctionSpec, run: FunctionRun, layout: str = "invocation") -> dict[str, Any]:
    return function_segment(order, RUN_TRACE, run, layout=SegmentLayout(layout))


def test_the_service_segment_is_that_of_aws(order: FunctionSpec) -> None:
    document = service_segment(
        order, TRACE, request_id="63ea79ab", start_ns=ms(9.9), end_ns=ms(408), status=200
    )
    assert document == {
        "id": "4174aefb49d05401",
        "name": "order-fn",
        "start_time": 1795435200.009,
        "trace_id": ROOT,
        "end_time": 1795435200.408,
        "parent_id": "13a449852a482e01",
        "http": {"response": {"status": 200}},
        "aws": {"request_id": "63ea79ab"},
        "origin": "AWS::Lambda",
        "resource_arn": ARN,
    }


def test_the_function_segment_is_that_of_aws(order: FunctionSpec) -> None:
    run = FunctionRun(
        ended(ms(271.512), ms(401.876)),
        init=Phase(ms(81.004), ms(268.917)),
        overhead_end_ns=ms(405.101),
    )
    document = segment_of(order, run)
    children = {child.pop("name"): child for child in document.pop("subsegments")}
    own_aws = {"aws": {"function_arn": ARN}}
    assert document == {
        "id": "224acacf31b69901",
        "name": "order-fn",
        "start_time": 1795435200.271512,
        "trace_id": ROOT,
        "end_time": 1795435200.405101,
        "parent_id": "4174aefb49d05401",
        "aws": {
            "account_id": "111122223333",
            "function_arn": ARN,
            "cloudwatch_logs": [{"log_group": "/aws/lambda/order-fn"}],
            "resource_names": ["order-fn"],
        },
        "origin": "AWS::Lambda::Function",
    }
    assert list(children) == ["Initialization", "Invocation", "Overhead"]
    assert children["Invocation"] == {
        "id": "6a21bb3cd4e5f601",
        "start_time": 1795435200.271512,
        "end_time": 1795435200.401876,
        **own_aws,
    }
    assert children["Initialization"]["start_time"] == 1795435200.081004
    assert children["Overhead"]["end_time"] == 1795435200.405101


@pytest.mark.parametrize("layout", ["invocation", "flat"])
def test_the_consumer_of_a_queue_is_linked_to_the_producers(
    order: FunctionSpec, layout: str
) -> None:
    sent = Producer(TraceHeader(OTHER_ROOT, "53995c3f42cd8ad8", sampled=True), 1.0)
    trace = RUN_TRACE._replace(request=replace(TRACE, producers=(sent,)))
    run = FunctionRun(ended(ms(10), ms(50)))
    document = function_segment(order, trace, run, layout=SegmentLayout(layout))
    owner = document if layout == "flat" else document["subsegments"][0]
    reserved = {"aws.xray.reserved.reference_type": "parent"}
    assert owner["links"] == [
        {"trace_id": OTHER_ROOT, "id": "53995c3f42cd8ad8", "attributes": reserved}
    ]
    (link,) = producers_links(order, trace.request, received_ns=ms(9.9))
    assert (link["trace_id"], link["parent_id"]) == (OTHER_ROOT, "53995c3f42cd8ad8")
    (child,) = links_in(link)
    assert child == Link(
        ROOT, "4174aefb49d05401", "child", "order-fn", "AWS::Lambda", 1795435200.009
    )


def test_a_failure_flags_segment_and_invocation_only(order: FunctionSpec) -> None:
    cause = {"paths": ["/var/task/app.py"], "exceptions": [{"type": "KeyError", "message": "sku"}]}
    run = FunctionRun(ended(ms(10), ms(50), Ending.ERROR, cause), overhead_end_ns=ms(55))
    document = segment_of(order, run)
    flagged = {child["name"] for child in document["subsegments"] if child.get("error")}
    assert (document["error"], flagged) == (True, {"Invocation"})
    assert document["cause"]["exceptions"][0]["type"] == "KeyError"
    assert len(document["cause"]["exceptions"][0]["id"]) == 16


def test_without_a_further_next_there_is_no_overhead(order: FunctionSpec) -> None:
    document = segment_of(order, FunctionRun(ended(ms(10), ms(50), Ending.ERROR)))
    assert [child["name"] for child in document["subsegments"]] == ["Invocation"]
    assert document["end_time"] == 1795435200.05


def test_the_flat_layout_has_timings_instead_of_an_invocation(order: FunctionSpec) -> None:
    run = FunctionRun(ended(ms(10), ms(50)), Phase(ms(1), ms(9)), ms(52))
    document = segment_of(order, run, "flat")
    assert [child["name"] for child in document["subsegments"]] == ["Init", "Overhead"]
    assert document["annotations"]["aws:responseLatency"] == 40.0
    assert document["annotations"]["aws:runtimeOverhead"] == 2.0


def test_the_in_progress_document_has_the_identity_of_the_complete_one(
    order: FunctionSpec,
) -> None:
    early = function_started(order, RUN_TRACE, start_ns=ms(10))
    late = segment_of(order, FunctionRun(ended(ms(10), ms(50))))
    assert early.pop("in_progress") is True
    assert "end_time" not in early
    assert early.items() <= late.items()


def test_an_event_has_dwell_time_and_attempts_beyond_its_end(order: FunctionSpec) -> None:
    attempts = [Attempt(Phase(ms(447), ms(953)), failed=True, id="695ea167ab53c201")]
    document = service_segment(
        order,
        TRACE,
        request_id="1a61",
        start_ns=ms(402),
        end_ns=ms(419),
        status=202,
        attempts=attempts,
    )
    dwell, attempt = document["subsegments"]
    assert dwell == {
        "id": "7f27e935214d0d01",
        "name": "Dwell Time",
        "start_time": 1795435200.402,
        "end_time": 1795435200.447,
    }
    assert attempt == {
        "id": "695ea167ab53c201",
        "name": "Attempt #1",
        "start_time": 1795435200.447,
        "end_time": 1795435200.953,
        "http": {"response": {"status": 200}},
        "error": True,
    }
    assert (document["end_time"], "error" in document) == (1795435200.419, False)


def test_a_throttle_is_an_error_too(order: FunctionSpec) -> None:
    document = service_segment(
        order, TRACE, request_id="r", start_ns=ms(1), end_ns=ms(2), status=429, failed=True
    )
    assert (document["error"], document["throttle"]) == (True, True)


def test_an_entry_point_has_no_parent(order: FunctionSpec) -> None:
    trace = RequestTrace(TraceHeader(ROOT, sampled=True), active=True)
    document = service_segment(
        order, trace, request_id="r", start_ns=ms(1), end_ns=None, status=202
    )
    assert "parent_id" not in document
    assert document["in_progress"] is True


@given(frames=st.integers(0, 3000), message=st.text(max_size=5000))
def test_a_cause_always_fits_into_a_document(frames: int, message: str) -> None:
    stack = [{"label": "f" * 40, "path": "/var/task/" + "p" * 200, "line": 1}] * frames
    exception = {"message": message, "type": "RecursionError", "stack": stack}
    cause = fitted_cause({"paths": ["p" * 200] * frames, "exceptions": [exception]})
    assert cause is not None
    assert len(json.dumps(cause)) <= MAX_CAUSE_BYTES
    kept = cause["exceptions"][0]
    assert len(kept["stack"]) + kept.get("truncated", 0) == frames
