"""Builds the request of an integration that is no proxy.

https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.model import IntegrationSpec

from .parameters import mapped
from .sources import MappingSources, plain_text
from .templates import media_type, rendered

_PASS_ON = {"WHEN_NO_MATCH": (True, True), "WHEN_NO_TEMPLATES": (True, False)}
"""Whether a body is passed on without any template, and without one of its type."""


class UnsupportedTypeError(Exception):
    """There is no template for the body, and it must not be passed on: 415."""


@dataclass(frozen=True)
class IntegrationRequest:
    """What an integration is sent.

    Parameters
    ----------
    headers, query, path
        The mapped parameters.
    body
        The mapped body.
    response_override
        ``$context.responseOverride`` as the request's template left it.
    """

    headers: Mapping[str, list[str]] = field(default_factory=dict)
    query: Mapping[str, list[str]] = field(default_factory=dict)
    path: Mapping[str, list[str]] = field(default_factory=dict)
    body: bytes = b""
    response_override: Mapping[str, Any] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """Return the last value of a header, case ignored."""
        wanted = name.lower()
        values = (all_ for key, all_ in self.headers.items() if key.lower() == wanted)
        return next(iter(next(values, [])[-1:]), None)


def integration_request(
    integration: IntegrationSpec, sources: MappingSources
) -> IntegrationRequest:
    """Return the request of an integration.

    Raises
    ------
    UnsupportedTypeError
        There is no template for the body, and it must not be passed on.
    TemplateError
        The template cannot be evaluated.
    """
    parameters = mapped(integration.request_parameters, sources, "request")
    template = _template(integration, sources)
    overrides = new_overrides()
    body = (
        sources.request.body
        if template is None
        else rendered(template, sources, overrides).encode()
    )
    changed = overrides["requestOverride"]
    return IntegrationRequest(
        headers=_overridden(parameters["header"], changed.get("header")),
        query=_overridden(parameters["querystring"], changed.get("querystring")),
        path=_overridden(parameters["path"], changed.get("path")),
        body=body,
        response_override=overrides["responseOverride"],
    )


def new_overrides() -> dict[str, Any]:
    """Return what templates may set of ``$context``.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
    """
    return {
        "requestOverride": {"header": {}, "querystring": {}, "path": {}},
        "responseOverride": {"header": {}},
    }


def override_values(value: Any) -> list[str]:
    """Return the values of an overridden parameter, which may be one or a list.

    Examples
    --------
    >>> override_values("a"), override_values([1, "b"])
    (['a'], ['1', 'b'])
    """
    return [plain_text(item) for item in value] if isinstance(value, list) else [plain_text(value)]


def _template(integration: IntegrationSpec, sources: MappingSources) -> str | None:
    """Return the template for the body's type; None if it is passed on."""
    templates = {kind.lower(): text for kind, text in integration.request_templates.items()}
    kind = media_type(sources.request.last_header("Content-Type"))
    if kind in templates:
        return templates[kind] or None
    without_any, without_match = _PASS_ON.get(integration.passthrough, (False, False))
    if not (without_match if templates else without_any):
        raise UnsupportedTypeError
    return None


def _overridden(found: Mapping[str, list[str]], changed: Any) -> dict[str, list[str]]:
    lower = {name.lower() for name in changed} if isinstance(changed, dict) else set()
    kept = {name: values for name, values in found.items() if name.lower() not in lower}
    more = changed.items() if isinstance(changed, dict) else ()
    return {**kept, **{plain_text(name): override_values(value) for name, value in more}}
