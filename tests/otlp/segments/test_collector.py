"""Spans by the rules of the OpenTelemetry collector's exporter."""

from typing import Any

import pytest
from otel_spans import RESOURCE, invocation, otel_span

from tracing_lab.otlp.segments import segments_as_the_collector_makes_them

INNER = {"parent_id": "a" * 16}


def document_of(**members: Any) -> dict[str, Any]:
    (document,) = segments_as_the_collector_makes_them([otel_span(**members)])
    return document


def test_the_spans_of_an_invocation() -> None:
    handler, step, call = segments_as_the_collector_makes_them(invocation())
    assert handler["name"] == "orders"
    assert "origin" not in handler  # the exporter knows no origin of functions
    assert handler["aws"]["xray"] == {
        "sdk": "opentelemetry for python",
        "sdk_version": "1.44.0",
        "auto_instrumentation": True,
    }
    assert handler["annotations"]["aws.local.service"] == "orders"
    resource = {f"otel.resource.{key}": value for key, value in RESOURCE.items()}
    assert resource.items() <= handler["metadata"]["default"].items()
    assert (step["name"], step["type"]) == ("process_order", "subsegment")
    assert step["annotations"] == {"order_id": "o-1"}
    assert (call["name"], call["namespace"]) == ("EventBridge", "aws")
    assert call["aws"]["operation"] == "PutEvents"
    assert "otel.resource.service.name" not in call["metadata"]["default"]


@pytest.mark.parametrize(
    "attributes, kind, expected",
    [
        ({"aws.remote.service": "stock", "peer.service": "other"}, "client", "stock"),
        ({"peer.service": "stock", "rpc.service": "Stock"}, "client", "stock"),
        ({"db.name": "orders", "server.address": "db.example"}, "client", "orders@db.example"),
        ({"aws.local.service": "mine"}, "server", "mine"),
        ({}, "server", "orders"),
        ({"rpc.service": "Stock", "http.host": "h"}, "client", "Stock"),
        ({"http.host": "h", "net.peer.name": "p"}, "client", "h"),
        ({"net.peer.name": "p"}, "client", "p"),
        ({}, "client", "work"),
        ({"aws.remote.service": "AWS.SDK.S3", "rpc.system": "aws-api"}, "client", "S3"),
        ({"aws.remote.service": "AWS::Mine"}, "client", "AWS::Mine"),
    ],
)
def test_the_first_name_that_is_stated_counts(
    attributes: dict[str, Any], kind: str, expected: str
) -> None:
    assert document_of(kind=kind, attributes=attributes, **INNER)["name"] == expected


@pytest.mark.parametrize(
    "attributes, kind, expected",
    [
        ({"rpc.system": "aws-api"}, "client", "aws"),
        ({}, "client", "remote"),
        ({}, "producer", None),
        ({"aws.remote.service": "queue"}, "producer", "remote"),
        ({}, "internal", None),
        ({"aws.service": "S3"}, "client", "aws"),
        ({"aws.service": "S3"}, "internal", "aws"),
        ({"aws.service": "S3", "rpc.service": "S3"}, "client", "aws"),
        ({"aws.service": "S3", "peer.service": "S3"}, "client", "remote"),
        ({"aws.service": "S3", "aws.remote.service": "queue"}, "producer", "remote"),
    ],
)
def test_namespaces(attributes: dict[str, Any], kind: str, expected: str | None) -> None:
    assert document_of(kind=kind, attributes=attributes, **INNER).get("namespace") == expected


def test_a_service_has_no_namespace() -> None:
    attributes = {"aws.service": "S3", "aws.span.kind": "LOCAL_ROOT"}
    assert "namespace" not in document_of(kind="internal", attributes=attributes, **INNER)


def test_metadata_do_not_repeat_what_http_has() -> None:
    attributes = {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "url.full": "http://shop/orders",
        "server.address": "shop",
        "order": 7,
    }
    document = document_of(kind="client", attributes=attributes, **INNER)
    assert document["http"]["request"] == {"method": "GET", "url": "http://shop/orders"}
    assert document["metadata"] == {"default": {"order": 7}}


@pytest.mark.parametrize(
    "attributes, status, expected",
    [
        ({"http.status_code": 429}, "unset", {"error", "throttle"}),
        ({"http.status_code": 404}, "error", {"error"}),
        ({"http.response.status_code": 500}, "unset", {"fault"}),
        ({"http.status_code": 200}, "error", {"fault"}),
        ({}, "error", {"fault"}),
        ({}, "ok", set()),
    ],
)
def test_flags(attributes: dict[str, Any], status: str, expected: set[str]) -> None:
    document = document_of(attributes=attributes, status=status)
    assert {flag for flag in ("error", "throttle", "fault") if document.get(flag)} == expected


def test_the_first_span_of_a_service_that_is_a_call_is_a_service_and_a_call() -> None:
    attributes = {
        "aws.span.kind": "LOCAL_ROOT",
        "aws.local.service": "batch",
        "aws.remote.service": "stock",
        "http.status_code": 200,
    }
    span = otel_span(kind="client", attributes=attributes, **INNER)
    call, service = segments_as_the_collector_makes_them([span])
    assert (service["name"], call["name"]) == ("batch", "stock")
    assert service["parent_id"] == "a" * 16
    assert (call["parent_id"], call["id"]) == (service["id"], span.span_id)
    assert "type" not in service
    assert "http" not in service
    assert "aws.remote.service" not in service["annotations"]
    assert all(key.startswith("otel.resource.") for key in service["metadata"]["default"])
    assert (call["type"], call["namespace"]) == ("subsegment", "remote")


LINK = {"trace_id": "b" * 32, "span_id": "c" * 16, "attributes": {"n": 1}}
LINKED = [{"trace_id": f"1-{'b' * 8}-{'b' * 24}", "id": "c" * 16, "attributes": {"n": 1}}]


def test_links_stay_links() -> None:
    assert document_of(links=[LINK])["links"] == LINKED
    assert "links" not in document_of()


@pytest.mark.parametrize("kind, place", [("client", 0), ("consumer", 1)])
def test_links_are_those_of_the_call_or_of_the_service_that_consumes(kind: str, place: int) -> None:
    attributes = {"aws.span.kind": "LOCAL_ROOT", "cloud.account.id": "1"}
    span = otel_span(kind=kind, attributes=attributes, links=[LINK], **INNER)
    documents = segments_as_the_collector_makes_them([span])
    assert documents[place]["links"] == LINKED
    assert "links" not in documents[1 - place]


def test_a_query_has_its_sql() -> None:
    attributes = {"db.system": "mysql", "db.name": "orders", "db.statement": "SELECT 1"}
    document = document_of(kind="client", name="SELECT", attributes=attributes, **INNER)
    assert document["sql"] == {
        "url": "SELECT",
        "connection_string": "localhost/orders",
        "database_type": "mysql",
        "sanitized_query": "SELECT 1",
    }
    assert "metadata" not in document
    assert "sql" not in document_of(attributes={"db.system": "redis", "db.statement": "GET"})


def test_the_version_is_that_of_the_service_or_its_image() -> None:
    assert document_of(resource={"service.version": "1.2"})["service"] == {"version": "1.2"}
    assert document_of(resource={"container.image.tag": "7"})["service"] == {"version": "7"}


def test_the_same_span_gives_the_same_documents() -> None:
    spans = invocation()
    assert segments_as_the_collector_makes_them(spans) == segments_as_the_collector_makes_them(
        spans
    )
