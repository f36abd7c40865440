"""Spans as AWS's own endpoint was seen to translate them."""

from typing import Any

import pytest
from otel_spans import RESOURCE, TRACE_ID, invocation, otel_span

from tracing_lab.otlp.segments import segments_as_aws_makes_them


def document_of(**members: Any) -> dict[str, Any]:
    (document,) = segments_as_aws_makes_them([otel_span(**members)])
    return document


def test_the_spans_of_an_invocation_are_a_segment_with_a_step_and_a_call() -> None:
    handler, step, call = segments_as_aws_makes_them(invocation())
    assert (handler["name"], handler["origin"]) == ("orders", "AWS::Lambda::Function")
    assert "type" not in handler
    assert handler["parent_id"] == "53995c3f42cd8ad8"
    assert handler["trace_id"] == "1-6b042ac0-5d09aa705e56bbd015254801"
    assert handler["end_time"] - handler["start_time"] == pytest.approx(0.5)
    assert handler["aws"] == {"span.kind": "LOCAL_ROOT"}
    assert handler["annotations"] == {
        "span.name": "orders",
        "span.kind": "SERVER",
        "aws.local.service": "orders",
        "aws.local.operation": "orders/FunctionHandler",
    }
    assert handler["metadata"]["default"] == {**RESOURCE, "faas.invocation_id": "r-1"}
    # local work keeps the span's name, and what it says is to be indexed
    assert (step["name"], step["type"]) == ("process_order", "subsegment")
    assert "namespace" not in step
    assert step["annotations"]["order_id"] == "o-1"
    # the call is one of AWS's, named like the node of that service
    assert (call["name"], call["namespace"]) == ("Events", "aws")
    assert call["aws"] == {
        "operation": "PutEvents",
        "region": "us-east-1",
        "request_id": "abc",
        "span.kind": "CLIENT",
    }
    assert call["annotations"]["aws.remote.service"] == "AWS::EventBridge"


def test_a_call_of_s3_as_aws_tests_it() -> None:
    document = document_of(
        kind="client",
        parent_id="a" * 16,
        name="S3.GetBucketLocation",
        attributes={
            "rpc.system": "aws-api",
            "rpc.method": "GetBucketLocation",
            "aws.s3.bucket": "b",
            "aws.span.kind": "CLIENT",
            "aws.remote.service": "AWS::S3",
        },
    )
    assert (document["name"], document["namespace"]) == ("S3", "aws")
    assert document["aws"]["bucket_name"] == document["aws"]["s3.bucket"] == "b"
    assert document["annotations"]["span.kind"] == "CLIENT"


def test_a_call_of_another_host_is_remote_and_has_its_request() -> None:
    document = document_of(
        kind="client",
        parent_id="a" * 16,
        name="GET",
        attributes={
            "http.url": "https://www.example.com/",
            "http.method": "GET",
            "http.status_code": 503,
            "aws.remote.service": "www.example.com",
        },
    )
    assert (document["name"], document["namespace"]) == ("www.example.com", "remote")
    assert document["http"] == {
        "request": {"method": "GET", "url": "https://www.example.com/"},
        "response": {"status": 503},
    }
    assert document["fault"] is True


INNER = {"parent_id": "a" * 16}
SEGMENTS: list[dict[str, Any]] = [
    {"kind": "server", **INNER},
    {"kind": "internal"},
    {"kind": "consumer", **INNER, "attributes": {"aws.span.kind": "LOCAL_ROOT"}},
]


@pytest.mark.parametrize("members", SEGMENTS)
def test_first_spans_of_services_are_segments(members: dict[str, Any]) -> None:
    assert "type" not in document_of(**members)


@pytest.mark.parametrize("kind", ["internal", "client", "producer", "consumer"])
def test_other_spans_are_subsegments(kind: str) -> None:
    assert document_of(kind=kind, **INNER)["type"] == "subsegment"


def test_names_have_only_characters_that_x_ray_takes() -> None:
    assert document_of(name="GET /{id}?", **INNER)["name"] == "GET /id"
    assert document_of(trace_id=TRACE_ID, name="{}", **INNER)["name"] == "span"
