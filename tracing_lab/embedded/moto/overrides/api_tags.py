"""Tags of API Gateway's resources: moto keeps them but has no call to read or change them."""

import re
from typing import Any
from urllib.parse import parse_qs

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_RESOURCE = re.compile(
    r"arn:[^:]+:apigateway:(?P<region>[^:]+)::"
    r"/(?P<kind>restapis|apikeys|usageplans)/(?P<id>[^/]+)(?:/stages/(?P<stage>[^/]+))?"
)
_COLLECTIONS = {"restapis": "apis", "apikeys": "keys", "usageplans": "usage_plans"}


def get_tags(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to GetTags; moto responds for other resources."""
    match = _RESOURCE.fullmatch(call.path_members["resourceArn"])
    return (
        call_next(call) if match is None else json_response(200, {"tags": _owner(match).tags or {}})
    )


def tag_resource(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to TagResource."""
    match = _RESOURCE.fullmatch(call.path_members["resourceArn"])
    if match is None:
        return call_next(call)
    owner = _owner(match)
    owner.tags = {**(owner.tags or {}), **call.members["tags"]}
    return HttpResponse(204)


def untag_resource(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to UntagResource."""
    match = _RESOURCE.fullmatch(call.path_members["resourceArn"])
    if match is None:
        return call_next(call)
    owner = _owner(match)
    gone = parse_qs(call.request.query).get("tagKeys", [])
    owner.tags = {key: value for key, value in (owner.tags or {}).items() if key not in gone}
    return HttpResponse(204)


def _owner(match: "re.Match[str]") -> Any:
    """Return the API, stage, key or usage plan of an ARN."""
    found = getattr(backend("apigateway", match["region"]), _COLLECTIONS[match["kind"]])
    owner = found.get(match["id"])
    if owner is not None and match["stage"] is not None:
        owner = owner.stages.get(match["stage"])
    if owner is None:
        code, message = "NotFoundException", "Invalid resource"
        raise ApiError(code, message, status=404)
    return owner
