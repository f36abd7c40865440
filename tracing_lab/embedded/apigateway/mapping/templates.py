"""Mapping templates: which one is used, and what ``$input``, ``$util`` and ``$context`` are.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import binascii
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from tracing_lab.embedded.apigateway.velocity.errors import TemplateError
from tracing_lab.embedded.apigateway.velocity.expression_parser import Objects
from tracing_lab.embedded.apigateway.velocity.json_path import json_path
from tracing_lab.embedded.apigateway.velocity.parser import Template, parse_template
from tracing_lab.embedded.apigateway.velocity.values import HostObject, from_json, text_of

from .sources import MappingSources, Message, plain_text

JSON = "application/json"

_ESCAPED = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPED |= {character: f"\\{character}" for character in "\\\"'"}
_LAST_PRINTABLE = 0x7F


@lru_cache(maxsize=512)
def compiled(text: str) -> Template:
    """Return a parsed mapping template.

    Raises
    ------
    TemplateError
        It cannot be read, or has what is not simulated.

    Examples
    --------
    >>> compiled("$util.toJson($input)")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tracing_lab...TemplateError: line 1, column 14: $util.toJson is not simulated
    """
    return parse_template(text, _OBJECTS)


def media_type(header: str | None) -> str:
    """Return the first media type of a header, which is JSON by default.

    Examples
    --------
    >>> media_type("Text/XML; charset=utf-8, */*"), media_type(None)
    ('text/xml', 'application/json')
    """
    return (header or JSON).partition(",")[0].partition(";")[0].strip().lower() or JSON


def rendered(text: str, sources: MappingSources, overrides: dict[str, Any]) -> str:
    """Return the text of a mapping template.

    Parameters
    ----------
    text
        The template.
    sources
        What it reads: of a response's template ``$input`` is the response.
    overrides
        ``requestOverride`` and ``responseOverride`` of ``$context``, which it may set.

    Raises
    ------
    TemplateError
        It cannot be evaluated.
    """
    message = sources.request if sources.response is None else sources.response
    variables = {
        "input": _input(message, sources.request),
        "util": UTIL,
        "context": {**_nested(sources.context), **overrides},
        "stageVariables": dict(sources.stage_variables),
    }
    return plain_text(compiled(text).rendered(variables))


def _input(message: Message, request: Message) -> HostObject:
    def path(text: str) -> Any:
        return from_json(json_path(text).find(message.content))

    def as_json(text: str) -> str:
        value = json_path(text).find(message.content)
        is_known = value is not None or text.strip() == "$"
        found = value if is_known else ""
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False)

    return HostObject(
        methods={"json": as_json, "path": path, "params": _params(request)},
        properties={"body": lambda: message.text},
    )


def _params(request: Message) -> Any:
    """Return ``$input.params``: of a name the path's, query's or header's value, in this order."""
    query = {name: values[-1] for name, values in request.query.items()}
    headers = {name: values[-1] for name, values in request.headers.items()}

    def params(name: str | None = None) -> Any:
        if name is None:
            return {"path": dict(request.path), "querystring": query, "header": headers}
        found = request.path.get(name, query.get(name))
        return found if found is not None else request.last_header(name) or ""

    return params


def _nested(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of `$context` as maps; those without a value are left out.

    Only the first dot divides a name: an authorizer may return names with dots.

    Examples
    --------
    >>> _nested({"stage": "prod", "identity.user": "ann", "identity.caller": None})
    {'stage': 'prod', 'identity': {'user': 'ann'}}
    """
    nested: dict[str, Any] = {}
    for name, value in names.items():
        owner, dot, inner = name.partition(".")
        if value is not None:
            values = nested.setdefault(owner, {}) if dot else nested
            values[inner or owner] = text_of(value)
    return nested


def _escaped(value: Any) -> str | None:
    """Return ``$util.escapeJavaScript``: as Commons Lang's, with single quotes escaped, too."""
    if value is None:
        return None
    return "".join(map(_escaped_character, text_of(value)))


def _escaped_character(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if " " <= character <= chr(_LAST_PRINTABLE):
        return character
    return json.dumps(character)[1:-1].upper().replace("\\U", "\\u")


def _parsed(text: Any) -> Any:
    try:
        return from_json(json.loads(text_of(text)))
    except (ValueError, RecursionError) as error:
        msg = f"$util.parseJson: the text is no JSON: {error}"
        raise TemplateError(msg) from error


def _decoded(text: Any) -> str:
    try:
        return base64.b64decode(text_of(text), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError) as error:
        msg = f"$util.base64Decode: the text is not base64: {error}"
        raise TemplateError(msg) from error


UTIL = HostObject(
    methods={
        "base64Decode": _decoded,
        "base64Encode": lambda text: base64.b64encode(text_of(text).encode()).decode(),
        "escapeJavaScript": _escaped,
        "parseJson": _parsed,
        "urlDecode": lambda text: unquote_plus(text_of(text)),
        "urlEncode": lambda text: quote_plus(text_of(text)),
    }
)

_OBJECTS: Objects = {
    "input": {"body": None, "json": json_path, "params": None, "path": json_path},
    "util": dict.fromkeys(UTIL.methods),
}
