"""Rates of usage plans: moto takes changes of them as whole numbers only."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend

_USAGE_PLAN = re.compile(r"/usageplans/(?P<id>[^/]+)/?")
_RATE = "/throttle/rateLimit"

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_rates(request: HttpRequest) -> bool:
    """Tell whether a call changes the rate of a usage plan."""
    patched = request.method == "PATCH" and _RATE.encode() in request.body
    return patched and _USAGE_PLAN.fullmatch(request.path) is not None


def answer_rates(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer UpdateUsagePlan.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    body = json.loads(request.body)
    rates = [one for one in body["patchOperations"] if one.get("path") == _RATE]
    others = [one for one in body["patchOperations"] if one not in rates]
    text = json.dumps({**body, "patchOperations": others}).encode()
    rate_per_s = float(rates[-1]["value"])
    response = answer(replace(request, body=text))
    if response.status >= 400:  # noqa: PLR2004 - an error
        return response
    content = json.loads(response.body)
    plan = backend("apigateway", region).usage_plans[content["id"]]
    plan.throttle["rateLimit"] = rate_per_s
    content["throttle"] = plan.throttle
    return HttpResponse(response.status, response.headers, json.dumps(content).encode())
