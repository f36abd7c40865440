"""Who is calling: methods with IAM authorisation want a signed request.

The signature itself is not checked, as everywhere in the embedded AWS. Authorizers (Lambda,
Cognito) are not simulated: their methods let nobody in, so that what is closed on AWS is not open
here.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

import logging
import re
from urllib.parse import unquote

from .model import Failure, GatewayRequest, Refusal, Route

LOGGER = logging.getLogger(__name__)

NONE = "NONE"
IAM = "AWS_IAM"

_SCHEME = "AWS4-"
_PRESIGNED = "X-Amz-Signature="
_CREDENTIAL = re.compile(r"Credential=([^/,&\s]+)/")


def authorization_refusal(request: GatewayRequest, route: Route) -> Refusal | None:
    """Tell why a caller is not let in to a method, or None.

    Parameters
    ----------
    request
        The request.
    route
        The method that serves it.
    """
    kind = route.method.authorization
    if kind == NONE or (kind == IAM and is_signed(request)):
        return None
    if kind == IAM:
        return Refusal(Failure.NO_ROUTE)  # the same answer: "Missing Authentication Token"
    if not request.header("Authorization"):
        return Refusal(Failure.UNAUTHORIZED)
    LOGGER.warning("Method %s: authorizers (%s) are not simulated", route.method.name, kind)
    return Refusal(Failure.INTERNAL)


def access_key(request: GatewayRequest) -> str:
    """Give the access key that a request is signed with; empty for one that is not.

    Examples
    --------
    >>> access_key(GatewayRequest("a", "prod", "GET", "/", raw_query="X-Amz-Credential=AK%2F2026"))
    'AK'
    """
    text = f"{request.header('Authorization') or ''} {unquote(request.raw_query)}"
    match = _CREDENTIAL.search(text)
    return match[1] if match else ""


def is_signed(request: GatewayRequest) -> bool:
    """Tell whether a request carries a signature of AWS's, in a header or the query.

    Examples
    --------
    >>> is_signed(GatewayRequest("a", "prod", "GET", "/", raw_query="X-Amz-Signature=0"))
    True
    """
    return _PRESIGNED in request.raw_query or (request.header("Authorization") or "").startswith(
        _SCHEME
    )
