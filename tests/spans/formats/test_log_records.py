"""Records of aws/spans, from the log group or a query, as traces."""

import json
from typing import Any

import pytest
from foreign_traces import TRACE_ID, log_record

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.spans import spans_from_traces, traces_from_records

SEGMENTS = {"name": "aws-xray"}
SERVICE = {"attributes": {"service.name": "orders"}}


def part(span_id: str, parent_id: str, **members: Any) -> dict[str, Any]:
    """Return the record of a subsegment of Lambda's, or of what the members say."""
    default = {"scope": SEGMENTS, "resource": SERVICE, "kind": "INTERNAL", "attributes": {}}
    ids = {"spanId": span_id * 16, "parentSpanId": parent_id * 16}
    return log_record(**{**default, **ids, "name": span_id, **members})


def root(**members: Any) -> dict[str, Any]:
    return part("a", "", **{"kind": "SERVER", "name": "orders", "parentSpanId": "", **members})


def services(*records: Any) -> dict[str, tuple[str, str]]:
    """Return service and kind by the name of each span."""
    frame = spans_from_traces(traces_from_records(records))
    pairs = zip(frame["service"], frame["kind"], strict=True)
    return dict(zip(frame["name"], pairs, strict=True))


def test_records_are_objects_or_text_and_count_once() -> None:
    (trace,) = traces_from_records([root(), json.dumps(part("b", "a")), root()])
    assert trace["Id"] == TRACE_ID
    frame = spans_from_traces([trace])
    assert frame["name"].tolist() == ["orders", "b"]


def test_a_subsegment_that_was_sent_by_itself_is_of_its_parents_service() -> None:
    nameless: dict[str, Any] = {"attributes": {}}
    step, inner = part("b", "a", resource=nameless), part("c", "b", resource=nameless)
    found = services(inner, step, root())
    assert found["b"] == found["c"] == ("orders", "subsegment")


def test_without_any_service_above_it_is_of_an_unknown_one() -> None:
    assert services(part("b", "c", resource={})) == {
        "unknown_service": ("unknown_service", "segment")
    }
    loop = [part("b", "c", resource={}), part("c", "b", resource={})]
    (trace,) = traces_from_records(loop)
    assert trace["Id"] == TRACE_ID


def test_a_handlers_span_is_a_part_of_lambdas_segment() -> None:
    handler = {"scope": {"name": "otel"}, "kind": "SERVER", "name": "handler"}
    invocation = part("b", "a", name="Invocation")
    assert services(root(), invocation, part("c", "b", **handler))["handler"] == (
        "orders",
        "subsegment",
    )
    other = {"attributes": {"service.name": "other"}}
    found = services(root(), invocation, part("c", "b", **{**handler, "resource": other}))
    assert found["other"] == ("other", "segment")


def test_the_target_of_a_bus_hangs_off_the_bus() -> None:
    call = part("b", "a", name="Events", kind="CLIENT", attributes={"aws.operation": "PutEvents"})
    target = {"attributes": {"service.name": "payment"}}
    called = part("c", "b", kind="SERVER", name="payment", resource=target)
    frame = spans_from_traces(traces_from_records([root(), call, called])).reset_index()
    (bus,) = frame.loc[frame["kind"] == "inferred", "span_id"]
    by_name = frame.set_index("span_id")
    assert by_name.loc[bus, "origin"] == "AWS::Events"
    assert by_name.loc["c" * 16, "parent_id"] == bus
    assert by_name.loc[bus, "parent_id"] == "b" * 16


def test_what_is_no_record_is_named() -> None:
    with pytest.raises(TraceDataError, match="list of records does not hold traces"):
        traces_from_records(["START RequestId"])
    with pytest.warns(TraceDataWarning, match="left out"):
        assert len(traces_from_records([root(), "START RequestId"])) == 1
    with pytest.raises(TraceDataError, match="START"):
        traces_from_records([root(), "START RequestId"], strict=True)
    assert traces_from_records([]) == []
