"""What mapping expressions and templates read: the method's request, an integration's response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from tracing_lab.embedded.apigateway.model import Exchange, MethodRoute
from tracing_lab.embedded.apigateway.proxy_events import event_headers, several
from tracing_lab.embedded.apigateway.request_variables import request_variables
from tracing_lab.embedded.apigateway.velocity.values import text_of

_Values = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Message:
    """The headers and body of a request or response.

    Parameters
    ----------
    headers, query
        All values by name.
    path
        The path's parameters.
    body
        The whole body.
    """

    headers: _Values = field(default_factory=dict)
    query: _Values = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @cached_property
    def content(self) -> Any:
        """The body as JSON; an empty one is an empty object, and one that is no JSON a text."""
        try:
            return json.loads(self.body) if self.body.strip() else {}
        except (ValueError, RecursionError):
            return self.text

    def header(self, name: str) -> Sequence[str]:
        """Return the values of a header, whatever its case."""
        wanted = name.lower()
        return next((all_ for key, all_ in self.headers.items() if key.lower() == wanted), ())

    def last_header(self, name: str) -> str | None:
        """Return the last value of a header, whatever its case; None without one."""
        return next(reversed(self.header(name)), None)


@dataclass(frozen=True)
class MappingSources:
    """What a mapping may read.

    Parameters
    ----------
    request
        The method's request.
    context
        The values of ``$context``, by names with dots.
    stage_variables
        The stage's variables.
    response
        The integration's response; None while there is none.
    """

    request: Message
    context: Mapping[str, Any] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    response: Message | None = None


def plain_text(value: Any) -> str:
    """Return a value as text that can be sent: JSON may have surrogates without their other half.

    Examples
    --------
    >>> plain_text(chr(0xD800)), plain_text(1.0)
    ('?', '1.0')
    """
    return text_of(value).encode("utf-8", "replace").decode()


def sources_of(exchange: Exchange, route: MethodRoute) -> MappingSources:
    """Return what mappings of a request may read."""
    request = exchange.request
    path = {name: unquote(value) for name, value in route.path_parameters.items()}
    message = Message(
        headers=several(event_headers(exchange), ignore_case=True),
        query=several(parse_qsl(request.query, keep_blank_values=True)),
        path=path,
        body=request.body,
    )
    return MappingSources(message, request_variables(exchange), exchange.stage.variables)
