"""A resource has one web ACL: moto keeps the older one as well, and returns it."""

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall


def associate_web_acl(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to AssociateWebACL."""
    response = call_next(call)
    if not succeeded(response):
        return response
    resource, wanted = call.members["ResourceArn"], call.members["WebACLArn"]
    for web_acl in backend("wafv2", call.region).wacls.values():
        others = [arn for arn in web_acl.associated_resources if arn != resource]
        web_acl.associated_resources = others + ([resource] if web_acl.arn == wanted else [])
    return response
