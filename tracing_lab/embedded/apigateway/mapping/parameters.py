"""Mapping expressions of parameters: ``method.request.header.X``, ``context.stage``, ``'text'``.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping.html
"""

import re
from collections.abc import Mapping, Sequence

from tracing_lab.embedded.apigateway.velocity.errors import TemplateError
from tracing_lab.embedded.apigateway.velocity.json_path import json_path
from tracing_lab.embedded.apigateway.velocity.values import from_json
from tracing_lab.embedded.http.messages import is_header_name, sendable

from .errors import MappingError
from .sources import MappingSources, Message, plain_text

_TARGETS = {
    "request": re.compile(
        r"integration\.request\.(?P<part>header|querystring|path)\.(?P<name>\S+)"
    ),
    "response": re.compile(r"method\.response\.(?P<part>header)\.(?P<name>\S+)"),
}
_NAMES = r"(?:multivalue)?header|(?:multivalue)?querystring|path"
_MESSAGES = {
    "request": re.compile(
        rf"method\.request\.(?:(?P<part>{_NAMES})\.(?P<name>\S+)|body(?P<path>[.\[].*)?)"
    ),
    "response": re.compile(
        r"integration\.response\.(?:(?P<part>(?:multivalue)?header)\.(?P<name>\S+)|body(?P<path>[.\[].*)?)"
    ),
}
_MULTIPLE = "multivalue"
_CONTEXT = "context."
_STAGE_VARIABLES = "stageVariables."


def check_parameters(parameters: Mapping[str, str], kind: str) -> None:
    """Return if mapping expressions can be read, and raise otherwise.

    Parameters
    ----------
    parameters
        Expressions by what they set.
    kind
        ``request`` or ``response``, of an integration.

    Raises
    ------
    MappingError
        One of them cannot be read.

    Examples
    --------
    >>> check_parameters({"integration.request.header.X": "'a'"}, "request")
    >>> check_parameters({"integration.request.cookie.X": "'a'"}, "request")
    Traceback (most recent call last):
    tracing_lab.embedded.apigateway.mapping.errors.MappingError: integration.request.cookie.X
    """
    for target, expression in parameters.items():
        found = _TARGETS[kind].fullmatch(target)
        if found is None or (found["part"] == "header" and not is_header_name(found["name"])):
            raise MappingError(target)
        if not _is_expression(str(expression), kind):
            raise MappingError(str(expression))


def declared_parameter(expression: str) -> str | None:
    """Return the parameter of the method's request that an expression reads, or None.

    Examples
    --------
    >>> declared_parameter("method.request.multivalueheader.X"), declared_parameter("'a'")
    ('method.request.header.X', None)
    """
    found = _MESSAGES["request"].fullmatch(expression)
    if found is None or found["part"] is None:
        return None
    return f"method.request.{found['part'].removeprefix(_MULTIPLE)}.{found['name']}"


def mapped(
    parameters: Mapping[str, str], sources: MappingSources, kind: str
) -> dict[str, dict[str, list[str]]]:
    """Return what mapping expressions set: values by place and name.

    Expressions without a value set nothing.

    Parameters
    ----------
    parameters
        Expressions by what they set.
    sources
        What they read.
    kind
        ``request`` or ``response``, of an integration.
    """
    found: dict[str, dict[str, list[str]]] = {"header": {}, "path": {}, "querystring": {}}
    for target, expression in parameters.items():
        match = _TARGETS[kind].fullmatch(target)
        values = _values(str(expression), sources, kind)
        if match is not None and values:
            found[match["part"]][match["name"]] = [sendable(value) for value in values]
    return found


def _is_expression(expression: str, kind: str) -> bool:
    if _literal(expression) is not None or expression.startswith((_CONTEXT, _STAGE_VARIABLES)):
        return True
    found = _MESSAGES[kind].fullmatch(expression)
    if found is None:
        return False
    try:
        return found["path"] is None or bool(json_path(f"${found['path']}"))
    except TemplateError:
        return False


def _literal(expression: str) -> str | None:
    is_quoted = len(expression) > 1 and expression[0] == expression[-1] == "'"
    return expression[1:-1] if is_quoted else None


def _values(expression: str, sources: MappingSources, kind: str) -> list[str]:
    literal = _literal(expression)
    if literal is not None:
        return [literal]
    if expression.startswith(_CONTEXT):
        return _texts(sources.context.get(expression.removeprefix(_CONTEXT)))
    if expression.startswith(_STAGE_VARIABLES):
        return _texts(sources.stage_variables.get(expression.removeprefix(_STAGE_VARIABLES)))
    found = _MESSAGES[kind].fullmatch(expression)
    message = sources.request if kind == "request" else sources.response
    return [] if found is None or message is None else _of_message(found, message)


def _of_message(found: re.Match[str], message: Message) -> list[str]:
    part, name = found["part"], found["name"]
    if part is None:
        path = found["path"]
        return _texts(json_path(f"${path}").find(message.content) if path else message.text)
    if part == "path":
        return _texts(message.path.get(name))
    values: Sequence[str] = (
        message.header(name) if part.endswith("header") else message.query.get(name, ())
    )
    return list(values if part.startswith(_MULTIPLE) else values[-1:])


def _texts(value: object) -> list[str]:
    return [] if value is None or value == "" else [plain_text(from_json(value))]
