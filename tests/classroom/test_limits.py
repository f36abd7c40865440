"""Whether an account has room for a class."""

import pytest

from tracing_lab.classroom.limits import (
    concurrency_note,
    concurrency_shortage,
    demand,
    shortages,
)
from tracing_lab.stack import Action, Resource, Step

GROUP, RULE = "AWS::XRay::Group", "AWS::XRay::SamplingRule"
LISTED = {"xray:GetGroups": ["Default", "mine"], "xray:GetSamplingRules": ["Default"]}


def step(type_: str, action: Action = Action.CREATE) -> Step:
    return Step(action, Resource(type_, "x", "x", {}))


def test_what_is_created_counts_and_what_goes_makes_room() -> None:
    plans = [[step(GROUP), step(RULE)], [step(GROUP)], [step(GROUP, Action.DELETE)]]
    plans += [[step(RULE, Action.UPDATE), step(RULE, Action.REPLACE)]]
    assert demand(plans) == {GROUP: 1, RULE: 1}


def test_all_that_exists_counts_but_for_the_default_ones() -> None:
    limits = {GROUP: 25, RULE: 25}
    assert shortages({GROUP: 24, RULE: 25}, limits, LISTED) == ()
    (text,) = shortages({GROUP: 25, RULE: 25}, limits, LISTED)
    assert text == (
        "25 more of AWS::XRay::Group are needed, 1 exist and 25 are allowed, so 24 can be made. "
        "Take fewer learners or another region, or raise the quota; or all go without it: "
        "enable_x_ray_group=false."
    )


def test_class_that_needs_nothing_more_fits_into_a_full_account() -> None:
    assert shortages({GROUP: 0}, {GROUP: 1}, {"xray:GetGroups": ["a", "b"]}) == ()


@pytest.mark.parametrize("reserved, fits", [(0, True), (900, True), (901, False)])
def test_lambda_keeps_a_hundred_executions_for_all(reserved: int, *, fits: bool) -> None:
    limits = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}
    assert (concurrency_shortage(limits, reserved) == "") == fits


def test_new_account_with_ten_executions_reserves_none_and_is_warned_of() -> None:
    limits = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    assert concurrency_shortage(limits, 0) == ""
    assert "1 concurrent executions of Lambda are to be reserved and 0" in concurrency_shortage(
        limits, 1
    )
    assert "need 120 or more" in concurrency_note(limits, 30)
    assert concurrency_note({"UnreservedConcurrentExecutions": 120}, 30) == ""
