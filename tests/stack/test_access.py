"""Who may call the API, how often and with what."""

import json
from typing import Any

import jsonschema
import pytest
from stacks import WEB_ACL, with_options

from shop.orders import order_from_request
from shop.rest_api import InvalidRequestError


def test_orders_need_the_key_of_a_plan_with_limits() -> None:
    items = with_options(
        enable_api_key=True, usage_plan_rate=5, usage_plan_burst=3, usage_plan_quota=100
    )
    post = items["api"].properties["Methods"]["/orders/{customerId}"]["POST"]
    options = items["api"].properties["Methods"]["/orders/{customerId}"]["OPTIONS"]
    assert post["ApiKeyRequired"] is True
    assert "ApiKeyRequired" not in options  # browsers ask without it
    plan = items["usage-plan"].properties
    assert plan["ApiStages"] == [{"ApiId": "${api.Id}", "Stage": "prod"}]
    assert plan["Throttle"] == {"BurstLimit": 3, "RateLimit": 5.0}
    assert plan["Quota"] == {"Limit": 100, "Period": "MONTH"}
    assert items["usage-plan"].depends_on == ("api", "stage")  # so it goes before them


def test_stage_is_throttled_only_where_it_is_asked_for() -> None:
    assert "Throttling" not in with_options()["stage"].properties
    items = with_options(api_throttle_rate=10, api_throttle_burst=5)
    assert items["stage"].properties["Throttling"] == {"BurstLimit": 5, "RateLimit": 10.0}


def test_addresses_decide_who_may_call() -> None:
    assert "Policy" not in with_options()["api"].properties
    policy = with_options(api_allowed_cidrs=["10.0.0.0/8", "::1/128"])["api"].properties["Policy"]
    (statement,) = policy["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Allow", "*")
    assert statement["Condition"] == {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1/128"]}}


@pytest.mark.parametrize(
    "body,fits",
    [
        ({"productId": "12345", "quantity": 2, "amount": 149.99}, True),
        ({"productId": "p", "surprise": 1}, True),
        ({}, False),
        ({"productId": 7}, False),
        ({"productId": "a b"}, False),
        ({"productId": "p", "quantity": 0}, False),
        ({"productId": "p", "quantity": 1001}, False),
        ({"productId": "p", "quantity": 1.5}, False),
        ({"productId": "p", "amount": 0}, False),
    ],
)
def test_schema_takes_what_the_order_service_takes(body: dict[str, Any], fits: bool) -> None:  # noqa: FBT001 - a row of the table
    schema = with_options(enable_request_validation=True)["api"].properties["Models"]["Order"]
    assert jsonschema.Draft4Validator(schema).is_valid(body) is fits
    event = {"pathParameters": {"customerId": "c"}, "body": json.dumps(body)}
    if fits:
        order_from_request(event)
    else:
        with pytest.raises(InvalidRequestError):
            order_from_request(event)


def test_web_acl_protects_the_stage() -> None:
    association = with_options(waf_web_acl_arn=WEB_ACL)["web-acl"].properties
    stage = "arn:aws:apigateway:us-east-1::/restapis/${api.Id}/stages/prod"
    assert association == {"ResourceArn": stage, "WebACLArn": WEB_ACL}
