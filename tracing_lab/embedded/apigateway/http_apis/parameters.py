"""Values of parameters that integrations with AWS services take from a request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs

from .context_variables import context_variables
from .exchange import HttpExchange

_EXPRESSION = re.compile(r"\$(request|context|stageVariables)\b[\w.\[\]-]*")
_EMBEDDED = re.compile(r"\$\{((?:request|context|stageVariables)\b[^}]*)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def parameter(exchange: HttpExchange, expression: str) -> str | None:
    """Return the value of a parameter; None if the request does not have it.

    Parameters
    ----------
    exchange
        The request.
    expression
        ``$request.body.order``, for example, or text, which may have ``${request.body.order}``.
    """
    if _EXPRESSION.fullmatch(expression):
        return _value(exchange, expression[1:])
    return _EMBEDDED.sub(lambda match: _value(exchange, match[1]) or "", expression)


def _value(exchange: HttpExchange, expression: str) -> str | None:
    root, _, rest = expression.partition(".")
    if root == "stageVariables":
        return exchange.stage.variables.get(rest)
    if root == "context":
        value = context_variables(exchange).get(rest)
        return None if value is None else str(value)
    kind, _, name = rest.partition(".")
    return _of_request(exchange, kind, name)


def _of_request(exchange: HttpExchange, kind: str, name: str) -> str | None:
    request, route = exchange.request, exchange.route
    if kind == "body":
        return _of_body(request.body, name)
    if kind == "header":
        return ",".join(request.by_name.get(name.lower(), ())) or None
    if kind == "querystring":
        return ",".join(parse_qs(request.query, keep_blank_values=True).get(name, ())) or None
    if kind == "path" and not name:
        return exchange.shown_path
    return (route.path_parameters if route else {}).get(name) if kind == "path" else None


def _of_body(body: bytes, path: str) -> str | None:
    """Return a part of a body of JSON; the whole body, whatever it is, without a path."""
    if not path:
        return body.decode("utf-8", "replace")
    try:
        found: Any = json.loads(body)
        for name, index in _STEP.findall(path):
            found = found[int(index)] if index else found[name]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) or found is None else json.dumps(found)
