"""Who a role's session is: GetCallerIdentity.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from xml.sax.saxutils import escape

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.identifiers import random_uuid

from .credentials import Principal

GET_CALLER_IDENTITY = ("sts", "GetCallerIdentity")

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def caller_identity(principal: Principal, *, role_id: str) -> HttpResponse:
    """Return the response to GetCallerIdentity of a role's session.

    Parameters
    ----------
    principal
        The session.
    role_id
        The unique id of its role.

    Examples
    --------
    >>> role = Principal("arn:aws:iam::123456789012:role/service/shop", "order")
    >>> b"assumed-role/shop/order" in caller_identity(role, role_id="AROA").body
    True
    """
    members = {
        "Arn": principal.arn,
        "UserId": f"{role_id}:{principal.session_name}",
        "Account": principal.account_id,
    }
    result = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in members.items())
    metadata = f"<ResponseMetadata><RequestId>{random_uuid()}</RequestId></ResponseMetadata>"
    body = (
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}">'
        f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult>{metadata}"
        "</GetCallerIdentityResponse>"
    )
    return HttpResponse(200, (("Content-Type", "text/xml"),), body.encode())
