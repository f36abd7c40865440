"""Tags of what API Gateway has: moto keeps them and offers no call to read or change them."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote

from tracing_lab.embedded.http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
    json_response,
)
from tracing_lab.embedded.moto.adapter import backend

_TAGS = re.compile(
    r"/tags/(?P<arn>arn:[^:]+:apigateway:(?P<region>[^:]+)::"
    r"/(?P<kind>restapis|apikeys|usageplans)/(?P<id>[^/]+)(?:/stages/(?P<stage>[^/]+))?)"
)
_COLLECTIONS = {"restapis": "apis", "apikeys": "keys", "usageplans": "usage_plans"}


def concerns_tags(request: HttpRequest) -> bool:
    """Tell whether a call reads or changes tags of API Gateway (``/tags/{arn}``)."""
    return _TAGS.fullmatch(unquote(request.path)) is not None


def answer_tags(request: HttpRequest) -> HttpResponse:
    """Answer GetTags, TagResource or UntagResource.

    Parameters
    ----------
    request
        The call.
    """
    match = _TAGS.fullmatch(unquote(request.path))
    owner = None if match is None else _owner(match)
    if match is None or owner is None:
        return error_response(404, "NotFoundException", "Invalid resource")
    tags = dict(owner.tags or {})
    if request.method == "GET":
        return json_response(200, {"tags": tags})
    if request.method == "PUT":
        tags.update(json.loads(request.body)["tags"])
    else:
        for key in parse_qs(request.query).get("tagKeys", []):
            tags.pop(key, None)
    owner.tags = tags
    return HttpResponse(204)


def _owner(match: "re.Match[str]") -> Any:
    """Find the API, stage, key or usage plan of an ARN; None if there is none."""
    found = getattr(backend("apigateway", match["region"]), _COLLECTIONS[match["kind"]])
    owner = found.get(match["id"])
    return owner if owner is None or match["stage"] is None else owner.stages.get(match["stage"])
