"""Segments as the OpenTelemetry collector's X-Ray exporter makes them.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
A span of a server or without a parent is a segment, any other a subsegment. The first span of a
service that is itself a call becomes two documents: a segment of the service, and the call in it.
Attributes are metadata, but for those that ``aws.xray.annotations`` or `INDEXED` name; those of the
resource are metadata of segments, with ``otel.resource.`` before their names. Links stay links: of
the service if such a first span consumes, otherwise of the call.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from tracing_lab.otlp import model
from tracing_lab.otlp.documents import plain, trace_id_of
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.xray_model.documents import AWS, REMOTE

from . import members
from .causes import cause_of

INDEXED: Final = (
    *(members.LOCAL_SERVICE, "aws.local.operation", "aws.local.environment"),
    *(members.REMOTE_SERVICE, "aws.remote.operation", "aws.remote.environment"),
    *("aws.remote.resource.identifier", "aws.remote.resource.type"),
)
"""What AWS's agent tells the exporter to index, besides what spans name themselves."""

_OF_CALL: Final = frozenset({members.REMOTE_SERVICE, "aws.remote.operation"})
_ORIGINS: Final = {
    "aws_app_runner": "AWS::AppRunner::Service",
    "aws_ec2": "AWS::EC2::Instance",
    "aws_ecs": "AWS::ECS::Container",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
}
_SPENT: Final = frozenset({members.ANNOTATIONS, "enduser.id", "rpc.method"})
_HTTP: Final = frozenset(
    {
        *("http.method", "http.request.method", "http.client_ip", "client.address"),
        *("http.user_agent", "user_agent.original", "http.status_code"),
        *("http.response.status_code", "http.url", "url.full", "http.scheme", "url.scheme"),
        *("http.host", "http.server_name", "http.target", "url.path", "url.query", "host.name"),
        *("server.address", "server.port", "net.host.name", "net.host.port"),
        *("net.peer.name", "net.peer.port", "net.peer.ip", "network.peer.address"),
    }
)
"""Attributes that the exporter reads for ``http``, whether a document has it or not."""

_RESOURCE: Final = "otel.resource."
_SQL_SYSTEMS: Final = frozenset(
    {
        *("db2", "derby", "hive", "mariadb", "mssql", "mysql", "oracle", "postgresql", "sqlite"),
        *("teradata", "other_sql"),
    }
)
_SQL: Final = ("db.connection_string", "db.system", "db.name", "db.statement", "db.user")
"""Attributes of which the exporter makes ``sql``; it knows these former names only."""


def segments_as_the_collector_makes_them(spans: Iterable[OtelSpan]) -> list[dict[str, Any]]:
    """Return the documents of spans by the rules of the collector's exporter.

    Parameters
    ----------
    spans
        Spans that have ended, in any order.

    Returns
    -------
    documents
        One for each span, two for the first span of a service that is a call.
    """
    return [plain(document) for span in spans for document in _documents(span)]


def _documents(span: OtelSpan) -> list[dict[str, Any]]:
    if not members.is_local_root(span):
        is_part = span.kind != model.SERVER and bool(span.parent_id)
        return [_document(span, is_part=is_part)]
    if span.kind in (model.SERVER, model.INTERNAL):
        return [_document(span, is_part=False)]
    return [*_service_and_call(span)]


def _document(span: OtelSpan, *, is_part: bool) -> dict[str, Any]:
    document = members.base(span, name=members.segment_name(span), is_part=is_part)
    document |= _namespace(span, is_part=is_part)
    document |= cause_of(span) | members.http_block(span) | _about_sender(span, is_part=is_part)
    document |= _sql(span) | _links(span)
    annotations = members.indexed(span, INDEXED)
    document |= {"annotations": annotations} if annotations else {}
    metadata = _metadata(span, annotations, is_part=is_part)
    return document | ({"metadata": {"default": metadata}} if metadata else {})


def _namespace(span: OtelSpan, *, is_part: bool) -> dict[str, str]:
    is_service = members.is_local_root(span) and not is_part
    if members.is_named_after_aws_service(span) and not is_service:
        return {"namespace": AWS}
    return members.namespace(span) if is_part or members.is_aws_call(span) else {}


def _service_and_call(span: OtelSpan) -> Iterable[dict[str, Any]]:
    """Return a segment of the service, which nobody sent, and the call as a part of it."""
    service_id = hashlib.sha256(f"{span.trace_id}/{span.span_id}".encode()).hexdigest()[:16]
    attributes = {k: v for k, v in span.known_attributes.items() if k not in _OF_CALL}
    service = _document(span._replace(attributes=attributes), is_part=False)
    name = span.known_attributes.get(members.LOCAL_SERVICE, span.service)
    service |= {"id": service_id, "name": members.valid_name(str(name))}
    is_consumer = span.kind == model.CONSUMER
    for key in ("http", "namespace", *(() if is_consumer else ("links",))):
        service.pop(key, None)
    service["aws"] = {"xray": service["aws"]["xray"]}
    metadata = service.get("metadata", {}).get("default", {})
    kept = {key: value for key, value in metadata.items() if key.startswith(_RESOURCE)}
    service["metadata"] = {"default": kept}
    links = [] if is_consumer else span.links
    call = _document(span._replace(parent_id=service_id, links=links), is_part=True)
    return [{"namespace": REMOTE} | call, service]


def _about_sender(span: OtelSpan, *, is_part: bool) -> dict[str, Any]:
    """Return ``aws``, and for segments ``origin`` and ``user``."""
    resource = span.resource
    language, sdk = (resource.get(f"telemetry.sdk.{key}") for key in ("language", "name"))
    xray = {
        "sdk": f"{sdk} for {language}" if sdk and language else sdk,
        "sdk_version": resource.get("telemetry.sdk.version"),
        "auto_instrumentation": bool(resource.get("telemetry.auto.version")),
    }
    account = {"account_id": resource["cloud.account.id"]} if "cloud.account.id" in resource else {}
    about: dict[str, Any] = {
        AWS: {**account, **members.aws_members(span)}
        | {"xray": {key: value for key, value in xray.items() if value is not None}}
    }
    version = resource.get("service.version", resource.get("container.image.tag"))
    about |= {"service": {"version": str(version)}} if version is not None else {}
    origin = _ORIGINS.get(str(resource.get("cloud.platform")))
    about |= {"origin": origin} if origin and not is_part else {}
    user = span.known_attributes.get("enduser.id")
    return about | ({"user": user} if isinstance(user, str) else {})


def _sql(span: OtelSpan) -> dict[str, Any]:
    server, system, name, statement, user = map(span.known_attributes.get, _SQL)
    if not isinstance(system, str) or system not in _SQL_SYSTEMS:
        return {}
    stated = {"sanitized_query": statement, "user": user}
    known = {key: text for key, text in stated.items() if isinstance(text, str) and text}
    place = {
        "url": str(span.name or ""),
        "connection_string": f"{server or 'localhost'}/{name or ''}",
    }
    return {"sql": {**place, "database_type": system, **known}}


def _links(span: OtelSpan) -> dict[str, Any]:
    links = [
        {"trace_id": trace_id_of(link["trace_id"]), "id": link["span_id"]}
        | ({"attributes": link["attributes"]} if link["attributes"] else {})
        for link in span.links
    ]
    return {"links": links} if links else {}


def _metadata(span: OtelSpan, annotations: dict[str, Any], *, is_part: bool) -> dict[str, Any]:
    resource = {} if is_part else {_RESOURCE + key: value for key, value in span.resource.items()}
    used = _SPENT | _HTTP | annotations.keys() | (set(_SQL) if _sql(span) else set())
    own = {key: value for key, value in span.known_attributes.items() if key not in used}
    return {**resource, **own}
