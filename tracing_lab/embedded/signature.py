"""What a request's SigV4 signature tells about where it is going.

The signature itself is not checked: the server listens on loopback only and has no secrets.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

from .http import HttpRequest

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


@dataclass(frozen=True)
class SigningScope:
    """The credential scope of a signed request."""

    access_key: str
    region: str
    service: str


def signing_scope(request: HttpRequest) -> SigningScope | None:
    """Read the scope from the Authorization header or a presigned query; None when unsigned.

    Examples
    --------
    >>> value = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/xray/aws4_request, ..."
    >>> signing_scope(HttpRequest("POST", "/", headers=(("Authorization", value),))).service
    'xray'
    """
    text = request.header("Authorization") or ""
    if not text and "X-Amz-Credential=" in request.query:
        text = "Credential=" + parse_qs(request.query)["X-Amz-Credential"][0]
    match = _CREDENTIAL.search(text)
    if match is None:
        return None
    access_key, region, service = match.groups()
    return SigningScope(access_key, region, service.lower())
