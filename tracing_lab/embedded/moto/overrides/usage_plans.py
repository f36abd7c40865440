"""Rates of usage plans: moto accepts changes as whole numbers only."""

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import (
    CallNext,
    content_of,
    patch_operations,
    succeeded,
    with_content,
)
from tracing_lab.embedded.protocol.api_call import ApiCall, json_members

_RATE = "/throttle/rateLimit"


def update_usage_plan(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to UpdateUsagePlan."""
    operations = patch_operations(call)
    rates = [operation for operation in operations if operation.get("path") == _RATE]
    if not rates:
        return call_next(call)
    others = [operation for operation in operations if operation not in rates]
    rate_per_s = float(rates[-1]["value"])
    members = json_members(call.request) or {}
    response = call_next(call.with_members({**members, "patchOperations": others}))
    if not succeeded(response):
        return response
    content = content_of(response)
    plan = backend("apigateway", call.region).usage_plans[content["id"]]
    plan.throttle["rateLimit"] = rate_per_s
    return with_content(response, {**content, "throttle": plan.throttle})
