"""MOCK integrations: answers without a backend, as used for CORS preflight requests.

Templates are taken literally; Velocity expressions in them are not evaluated.
"""

import re
from collections.abc import Mapping
from typing import Any

from .gateway_model import GatewayResponse
from .model import MethodSpec

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
    match = _STATUS.search(_template(method.request_templates, content_type))
    found = method.mock_responses.get(match[1]) if match else None
    if match is None or found is None:
        return None
    headers: Mapping[str, Any] = {"Content-Type": _JSON, **(found.get("headers") or {})}
    body = _template(found.get("templates") or {}, _JSON)
    pairs = tuple((name, str(value)) for name, value in headers.items())
    return GatewayResponse(int(match[1]), pairs, body.encode())


def _template(templates: Mapping[str, str], content_type: str | None) -> str:
    kind = (content_type or _JSON).partition(";")[0].strip().lower()
    return templates.get(kind) or templates.get(_JSON) or next(iter(templates.values()), "") or ""
