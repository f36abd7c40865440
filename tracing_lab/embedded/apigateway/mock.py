"""MOCK integrations: answers without a backend, as used for CORS preflight requests.

The status in the request template chooses the response: the first whose selection pattern fits,
or else one without a pattern, the default. Without a request template it is the default, too.
Templates are taken literally; Velocity expressions in them are not evaluated.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

import re
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.model import MethodSpec

from .model import GatewayResponse
from .proxy_events import FINAL_STATUSES

_JSON = "application/json"
_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")


def mock_response(method: MethodSpec, content_type: str | None) -> GatewayResponse | None:
    """Answer for a MOCK integration; None when its configuration gives no answer.

    Parameters
    ----------
    method
        The method with request templates and integration responses.
    content_type
        Of the request; chooses the request template.

    Examples
    --------
    >>> method = MethodSpec("r", "/", "OPTIONS", "MOCK",
    ...     request_templates={"application/json": '{"statusCode": 200}'},
    ...     mock_responses={"200": {"headers": {"Access-Control-Allow-Origin": "*"}}})
    >>> mock_response(method, None).headers
    (('Content-Type', 'application/json'), ('Access-Control-Allow-Origin', '*'))
    """
    status = _status(method, content_type)
    chosen = None if status is None else _chosen(method.mock_responses, status)
    if chosen is None:
        return None
    code, found = chosen
    if int(code) not in FINAL_STATUSES:
        return None
    headers: Mapping[str, Any] = {"Content-Type": _JSON, **(found.get("headers") or {})}
    body = _template(found.get("templates") or {}, _JSON)
    pairs = tuple((name, str(value)) for name, value in headers.items())
    return GatewayResponse(int(code), pairs, body.encode())


def _status(method: MethodSpec, content_type: str | None) -> str | None:
    """Give the status of the request template; empty when there is no template."""
    if not method.request_templates:
        return ""
    match = _STATUS.search(_template(method.request_templates, content_type))
    return match[1] if match else None


def _chosen(responses: Mapping[str, Any], status: str) -> tuple[str, Mapping[str, Any]] | None:
    for code, response in responses.items():
        if _fits(response.get("pattern"), status):
            return code, response
    defaults = {code: one for code, one in responses.items() if not one.get("pattern")}
    if status in defaults:
        return status, defaults[status]
    return next(iter(defaults.items()), None)


def _fits(pattern: str | None, status: str) -> bool:
    try:
        return bool(pattern) and re.fullmatch(str(pattern), status) is not None
    except re.error:
        return False


def _template(templates: Mapping[str, str], content_type: str | None) -> str:
    kind = (content_type or _JSON).partition(";")[0].strip().lower()
    return templates.get(kind) or templates.get(_JSON) or next(iter(templates.values()), "") or ""
