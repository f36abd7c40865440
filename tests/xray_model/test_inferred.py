"""Inferred segments: ids, names, origins, and what is copied of the call."""

from typing import Any

import pytest

from tracing_lab.xray_model.inferred import (
    infer,
    inferred_id,
    inferred_node_name,
    is_event_call,
    resource_name,
)

TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"


def call(name: str, namespace: str = "aws", **members: Any) -> dict[str, Any]:
    times = {"start_time": 1.0, "end_time": 2.0}
    return {"id": "aabeb336dc5bce01", "name": name, "namespace": namespace, **times, **members}


def test_an_inferred_segment_repeats_the_call_but_not_its_details() -> None:
    subsegment = call("events", fault=True, http={"response": {"status": 500}}, metadata={"a": {}})
    assert infer(subsegment, TRACE_ID) == {
        "id": "3cc990459d51d0cb",
        "name": "Events",
        "trace_id": TRACE_ID,
        "parent_id": "aabeb336dc5bce01",
        "inferred": True,
        "start_time": 1.0,
        "end_time": 2.0,
        "fault": True,
        "http": {"response": {"status": 500}},
        "origin": "AWS::Events",
    }


def test_ids_differ_by_trace_and_call_and_begin_as_published_ones() -> None:
    ids = {inferred_id(trace, f"{n:016x}") for trace in ("1-a", "1-b") for n in range(100)}
    assert len(ids) == 200
    assert {one[0] for one in ids} == set("0123")
    assert {len(one) for one in ids} == {16}


@pytest.mark.parametrize(
    "subsegment, origin, name",
    [
        (call("dynamodb", aws={"table_name": "orders"}), "AWS::DynamoDB::Table", "orders"),
        (call("dynamodb"), "AWS::DynamoDB", "DynamoDB"),
        (call("SQS", aws={"queue_url": "https://q"}), "AWS::SQS::Queue", "https://q"),
        (call("SQS"), "AWS::SQS", "SQS"),
        (call("lambda", aws={"operation": "Invoke", "function_name": "f"}), "AWS::Lambda", "f"),
        (
            call("lambda", aws={"operation": "GetFunction", "function_name": "f"}),
            "AWS::Lambda",
            "Lambda",
        ),
        (call("states"), "AWS::Sfn", "Sfn"),
        (call("Bedrock"), "AWS::Bedrock", "Bedrock"),
        (call("db@host", "remote", sql={"url": "jdbc"}), "Database::SQL", "db@host"),
        (call("example.com", "remote"), None, "example.com"),
    ],
)
def test_a_callee_has_the_origin_and_the_name_of_published_graphs(
    subsegment: dict[str, Any], origin: str | None, name: str
) -> None:
    segment = infer(subsegment, TRACE_ID)
    assert segment.get("origin") == origin
    assert inferred_node_name(segment) == name


@pytest.mark.parametrize(
    "subsegment, expected",
    [
        (call("events"), True),
        (call("SNS"), True),
        (call("sqs"), False),
        (call("events", "remote"), False),
    ],
)
def test_event_services_pass_calls_on(subsegment: dict[str, Any], *, expected: bool) -> None:
    assert is_event_call(subsegment) is expected


@pytest.mark.parametrize(
    "aws, name",
    [
        ({}, None),
        ({"resource_names": ["orders"]}, "orders"),
        ({"resource_names": []}, None),
        ({"resource_names": "orders"}, None),
        ({"table_name": 7}, None),
    ],
)
def test_a_resource_is_named_by_a_text_or_not_at_all(aws: dict[str, Any], name: str | None) -> None:
    assert resource_name(aws) == name
