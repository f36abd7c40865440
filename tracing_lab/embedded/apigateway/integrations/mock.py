"""MOCK integrations: responses without a backend, as used for CORS preflight requests.

The status in the request template selects the response: the first whose selection pattern matches,
else one without a pattern, the default. Without a request template it is the default, too.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

import re
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.apigateway.mapping.requests import new_overrides
from tracing_lab.embedded.apigateway.mapping.responses import client_response, selected
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message
from tracing_lab.embedded.apigateway.mapping.templates import JSON, media_type, rendered
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import IntegrationSpec

_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")


def mock_response(integration: IntegrationSpec, sources: MappingSources) -> HttpResponse | None:
    """Return the response of a MOCK integration; None if its configuration has none.

    Parameters
    ----------
    integration
        The request templates and integration responses.
    sources
        What templates read.

    Raises
    ------
    TemplateError
        A template cannot be evaluated.

    Examples
    --------
    >>> from tracing_lab.embedded.model import IntegrationResponseSpec
    >>> allowed = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    >>> integration = IntegrationSpec(
    ...     request_templates={"application/json": '{"statusCode": 200}'},
    ...     responses=(IntegrationResponseSpec("200", parameters=allowed),))
    >>> mock_response(integration, MappingSources(Message())).headers
    (('Content-Type', 'application/json'), ('Access-Control-Allow-Origin', '*'))
    """
    overrides = new_overrides()
    status = _status(integration.request_templates, sources, overrides)
    chosen = None if status is None else selected(integration.responses, status)
    if chosen is None:
        return None
    return client_response(chosen, sources, Message(), overrides["responseOverride"])


def _status(
    templates: Mapping[str, str], sources: MappingSources, overrides: dict[str, Any]
) -> str | None:
    """Return the status of the request template; empty when there is no template."""
    if not templates:
        return ""
    text = rendered(_template(templates, sources), sources, overrides)
    match = _STATUS.search(text)
    return match[1] if match else None


def _template(templates: Mapping[str, str], sources: MappingSources) -> str:
    kind = media_type(sources.request.last_header("Content-Type"))
    return templates.get(kind) or templates.get(JSON) or next(iter(templates.values()), "") or ""
