"""Mapping expressions: what they read, and which are valid."""

from typing import Any

import pytest

from tracing_lab.embedded.apigateway.mapping.errors import MappingError
from tracing_lab.embedded.apigateway.mapping.parameters import check_parameters, mapped
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message

REQUEST = Message(
    headers={"X-Tag": ["a", "b"]},
    query={"page": ["1", "2"]},
    path={"id": "7"},
    body=b'{"order": {"id": 9, "tags": ["x"]}, "none": null}',
)
RESPONSE = Message(headers={"X-Count": ["3"]}, body=b'{"name": "line\\nbreak"}')
SOURCES = MappingSources(
    REQUEST, {"stage": "prod", "authorizer.vip": "true"}, {"shop": "north"}, RESPONSE
)


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("method.request.header.x-tag", ["b"]),
        ("method.request.multivalueheader.X-Tag", ["a", "b"]),
        ("method.request.querystring.page", ["2"]),
        ("method.request.multivaluequerystring.page", ["1", "2"]),
        ("method.request.path.id", ["7"]),
        ("method.request.body.order.id", ["9"]),
        ("method.request.body.order.tags", ['["x"]']),
        ("method.request.body", [REQUEST.text]),
        ("context.stage", ["prod"]),
        ("context.authorizer.vip", ["true"]),
        ("stageVariables.shop", ["north"]),
        ("'a static text'", ["a static text"]),
        ("method.request.header.missing", None),
        ("method.request.body.none", None),
        ("context.missing", None),
    ],
)
def test_an_expression_of_a_request_reads(expression: str, expected: Any) -> None:
    found = mapped({"integration.request.header.X": expression}, SOURCES, "request")
    assert found == {"header": {"X": expected} if expected else {}, "path": {}, "querystring": {}}


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("integration.response.header.x-count", ["3"]),
        ("integration.response.body.name", ["line break"]),
        ("integration.response.body", ['{"name": "line\\nbreak"}']),
    ],
)
def test_an_expression_of_a_response_reads_what_can_be_sent(expression: str, expected: Any) -> None:
    found = mapped({"method.response.header.X": expression}, SOURCES, "response")
    assert found["header"] == {"X": expected}


@pytest.mark.parametrize(
    "target, expression, kind",
    [
        ("integration.request.body.x", "'a'", "request"),
        ("integration.request.header.a b", "'a'", "request"),
        ("integration.request.header.a:b", "'a'", "request"),
        ("integration.request.header.X", "integration.response.header.X", "request"),
        ("integration.request.header.X", "method.request.cookie.X", "request"),
        ("integration.request.header.X", "method.request.body.a[", "request"),
        ("integration.request.header.X", "'a", "request"),
        ("method.response.querystring.X", "'a'", "response"),
        ("method.response.header.X", "method.request.header.X", "response"),
    ],
)
def test_what_cannot_be_read_is_refused(target: str, expression: str, kind: str) -> None:
    with pytest.raises(MappingError):
        check_parameters({target: expression}, kind)
