"""Requests of integrations: which template is used, what passes, what templates override."""

import pytest

from tracing_lab.embedded.apigateway.mapping.requests import (
    UnsupportedTypeError,
    integration_request,
)
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message
from tracing_lab.embedded.model import IntegrationSpec

JSON, XML = {"application/json": "mapped"}, {"text/xml": "mapped"}


def sources(content_type: str | None) -> MappingSources:
    headers = {"Content-Type": [content_type]} if content_type else {}
    return MappingSources(Message(headers=headers, body=b"as it came"))


@pytest.mark.parametrize(
    "templates, content_type, behaviour, expected",
    [
        (JSON, "application/json; charset=utf-8", "NEVER", b"mapped"),
        (JSON, None, "NEVER", b"mapped"),
        (XML, "TEXT/XML", "WHEN_NO_MATCH", b"mapped"),
        (JSON, "text/xml", "WHEN_NO_MATCH", b"as it came"),
        (JSON, "text/xml", "WHEN_NO_TEMPLATES", None),
        (JSON, "text/xml", "NEVER", None),
        ({}, "text/xml", "WHEN_NO_MATCH", b"as it came"),
        ({}, "text/xml", "WHEN_NO_TEMPLATES", b"as it came"),
        ({}, "text/xml", "NEVER", None),
        ({"application/json": ""}, None, "NEVER", b"as it came"),
    ],
)
def test_a_body_is_mapped_or_passed_on_or_refused(
    templates: dict[str, str], content_type: str | None, behaviour: str, expected: bytes | None
) -> None:
    integration = IntegrationSpec(request_templates=templates, passthrough=behaviour)
    if expected is None:
        with pytest.raises(UnsupportedTypeError):
            integration_request(integration, sources(content_type))
    else:
        assert integration_request(integration, sources(content_type)).body == expected


def test_overrides_replace_what_was_mapped() -> None:
    template = (
        "#set($context.requestOverride.header.x-kind = 'tea')"
        "#set($context.requestOverride.querystring.page = [1, 2])"
        "#set($context.requestOverride.path.id = $input.body.length())"
    )
    parameters = {
        "integration.request.header.X-Kind": "'coffee'",
        "integration.request.header.X-Other": "'kept'",
    }
    integration = IntegrationSpec(
        request_parameters=parameters, request_templates={"application/json": template}
    )
    request = integration_request(integration, sources(None))
    assert request.headers == {"X-Other": ["kept"], "x-kind": ["tea"]}
    assert (request.query, request.path) == ({"page": ["1", "2"]}, {"id": ["10"]})
    assert (request.header("X-KIND"), request.header("missing")) == ("tea", None)
