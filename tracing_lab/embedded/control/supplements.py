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

from .api_supplements import answer_media_types, concerns_media_types
from .event_supplements import answer_events, operation_of
from .metric_supplements import with_whole_minutes
from .moto_app import backend

_API_TAGS = re.compile(
    r"/tags/(?P<arn>arn:[^:]+:apigateway:(?P<region>[^:]+)::"
    r"/restapis/(?P<api>[^/]+)(?:/stages/(?P<stage>[^/]+))?)"
)
_FUNCTIONS = re.compile(r"/2015-03-31/functions(?:/(?P<function>[^/]+)(?:/configuration)?)?/?")

_DEAD_LETTER_CONFIG = "tracing_lab_dead_letter_config"
"""The attribute of moto's functions that keeps what moto itself drops."""

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
    if operation_of(request) is not None:
        return answer_events(answer, request, region=region)
    if concerns_media_types(request):
        return answer_media_types(answer, request, region=region)
    response = answer(with_whole_minutes(request))
    function = _FUNCTIONS.fullmatch(request.path)
    if function and request.method != "DELETE" and response.status < 400:  # noqa: PLR2004 - an error
        return _with_function_settings(request, response, function["function"], region)
    return response


def dead_letter_arn(function: Any) -> str | None:
    """Give the dead-letter queue or topic of one of moto's functions."""
    config: dict[str, str] = getattr(function, _DEAD_LETTER_CONFIG, {})
    return config.get("TargetArn") or None


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


def _with_function_settings(
    request: HttpRequest, response: HttpResponse, name: str | None, region: str
) -> HttpResponse:
    """Keep and show what moto overlooks: ``DeadLetterConfig``, and changes of ``TracingConfig``.

    Concerns CreateFunction, UpdateFunctionConfiguration, GetFunction, GetFunctionConfiguration.
    """
    content = json.loads(response.body)
    wanted = json.loads(request.body) if request.method in {"POST", "PUT"} else {}
    name = unquote(name) if name else wanted.get("FunctionName")
    if name is None:  # ListFunctions
        return response
    function = backend("lambda", region).get_function(name)
    shown = content.get("Configuration", content)
    if request.method == "PUT" and wanted.get("TracingConfig") is not None:
        function.tracing_config = shown["TracingConfig"] = wanted["TracingConfig"]
    if wanted.get("DeadLetterConfig") is not None:
        setattr(function, _DEAD_LETTER_CONFIG, wanted["DeadLetterConfig"])
    if dead_letter_arn(function) is not None:
        shown["DeadLetterConfig"] = {"TargetArn": dead_letter_arn(function)}
    return HttpResponse(response.status, response.headers, json.dumps(content).encode())
