"""Builds the client's response from that of an integration that is no proxy, or of a mock.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, is_header_name, sendable
from tracing_lab.embedded.model import IntegrationResponseSpec
from tracing_lab.embedded.protocol.function_results import FINAL_STATUSES

from .parameters import mapped
from .requests import new_overrides, override_values
from .sources import MappingSources, Message
from .templates import JSON, media_type, rendered


def selected(
    responses: Sequence[IntegrationResponseSpec], subject: str | None
) -> IntegrationResponseSpec | None:
    """Return the integration response whose pattern matches, else the default; None without one.

    Parameters
    ----------
    responses
        All that the integration has.
    subject
        What patterns match: the error message of a function, None if it succeeded; the status of
        any other service, or of a mock.

    Examples
    --------
    >>> responses = [IntegrationResponseSpec("200"), IntegrationResponseSpec("400", "Bad .*")]
    >>> selected(responses, "Bad order").status, selected(responses, None).status
    ('400', '200')
    """
    if subject is not None:
        for response in responses:
            if response.pattern and _matches(response.pattern, subject):
                return response
    defaults = [response for response in responses if not response.pattern]
    by_status = [response for response in defaults if response.status == subject]
    return next(iter((*by_status, *defaults)), None)


def client_response(
    response: IntegrationResponseSpec,
    sources: MappingSources,
    message: Message,
    override: Mapping[str, Any],
) -> HttpResponse | None:
    """Return the response for the client; None if its status is none that can be sent.

    Parameters
    ----------
    response
        The selected integration response.
    sources
        What its mapping reads, besides the integration's response.
    message
        The integration's response.
    override
        ``$context.responseOverride`` as the request's template left it.

    Raises
    ------
    TemplateError
        The template cannot be evaluated.
    """
    sources = replace(sources, response=message)
    kind, body, own = _body(response, sources, message)
    headers = {"Content-Type": [kind], **mapped(response.parameters, sources, "response")["header"]}
    status: Any = response.status
    for changed in (override, own):
        headers = _with(headers, changed.get("header"))
        status = changed.get("status", status)
    pairs = [(name, value) for name, values in _merged(headers).items() for value in values]
    code = str(status)
    if not (code.isascii() and code.isdigit() and int(code) in FINAL_STATUSES):
        return None
    return HttpResponse(int(code), tuple(pairs), body)


def _matches(pattern: str, subject: str) -> bool:
    try:
        return re.fullmatch(pattern, subject) is not None
    except re.error:
        return False


def _body(
    response: IntegrationResponseSpec, sources: MappingSources, message: Message
) -> tuple[str, bytes, Mapping[str, Any]]:
    """Return the type and content of the body, and ``responseOverride`` of its template."""
    templates = {kind.lower(): text for kind, text in response.templates.items()}
    accept = media_type(sources.request.last_header("Accept"))
    if accept not in templates:
        accept = JSON if JSON in templates else next(iter(templates), JSON)
    template = templates.get(accept)
    if not template:
        return accept, message.body, {}
    overrides = new_overrides()
    text = rendered(template, sources, overrides)
    return accept, text.encode(), overrides["responseOverride"]


def _with(headers: Mapping[str, list[str]], changed: Any) -> dict[str, list[str]]:
    more = changed.items() if isinstance(changed, dict) else ()
    sent = {
        str(name): [sendable(text) for text in override_values(value)]
        for name, value in more
        if is_header_name(str(name))
    }
    return {**headers, **sent}


def _merged(headers: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return headers whose names differ, also in lower case; the last ones win."""
    spelling = {name.lower(): name for name in headers}
    order = dict.fromkeys(name.lower() for name in headers)
    return {spelling[lower]: headers[spelling[lower]] for lower in order}
