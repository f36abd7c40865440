"""Responses of integrations: which is selected, and what the client gets of it."""

from typing import Any

import pytest

from tracing_lab.embedded.apigateway.mapping.responses import client_response, selected
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import IntegrationResponseSpec

RESPONSES = (
    IntegrationResponseSpec("400", "Bad.*"),
    IntegrationResponseSpec("404", "4.."),
    IntegrationResponseSpec("500", "("),
    IntegrationResponseSpec("200"),
)


@pytest.mark.parametrize(
    "subject, status",
    [
        (None, "200"),
        ("Bad order", "400"),
        ("Bad\norder", "200"),  # a dot is no line break, as in Java
        ("not Bad", "200"),
        ("404", "404"),
        ("", "200"),
    ],
)
def test_a_pattern_matches_the_whole_subject(subject: str | None, status: str) -> None:
    found = selected(RESPONSES, subject)
    assert found is not None
    assert found.status == status


def test_without_a_default_nothing_is_selected() -> None:
    assert selected(RESPONSES[:-1], None) is None


def made(response: IntegrationResponseSpec, **more: Any) -> HttpResponse | None:
    request = Message(headers={"Accept": [more.pop("accept", "*/*")]})
    message = Message(headers={"X-Id": ["7"]}, body=b'{"a": "b"}')
    return client_response(response, MappingSources(request), message, more.pop("override", {}))


def test_a_response_without_templates_is_passed_on_as_json() -> None:
    response = made(IntegrationResponseSpec("200"))
    assert response == HttpResponse(200, (("Content-Type", "application/json"),), b'{"a": "b"}')


@pytest.mark.parametrize(
    "accept, kind, body",
    [
        ("*/*", "application/json", b"json b"),
        ("text/xml, */*", "text/xml", b"xml b"),
        ("image/png", "application/json", b"json b"),
    ],
)
def test_the_client_chooses_the_template(accept: str, kind: str, body: bytes) -> None:
    templates = {
        "text/xml": "xml $input.path('$.a')",
        "application/json": "json $input.path('$.a')",
    }
    response = made(IntegrationResponseSpec("200", templates=templates), accept=accept)
    assert response is not None
    assert (dict(response.headers)["Content-Type"], response.body) == (kind, body)


def test_mapped_headers_replace_the_type_and_overrides_replace_both() -> None:
    parameters = {
        "method.response.header.content-type": "'text/plain'",
        "method.response.header.X-Id": "integration.response.header.x-id",
    }
    template = (
        "#set($context.responseOverride.header.X-Id = 'new')"
        "#set($context.responseOverride.status = 202)"
    )
    spec = IntegrationResponseSpec("200", None, parameters, {"application/json": template})
    response = made(spec, override={"status": 201, "header": {"X-Id": "of the request"}})
    assert response is not None
    assert response.status == 202
    assert dict(response.headers) == {"content-type": "text/plain", "X-Id": "new"}


@pytest.mark.parametrize("status", ["100", "600", "abc", "99999", "", "-200"])
def test_a_status_that_cannot_be_sent_makes_no_response(status: str) -> None:
    assert made(IntegrationResponseSpec("200"), override={"status": status}) is None


def test_a_header_with_a_line_break_is_sent_without() -> None:
    response = made(
        IntegrationResponseSpec("200"), override={"header": {"X": "a\r\nb", "b c": "d"}}
    )
    assert response is not None
    assert dict(response.headers) == {"Content-Type": "application/json", "X": "a  b"}
