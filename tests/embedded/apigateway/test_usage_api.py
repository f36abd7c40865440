"""GetUsage and UpdateUsage."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from api_calls import rest_call
from calls import authorization

from tracing_lab.embedded.apigateway.admission.quotas import QuotaCounts
from tracing_lab.embedded.apigateway.usage_api import UsageApi
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import QuotaSpec, UsagePlanSpec
from tracing_lab.embedded.server import Server

NOON_S = 1_795_435_200.0
PLAN = UsagePlanSpec("p1", {"v1": "k1", "v2": "k2"}, quota=QuotaSpec(5, "DAY"))
FREE = UsagePlanSpec("p2", {"v1": "k1"})
DATES = "startDate=2026-11-22&endDate=2026-11-23"
PATCH = "/usageplans/p1/keys/k1/usage"


@pytest.fixture
def api() -> UsageApi:
    """Return the API over a book with two requests of one key."""
    book = QuotaCounts()
    for _ in range(2):
        book.take("p1", "k1", QuotaSpec(5, "DAY"), now_s=NOON_S)
    plans = {plan.id: plan for plan in (PLAN, FREE)}
    return UsageApi(plans.__getitem__, book, clock=lambda: NOON_S)


def get(api: UsageApi, query: str, plan: str = "p1") -> tuple[int, Any]:
    answer = api.handle(rest_call("apigateway", "GET", f"/usageplans/{plan}/usage", query=query))
    return answer.status, json.loads(answer.body)


def patch(api: UsageApi, *operations: Any, path: str = PATCH) -> tuple[int, Any]:
    answer = api.handle(rest_call("apigateway", "PATCH", path, {"patchOperations": operations}))
    return answer.status, json.loads(answer.body)


def remaining(value: str) -> dict[str, str]:
    return {"op": "replace", "path": "/remaining", "value": value}


def test_each_key_has_used_and_remaining_requests_by_day(api: UsageApi) -> None:
    assert get(api, DATES) == (
        200,
        {
            "usagePlanId": "p1",
            "startDate": "2026-11-22",
            "endDate": "2026-11-23",
            "values": {"k1": [[0, 5], [2, 3]], "k2": [[0, 5], [0, 5]]},
        },
    )
    assert get(api, f"{DATES}&keyId=k2")[1]["values"] == {"k2": [[0, 5], [0, 5]]}
    assert get(api, DATES, plan="p2")[1]["values"] == {}


def test_what_remains_can_be_extended(api: UsageApi) -> None:
    status, answer = patch(api, remaining("100"))
    assert (status, answer["values"]) == (200, {"k1": [[2, 100]]})
    assert get(api, DATES)[1]["values"]["k1"] == [[0, 5], [2, 100]]


@pytest.mark.parametrize(
    "query, says",
    [
        ("", "startDate must be a date"),
        ("startDate=2026-11-22&endDate=soon", "endDate must be a date"),
        ("startDate=2026-11-23&endDate=2026-11-22", "1 to 90 days"),
        ("startDate=2026-01-01&endDate=2026-11-22", "1 to 90 days"),
        ("startDate=0001-01-01&endDate=0001-01-02", "1 to 90 days"),
    ],
)
def test_bad_dates_are_refused(api: UsageApi, query: str, says: str) -> None:
    status, answer = get(api, query)
    assert (status, answer["__type"]) == (400, "BadRequestException")
    assert says in answer["message"]


def test_unknown_plans_and_keys_are_not_found(api: UsageApi) -> None:
    assert get(api, DATES, plan="p9")[0] == 404
    assert get(api, f"{DATES}&keyId=k9")[0] == 404
    assert patch(api, remaining("1"), path="/usageplans/p1/keys/k9/usage")[0] == 404


@pytest.mark.parametrize(
    "operation",
    [
        remaining("many"),
        remaining("-1"),
        {**remaining("1"), "op": "add"},
        {**remaining("1"), "path": "/used"},
        {"op": "replace"},
        7,
    ],
)
def test_a_bad_patch_changes_nothing(api: UsageApi, operation: Any) -> None:
    assert patch(api, remaining("100"), operation)[0] == 400
    assert get(api, DATES)[1]["values"]["k1"] == [[0, 5], [2, 3]]


def test_a_plan_without_a_quota_has_nothing_to_extend(api: UsageApi) -> None:
    assert patch(api, remaining("1"), path="/usageplans/p2/keys/k1/usage")[0] == 400


def test_the_server_answers_from_what_its_gateway_has_counted(tmp_path: Path) -> None:
    signature = authorization("apigateway", region="eu-west-1")
    headers = (("Host", "localhost"), ("Authorization", signature))

    async def scenario() -> Any:
        server = Server(tmp_path, endpoint_url="http://127.0.0.1:9", token="t", idle_timeout_s=0.0)

        async def call(method: str, path: str, query: str = "", **body: Any) -> Any:
            request = HttpRequest(method, path, query, headers, json.dumps(body).encode())
            return json.loads((await server._answer(request)).body)

        quota = {"limit": 5, "period": "MONTH"}
        plan = await call("POST", "/usageplans", name="basic", quota=quota)
        key = await call("POST", "/apikeys", name="k", enabled=True)
        path = f"/usageplans/{plan['id']}"
        await call("POST", f"{path}/keys", keyId=key["id"], keyType="API_KEY")
        book = server.region("eu-west-1").gateway.quotas
        book.take(plan["id"], key["id"], QuotaSpec(5, "MONTH"), now_s=NOON_S)
        usage = await call("GET", f"{path}/usage", DATES)
        server._control.reset()
        await server.wait_until_stopped()
        return usage["values"][key["id"]]

    assert asyncio.run(scenario()) == [[0, 5], [1, 4]]
