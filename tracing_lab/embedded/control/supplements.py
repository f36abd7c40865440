"""Calls of the control plane that moto answers wrongly or not at all.

Each works on moto's own state, so that moto's answers show it afterwards. What moto learns to do
is deleted here.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote

from tracing_lab.embedded.http import HttpRequest, HttpResponse, error_response, json_response

from .moto_app import backend

_API_TAGS = re.compile(
    r"/tags/(?P<arn>arn:[^:]+:apigateway:(?P<region>[^:]+)::"
    r"/restapis/(?P<api>[^/]+)(?:/stages/(?P<stage>[^/]+))?)"
)
_CONFIGURATION = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/configuration")

Answer = Callable[[HttpRequest], HttpResponse]


def with_supplements(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer a call, with our own part where moto has none.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    tagged = _API_TAGS.fullmatch(unquote(request.path))
    if tagged:
        return _api_tags(request, tagged)
    response = answer(request)
    configured = _CONFIGURATION.fullmatch(request.path)
    if configured and request.method == "PUT" and response.status < 400:  # noqa: PLR2004 - an error
        return _with_tracing_mode(request, response, unquote(configured["function"]), region)
    return response


def _api_tags(request: HttpRequest, match: "re.Match[str]") -> HttpResponse:
    """Read and change tags of REST APIs and stages (``/tags/{arn}``)."""
    apis = backend("apigateway", match["region"]).apis
    api = apis.get(match["api"])
    owner = api if api is None or match["stage"] is None else api.stages.get(match["stage"])
    if owner is None:
        return error_response(404, "NotFoundException", f"Invalid resource: {match['arn']}")
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


def _with_tracing_mode(
    request: HttpRequest, response: HttpResponse, function: str, region: str
) -> HttpResponse:
    """Take ``TracingConfig`` of UpdateFunctionConfiguration, which moto overlooks."""
    wanted: dict[str, Any] | None = json.loads(request.body).get("TracingConfig")
    if wanted is None:
        return response
    backend("lambda", region).get_function(function).tracing_config = wanted
    content = {**json.loads(response.body), "TracingConfig": wanted}
    return HttpResponse(response.status, response.headers, json.dumps(content).encode())
