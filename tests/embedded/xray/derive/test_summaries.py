"""Trace summaries have the documented members with the documented values."""

import json
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.summaries import summarise

EXAMPLE = json.loads((Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text())
TRACE_ID = EXAMPLE["trace_id"]
ROOT = {"id": "1" * 16, "name": "api", "start_time": 10.0, "end_time": 10.5}


def child(**members: Any) -> dict[str, Any]:
    return {**ROOT, "id": "2" * 16, "name": "fn", "parent_id": "1" * 16, **members}


def summary_of(*documents: dict[str, Any]) -> dict[str, Any]:
    return summarise(process(TRACE_ID, documents))


def test_the_worked_example_is_summarised_as_documented() -> None:
    summary = summary_of(*EXAMPLE["raw"])
    (documented,) = EXAMPLE["summary"]["TraceSummaries"]
    stage = summary["Annotations"].pop("aws:api_stage")  # the documented example leaves it out
    assert summary == documented
    assert stage[0]["AnnotationValue"] == {"StringValue": "prod"}


def test_response_time_is_the_roots_and_duration_includes_late_work() -> None:
    summary = summary_of(ROOT, child(end_time=12.25))
    assert (summary["ResponseTime"], summary["Duration"]) == (0.5, 2.25)


def test_a_trace_in_progress_is_partial_and_has_no_response_time() -> None:
    summary = summary_of({"id": "1" * 16, "name": "api", "start_time": 10.0, "in_progress": True})
    assert summary["IsPartial"] is True
    assert summary["Duration"] == 0.0
    assert "ResponseTime" not in summary


@pytest.mark.parametrize("flag, member", [("error", "HasError"), ("fault", "HasFault")])
def test_error_and_fault_are_the_roots(flag: str, member: str) -> None:
    assert summary_of({**ROOT, flag: True})[member] is True
    assert summary_of(ROOT, child(**{flag: True}))[member] is False


def test_a_directly_invoked_function_shows_the_error_of_its_function_segment() -> None:
    service = {**ROOT, "origin": "AWS::Lambda", "http": {"response": {"status": 200}}}
    summary = summary_of(service, child(error=True))
    assert (summary["HasError"], summary["HasFault"]) == (True, False)
    assert summary["Http"] == {"HttpStatus": 200}


def test_a_throttle_anywhere_counts() -> None:
    assert summary_of(ROOT, child(throttle=True, error=True))["HasThrottle"] is True
    assert summary_of(ROOT)["HasThrottle"] is False


def test_annotations_are_grouped_by_key_and_distinct_value_of_its_type() -> None:
    inner = {"id": "3" * 16, "name": "## h", "start_time": 10.1, "end_time": 10.2}
    summary = summary_of(
        {**ROOT, "annotations": {"k": 1}},
        child(annotations={"k": True}, subsegments=[{**inner, "annotations": {"k": 1}}]),
    )
    values = [entry["AnnotationValue"] for entry in summary["Annotations"]["k"]]
    assert values == [{"NumberValue": 1}, {"BooleanValue": True}]
    names = [one["Name"] for one in summary["Annotations"]["k"][0]["ServiceIds"]]
    assert names == ["api", "fn"]


def test_fifty_annotations_are_indexed() -> None:
    summary = summary_of({**ROOT, "annotations": {f"k{n}": n for n in range(60)}})
    assert len(summary["Annotations"]) == 50


def test_users_instances_and_zones_are_listed_once() -> None:
    ec2 = {"ec2": {"instance_id": "i-1", "availability_zone": "us-east-1a"}}
    summary = summary_of({**ROOT, "user": "eve", "aws": ec2}, child(user="eve", aws=ec2))
    (user,) = summary["Users"]
    assert (user["UserName"], len(user["ServiceIds"])) == ("eve", 2)
    assert summary["InstanceIds"] == [{"Id": "i-1"}]
    assert summary["AvailabilityZones"] == [{"Name": "us-east-1a"}]


def test_a_trace_of_one_lost_subsegment_has_no_entry_point() -> None:
    summary = summary_of({**child(), "type": "subsegment"})
    assert "EntryPoint" not in summary
    assert (summary["ServiceIds"], summary["HasError"], summary["Http"]) == ([], False, {})
