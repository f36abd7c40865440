"""Authorizes callers: methods with IAM authorization require a signed request.

The signature itself is not verified, as everywhere in the embedded AWS. `authorizers` has those of
Lambda. Those of Cognito are not simulated: their methods reject all requests, so that a method that
is protected on AWS is not open here.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

import logging
import re
from urllib.parse import unquote

from tracing_lab.embedded.apigateway.model import Failure, GatewayRejection, MethodRoute
from tracing_lab.embedded.http.messages import HttpRequest

LOGGER = logging.getLogger(__name__)

NONE = "NONE"
IAM = "AWS_IAM"
CUSTOM = "CUSTOM"

_SCHEME = "AWS4-"
_PRESIGNED = "X-Amz-Signature="
_CREDENTIAL = re.compile(r"Credential=([^/,&\s]+)/")


def authorization_rejection(request: HttpRequest, route: MethodRoute) -> GatewayRejection | None:
    """Return why a caller may not call a method, as far as no authorizer decides it, or None."""
    kind = route.method.authorization
    if kind in (NONE, CUSTOM) or (kind == IAM and is_signed(request)):
        return None
    if kind == IAM:
        return GatewayRejection(
            Failure.NO_ROUTE
        )  # the same response: "Missing Authentication Token"
    if not request.header("Authorization"):
        return GatewayRejection(Failure.UNAUTHORIZED)
    LOGGER.warning("Method %s: authorizers (%s) are not simulated", route.method.name, kind)
    return GatewayRejection(Failure.INTERNAL)


def condition_values(request: HttpRequest) -> dict[str, str]:
    """Return the values of the condition keys that policies may read of a request.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html

    Examples
    --------
    >>> condition_values(HttpRequest("GET", "/", source_ip="10.0.0.1"))["aws:SourceIp"]
    '10.0.0.1'
    """
    return {
        "aws:SourceIp": request.source_ip,
        "aws:UserAgent": request.header("User-Agent") or "",
        "aws:Referer": request.header("Referer") or "",
    }


def access_key(request: HttpRequest) -> str:
    """Return the access key that a request is signed with; empty for one that is not.

    Examples
    --------
    >>> access_key(HttpRequest("GET", "/", "X-Amz-Credential=AK%2F2026"))
    'AK'
    """
    text = f"{request.header('Authorization') or ''} {unquote(request.query)}"
    match = _CREDENTIAL.search(text)
    return match[1] if match else ""


def is_signed(request: HttpRequest) -> bool:
    """Return whether a request has an AWS signature, in a header or the query.

    Examples
    --------
    >>> is_signed(HttpRequest("GET", "/", "X-Amz-Signature=0"))
    True
    """
    return _PRESIGNED in request.query or (request.header("Authorization") or "").startswith(
        _SCHEME
    )
