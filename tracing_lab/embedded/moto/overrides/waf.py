"""A resource has one web ACL: moto keeps the older one beside a new one, and tells of the older."""

import json
from collections.abc import Callable

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend

_ASSOCIATE = "AWSWAF_20190729.AssociateWebACL"

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_web_acls(request: HttpRequest) -> bool:
    """Tell whether a call is AssociateWebACL."""
    return request.header("X-Amz-Target") == _ASSOCIATE


def answer_web_acls(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer AssociateWebACL.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    response = answer(request)
    if response.status < 400:  # noqa: PLR2004 - an error
        body = json.loads(request.body)
        for web_acl in backend("wafv2", region).wacls.values():
            wanted = [body["ResourceArn"]] if web_acl.arn == body["WebACLArn"] else []
            others = [one for one in web_acl.associated_resources if one != body["ResourceArn"]]
            web_acl.associated_resources = others + wanted
    return response
