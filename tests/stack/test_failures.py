"""Retries and dead letters of functions and rules."""

import json

from stacks import NAMES, with_options


def test_dead_letters_of_a_rule_and_its_function_go_to_one_queue() -> None:
    items = with_options(enable_dead_letter_queues=True)
    queue = NAMES.queue_arn("payment")
    target = items["payment-rule"].properties["Targets"]["payment"]
    assert target == {"Arn": NAMES.function_arn("payment"), "DeadLetterConfig": {"Arn": queue}}
    function = items["payment-function"].properties
    assert function["DeadLetterConfig"] == {"TargetArn": queue}
    assert "DeadLetterConfig" not in with_options()["payment-function"].properties


def test_only_the_rule_may_send_to_the_queue_and_only_then_the_role_may() -> None:
    items = with_options(enable_dead_letter_queues=True)
    statement = items["payment-dead-letters"].properties["Policy"]["Statement"][0]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": NAMES.rule_arn("payment")}}
    assert items["order-dead-letters"].properties["Policy"] == {}  # no rule feeds it
    policy = items["order-role"].properties["Policies"]["least-privilege"]
    granted = {one["Action"]: one["Resource"] for one in policy["Statement"][2:]}
    assert granted["sqs:SendMessage"] == NAMES.queue_arn("order")
    assert "sqs" not in json.dumps(with_options()["order-role"].properties)


def test_retries_are_named_only_where_they_are_not_those_of_aws() -> None:
    assert list(with_options()["payment-rule"].properties["Targets"]["payment"]) == ["Arn"]
    items = with_options(event_max_retries=3, lambda_max_event_age_s=120)
    assert items["payment-rule"].properties["Targets"]["payment"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": 86400,
        "MaximumRetryAttempts": 3,
    }
    settings = items["payment-retries"].properties
    assert (settings["MaximumEventAgeInSeconds"], settings["MaximumRetryAttempts"]) == (120, 2)
