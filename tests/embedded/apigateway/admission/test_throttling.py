"""API keys, usage plans, throttling and quotas."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.model import (
    MethodSettings,
    QuotaSpec,
    ThrottleSpec,
    UsagePlanSpec,
)

PLAN = UsagePlanSpec("plan1", {"key-value": "key1", "other-value": "key2"})
ONE = ThrottleSpec(rate_per_s=1.0, burst=1)
DAY_S = 86400.0
FORBIDDEN = (403, "Forbidden")
TOO_MANY = (429, "Too Many Requests")
LIMIT = (429, "Limit Exceeded")
CREATED = (201, None)


def world_of(lab: Any, plan: UsagePlanSpec | None = PLAN, **stage: Any) -> Any:
    """Make a world whose only method wants a key where there is a plan."""
    method = replace(lab.POST, api_key_required=plan is not None)
    plans = (plan,) if plan else ()
    return lab.World(stage=replace(lab.STAGE, methods=(method,), usage_plans=plans, **stage))


def answers(lab: Any, world: Any, *requests: tuple[str, float]) -> list[tuple[int, str | None]]:
    """Send requests with a key, each after a wait of some seconds, to one gateway."""

    async def run() -> list[tuple[int, str | None]]:
        gateway, found = world.gateway(), []
        for key, wait_s in requests:
            world.now_s += wait_s
            headers = [("X-Api-Key", key)] if key else []
            response = await gateway.handle(replace(lab.REQUEST, headers=headers), lab.ADDRESS)
            message = json.loads(response.body).get("message")
            found.append((response.status, message))
        return found

    return asyncio.run(run())


@pytest.mark.parametrize(
    "key, expected",
    [("key-value", CREATED), ("", FORBIDDEN), ("KEY-VALUE", FORBIDDEN), ("wrong", FORBIDDEN)],
)
def test_only_a_key_of_the_stage_s_plan_opens_a_method(lab: Any, key: str, expected: Any) -> None:
    assert answers(lab, world_of(lab), (key, 0)) == [expected]


def test_without_a_plan_no_key_is_good(lab: Any) -> None:
    world = world_of(lab)
    world.stage = replace(world.stage, usage_plans=())
    assert answers(lab, world, ("key-value", 0)) == [FORBIDDEN]


def test_a_method_that_requires_no_key_takes_any(lab: Any) -> None:
    assert answers(lab, world_of(lab, None), ("wrong", 0), ("", 0)) == [CREATED, CREATED]


def test_a_plan_does_not_limit_methods_that_require_no_key(lab: Any) -> None:
    world = world_of(lab, replace(PLAN, throttle=ONE))
    world.stage = replace(world.stage, methods=(lab.POST,))
    assert answers(lab, world, *[("key-value", 0)] * 2) == [CREATED, CREATED]


def test_the_function_learns_whose_key_it_was(lab: Any) -> None:
    world = world_of(lab)
    answers(lab, world, ("key-value", 0))
    identity = json.loads(world.invocations[0].payload)["requestContext"]["identity"]
    assert (identity["apiKey"], identity["apiKeyId"]) == ("key-value", "key1")


def test_each_key_has_its_own_bucket_that_fills_again(lab: Any) -> None:
    world = world_of(lab, replace(PLAN, throttle=ONE))
    requests = [("key-value", 0), ("key-value", 0), ("other-value", 0), ("key-value", 1)]
    assert answers(lab, world, *requests) == [CREATED, TOO_MANY, CREATED, CREATED]


def test_a_throttled_request_reaches_no_function(lab: Any) -> None:
    world = world_of(lab, replace(PLAN, throttle=ThrottleSpec(0.0, 0)))
    answers(lab, world, ("key-value", 9))
    assert world.invocations == []
    assert world.segments[0]["throttle"]


def test_a_plan_s_limit_for_a_method_replaces_its_general_one(lab: Any) -> None:
    own = {"/orders/{customerId}/POST": ThrottleSpec(1.0, 2)}
    world = world_of(lab, replace(PLAN, throttle=ONE, method_throttles=own))
    assert answers(lab, world, *[("key-value", 0)] * 3) == [CREATED, CREATED, TOO_MANY]


def test_a_stage_throttles_all_clients_together(lab: Any) -> None:
    settings = {"*/*": MethodSettings(throttle=ONE)}
    world = world_of(lab, None, method_settings=settings)
    assert answers(lab, world, ("", 0), ("", 0), ("", 1)) == [CREATED, TOO_MANY, CREATED]


def test_a_quota_holds_until_the_next_day(lab: Any) -> None:
    world = world_of(lab, replace(PLAN, quota=QuotaSpec(1, "DAY")))
    requests = [("key-value", 0), ("key-value", 0), ("other-value", 0), ("key-value", DAY_S)]
    assert answers(lab, world, *requests) == [CREATED, LIMIT, CREATED, CREATED]


def test_throttled_requests_use_up_no_quota(lab: Any) -> None:
    world = world_of(lab, replace(PLAN, throttle=ONE, quota=QuotaSpec(2, "MONTH")))
    requests = [("key-value", 0), ("key-value", 0), ("key-value", 1), ("key-value", 1)]
    assert answers(lab, world, *requests) == [CREATED, TOO_MANY, CREATED, LIMIT]


def test_a_changed_limit_takes_effect(lab: Any) -> None:
    async def run() -> list[int]:
        gateway = world.gateway()
        before = [(await gateway.handle(lab.REQUEST, lab.ADDRESS)).status for _ in range(2)]
        settings = {"*/*": MethodSettings(throttle=ThrottleSpec(1.0, 5))}
        world.stage = replace(world.stage, method_settings=settings)
        return [*before, (await gateway.handle(lab.REQUEST, lab.ADDRESS)).status]

    world = world_of(lab, None, method_settings={"*/*": MethodSettings(throttle=ONE)})
    assert asyncio.run(run()) == [201, 429, 201]
