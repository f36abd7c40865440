"""Spans of functions' handlers beside Lambda's own segments."""

from typing import Any

from otel_spans import START_NS, TRACE_ID, invocation

from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.otlp.segments import segments_as_aws_makes_them

START_S = START_NS / 1e9
TRACE = f"1-{TRACE_ID[:8]}-{TRACE_ID[8:]}"


def function_segment(name: str = "orders") -> dict[str, Any]:
    part = {"id": "53995c3f42cd8ad8", "name": "Invocation"}
    times = {"start_time": START_S - 0.1, "end_time": START_S + 0.6}
    return {
        "id": "224acacf31b69901",
        "name": name,
        "trace_id": TRACE,
        "origin": "AWS::Lambda::Function",
        **times,
        "subsegments": [{**part, **times}],
    }


def test_a_handlers_span_is_a_part_of_the_functions_own_segment() -> None:
    trace = process(TRACE, [function_segment(), *segments_as_aws_makes_them(invocation())])
    segment, inferred = trace.segments
    (run,) = segment["subsegments"]
    (handler,) = run["subsegments"]
    (step,) = handler["subsegments"]
    assert (handler["name"], step["name"]) == ("orders", "process_order")
    assert "origin" not in handler
    assert inferred["origin"] == "AWS::Events"


def test_where_lambda_sends_none_it_stays_a_segment() -> None:
    trace = process(TRACE, segments_as_aws_makes_them(invocation()))
    assert [(segment["name"], segment["origin"]) for segment in trace.segments] == [
        ("orders", "AWS::Lambda::Function"),
        ("Events", "AWS::Events"),
    ]


def test_below_another_function_it_stays_a_segment() -> None:
    others = function_segment("stock")
    trace = process(TRACE, [others, *segments_as_aws_makes_them(invocation())])
    names = [segment["name"] for segment in trace.segments]
    assert sorted(names) == ["Events", "orders", "stock"]
