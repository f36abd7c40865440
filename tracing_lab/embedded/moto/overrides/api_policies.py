"""Resource policies of REST APIs are checked when they are set, which moto does not do.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.iam.policy import as_list

_REST_API = re.compile(r"/restapis(?:/(?P<id>[^/]+))?/?")
_MESSAGE = (
    "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
)
_ONE_OF = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


def refuse_api_policy(request: HttpRequest) -> HttpResponse | None:
    """Give the answer to CreateRestApi or UpdateRestApi with a policy that is none; else None."""
    match = _REST_API.fullmatch(request.path)
    if match is None or request.method != ("PATCH" if match["id"] else "POST"):
        return None
    if all(is_policy(text) for text in _policies(request)):
        return None
    return error_response(400, "BadRequestException", _MESSAGE)


def is_policy(text: Any) -> bool:
    """Tell whether a text is a resource policy; an empty one takes the policy away.

    Examples
    --------
    >>> is_policy('{"Statement": {"Effect": "Allow"}}'), is_policy("")
    (False, True)
    """
    if not isinstance(text, str):
        return False
    if not text.strip():
        return True
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    statements = as_list(document.get("Statement", [])) if isinstance(document, dict) else []
    return bool(statements) and all(map(_is_statement, statements))


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return False
    if not all(any(name in statement for name in names) for names in _ONE_OF):
        return False
    conditions = statement.get("Condition") or {}
    return isinstance(conditions, dict) and all(
        isinstance(one, dict) for one in conditions.values()
    )


def _policies(request: HttpRequest) -> Iterator[Any]:
    try:
        body = json.loads(request.body or b"{}")
    except ValueError:
        return  # moto says what is wrong
    if not isinstance(body, Mapping):
        return
    if body.get("policy") is not None:
        yield body["policy"]
    for one in body.get("patchOperations") or ():
        if isinstance(one, Mapping) and one.get("path") == "/policy" and one.get("op") != "remove":
            yield one.get("value")
