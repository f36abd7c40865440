"""Calls of AWS APIs as the router reads them."""

import json
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import ApiCall, read_call
from tracing_lab.embedded.protocol.signature import SigningScope

REGION = "us-east-1"


def signed_call(service: str, request: HttpRequest, *, key: str = "test") -> ApiCall:
    """Return the call of a request that is signed for a service."""
    return read_call(request, SigningScope(key, REGION, service))


def json_call(service: str, target: str, members: Any) -> ApiCall:
    """Return a call in the JSON protocol; its members may be bytes that are none."""
    headers = (("X-Amz-Target", target),)
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    return signed_call(service, HttpRequest("POST", "/", headers=headers, body=body))


def rest_call(
    service: str, method: str, path: str, members: Any = None, query: str = ""
) -> ApiCall:
    """Return a call in the REST protocol."""
    body = b"" if members is None else json.dumps(members).encode()
    return signed_call(service, HttpRequest(method, path, query, body=body))


def xray_call(path: str, body: bytes) -> ApiCall:
    """Return a call of X-Ray, whose operations all have a path of their own."""
    return signed_call("xray", HttpRequest("POST", path, body=body))
