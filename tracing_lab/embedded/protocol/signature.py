"""Reads caller, service and region from a request's SigV4 signature.

The signature itself is not verified: the server listens on loopback only and has no secrets of its
callers. Its form is checked, so that a request cannot be read with another key or scope.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote

from tracing_lab.embedded.http.messages import HttpRequest

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")
_SIGV4 = re.compile(
    r"AWS4-HMAC-SHA256[ \t]+Credential=[^/,\s=]+/\d{8}/[^/,\s=]+/[^/,\s=]+/aws4_request"
    r"[ \t]*,[ \t]*SignedHeaders=[^,\s=]+[ \t]*,[ \t]*Signature=[0-9A-Fa-f]{64}"
)
_QUERY_CREDENTIAL = re.compile(r"[\w-]+(/[\w.-]+){4}", re.ASCII)
_CLAIMED = re.compile(r"Credential=([^/,&\s]+)/")
_IN_QUERY = "X-Amz-Credential"
_PRESIGNED = "s3"


class SigningScope(NamedTuple):
    """The credential scope of a signed request."""

    access_key: str
    region: str
    service: str


def signing_scope(request: HttpRequest) -> SigningScope | None:
    """Return the scope in the Authorization header or a presigned query; None when unsigned.

    A query counts for S3 only, whose URLs are presigned.

    Examples
    --------
    >>> value = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/xray/aws4_request, ..."
    >>> signing_scope(HttpRequest("POST", "/", headers=(("Authorization", value),))).service
    'xray'
    """
    header = request.header("Authorization")
    if header is not None:
        return _scope(header)
    queried = _queried_credentials(request)
    scope = _scope(f"Credential={queried[0]}") if queried else None
    return scope if scope is not None and scope.service == _PRESIGNED else None


def signature_problem(request: HttpRequest) -> str | None:
    """Return what is wrong with the form of a request's signature; None if it is valid or absent.

    Examples
    --------
    >>> signature_problem(HttpRequest("GET", "/", headers=(("Authorization", "Basic eDp5"),)))
    "The Authorization header is not 'AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=..., Signature=...' with 64 hexadecimal digits"
    """  # noqa: E501 - the message
    headers = request.by_name.get("authorization", ())
    queried = _queried_credentials(request)
    if len(headers) > 1 or len(queried) > 1 or (headers and queried):
        return "The request has more than one credential"
    if headers and not _SIGV4.fullmatch(headers[0].strip()):
        return (
            "The Authorization header is not 'AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/"
            "aws4_request, SignedHeaders=..., Signature=...' with 64 hexadecimal digits"
        )
    if queried and not _QUERY_CREDENTIAL.fullmatch(queried[0]):
        return f"{_IN_QUERY} is not KEY/DATE/REGION/SERVICE/aws4_request"
    return None


def claimed_keys(request: HttpRequest) -> frozenset[str]:
    """Return the access keys that a request to an API's stage claims to be signed with.

    Examples
    --------
    >>> claimed_keys(HttpRequest("GET", "/", "X-Amz-Credential=AK%2F2026&X-Amz-Signature=0"))
    frozenset({'AK'})
    >>> claimed_keys(HttpRequest("GET", "/", "X-Amz-Signature=0"))  # signed, with no key
    frozenset({''})
    >>> claimed_keys(HttpRequest("GET", "/"))
    frozenset()
    """
    headers = request.by_name.get("authorization", ())
    signed = [text for text in headers if text.startswith("AWS4-")]
    if "X-Amz-Signature=" in request.query:
        signed += [unquote(request.query), *headers]
    keys = (match[1] for text in signed for match in _CLAIMED.finditer(text))
    return frozenset(keys) or frozenset({""} if signed else ())


def _queried_credentials(request: HttpRequest) -> list[str]:
    if "credential" not in request.query.lower():
        return []
    query = parse_qs(request.query, keep_blank_values=True)
    return [text for name, texts in query.items() if name == _IN_QUERY for text in texts]


def _scope(text: str) -> SigningScope | None:
    match = _CREDENTIAL.search(text)
    if match is None:
        return None
    access_key, region, service = match.groups()
    return SigningScope(access_key, region, service.lower())
