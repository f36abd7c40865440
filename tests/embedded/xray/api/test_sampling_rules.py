"""Sampling rules: made, changed, deleted, kept over a restart, and what decisions make of them."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ARN = "arn:aws:xray:us-east-1:123456789012:sampling-rule/"
DEFAULT_ARN = "arn:aws:xray:us-east-1::sampling-rule/Default"
ORDERS = {
    "RuleName": "orders",
    "ResourceARN": "*",
    "Priority": 10,
    "FixedRate": 0.5,
    "ReservoirSize": 0,
    "ServiceName": "orders-*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "POST",
    "URLPath": "/orders/*",
    "Version": 1,
}


def named(rule_name: str, **changes: Any) -> dict[str, Any]:
    return {**ORDERS, "RuleName": rule_name, **changes}


def names(client: Any) -> list[str]:
    records = client.get_sampling_rules()["SamplingRuleRecords"]
    return [one["SamplingRule"]["RuleName"] for one in records]


def test_a_rule_that_is_made_comes_back_whole(xray_lab: Any) -> None:
    boost = {"MaxRate": 1.0, "CooldownWindowMinutes": 10}
    rule = named("orders", Attributes={"Tenant": "a?"}, SamplingRateBoost=boost)
    record = xray_lab.client.create_sampling_rule(SamplingRule=rule)["SamplingRuleRecord"]
    assert record["SamplingRule"] == {**rule, "RuleARN": ARN + "orders"}
    assert record["CreatedAt"] == record["ModifiedAt"]
    assert record["CreatedAt"].timestamp() == xray_lab.now_s
    assert record in xray_lab.client.get_sampling_rules()["SamplingRuleRecords"]


def test_a_new_rule_decides_at_once(xray_lab: Any) -> None:
    xray_lab.share = 0.4
    request = {"service_name": "orders-api/prod", "service_type": "AWS::ApiGateway::Stage"}
    request |= {"method": "POST", "path": "/orders/7"}
    assert xray_lab.service.sampler.decide(**request).rule_name == "Default"
    xray_lab.client.create_sampling_rule(SamplingRule=ORDERS)
    decision = xray_lab.service.sampler.decide(**request)
    assert (decision.rule_name, decision.sampled) == ("orders", True)
    xray_lab.client.update_sampling_rule(
        SamplingRuleUpdate={"RuleName": "orders", "FixedRate": 0.1}
    )
    assert xray_lab.service.sampler.decide(**request).sampled is False
    xray_lab.client.delete_sampling_rule(RuleName="orders")
    assert xray_lab.service.sampler.decide(**request).rule_name == "Default"


def test_an_update_changes_what_is_given_and_the_time(xray_lab: Any) -> None:
    made = xray_lab.client.create_sampling_rule(SamplingRule=ORDERS)["SamplingRuleRecord"]
    xray_lab.now_s += 60
    update = {"RuleARN": ARN + "orders", "Priority": 20, "URLPath": "/v2/*"}
    changed = xray_lab.client.update_sampling_rule(SamplingRuleUpdate=update)["SamplingRuleRecord"]
    assert changed["SamplingRule"] == {**made["SamplingRule"], "Priority": 20, "URLPath": "/v2/*"}
    assert changed["CreatedAt"] == made["CreatedAt"]
    assert changed["ModifiedAt"].timestamp() == xray_lab.now_s


def test_rules_survive_a_restart_without_a_proper_end(make_xray: Callable[[], Any]) -> None:
    before = make_xray()
    before.client.create_sampling_rule(SamplingRule=ORDERS)
    before.client.create_sampling_rule(SamplingRule=named("gone"))
    before.client.delete_sampling_rule(RuleARN=ARN + "gone")
    before.client.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "FixedRate": 1.0})
    kept = before.client.get_sampling_rules()["SamplingRuleRecords"]
    after = make_xray()
    assert after.client.get_sampling_rules()["SamplingRuleRecords"] == kept
    assert names(after.client) == ["Default", "orders"]
    assert after.service.sampler.decide(service_name="x", service_type="y").sampled is True


MAKE_A_RULE_AND_DIE = """
import os, pathlib, signal, sys
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.signature import SigningScope
from tracing_lab.embedded.xray import XRayService
xray = XRayService(pathlib.Path(sys.argv[1]), region="us-east-1", account_id="123456789012")
request = HttpRequest("POST", "/CreateSamplingRule", body=sys.argv[2].encode())
call = read_call(request, SigningScope("test", "us-east-1", "xray"))
assert xray.handle(call).status == 200
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_acknowledged_rule_survives_a_kill(tmp_path: Path, make_xray: Callable[[], Any]) -> None:
    body = json.dumps({"SamplingRule": ORDERS})
    program = [sys.executable, "-c", MAKE_A_RULE_AND_DIE, str(tmp_path / "state"), body]
    assert subprocess.run(program, check=False).returncode == -signal.SIGKILL
    assert names(make_xray().client) == ["Default", "orders"]


def test_a_reset_leaves_the_default_rule_as_it_was(xray_lab: Any) -> None:
    xray_lab.client.create_sampling_rule(SamplingRule=ORDERS)
    xray_lab.client.update_sampling_rule(
        SamplingRuleUpdate={"RuleName": "Default", "ReservoirSize": 7}
    )
    xray_lab.service.reset()
    (record,) = xray_lab.client.get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"]["RuleARN"] == DEFAULT_ARN
    assert record["SamplingRule"]["ReservoirSize"] == 1
    assert record["CreatedAt"].timestamp() == 0


def test_of_the_default_rule_only_rate_and_reservoir_change(xray_lab: Any) -> None:
    update = {"RuleARN": DEFAULT_ARN, "FixedRate": 0.2, "ReservoirSize": 3, "Host": "*"}
    answer = xray_lab.client.update_sampling_rule(SamplingRuleUpdate=update)
    assert answer["SamplingRuleRecord"]["SamplingRule"]["ReservoirSize"] == 3
    refused = xray_lab.client.exceptions.InvalidRequestException
    with pytest.raises(refused, match="only FixedRate and ReservoirSize"):
        xray_lab.client.update_sampling_rule(
            SamplingRuleUpdate={"RuleName": "Default", "Host": "a"}
        )
    with pytest.raises(refused, match="cannot be deleted"):
        xray_lab.client.delete_sampling_rule(RuleName="Default")


def test_the_26th_rule_is_one_too_many(xray_lab: Any) -> None:
    for number in range(25):
        xray_lab.client.create_sampling_rule(SamplingRule=named(f"rule-{number}"))
    with pytest.raises(xray_lab.client.exceptions.RuleLimitExceededException, match="25"):
        xray_lab.client.create_sampling_rule(SamplingRule=ORDERS)
    assert "orders" not in names(xray_lab.client)


@pytest.mark.parametrize(
    "changes, says",
    [
        ({"Priority": 10_000}, "Priority must be a whole number of 1 to 9999"),
        ({"Priority": 0}, "Priority"),
        ({"FixedRate": 1.01}, "FixedRate must be a number from 0 to 1"),
        ({"FixedRate": True}, "FixedRate"),
        ({"ReservoirSize": -1}, "ReservoirSize must be a whole number of at least 0"),
        ({"Version": 2}, "Version must be 1"),
        ({"HTTPMethod": "OPTIONS-PLUS"}, "HTTPMethod"),
        ({"URLPath": "/" * 129}, "URLPath must be a string of 1 to 128 characters"),
        ({"Host": None}, "SamplingRule.Host is missing"),
        ({"RuleName": None}, "SamplingRule.RuleName is missing"),
        ({"RuleARN": ARN + "orders"}, "RuleARN"),
        ({"RuleName": "Default"}, "there is a sampling rule named Default"),
        ({"Attributes": {str(n): "v" for n in range(6)}}, "Attributes"),
        ({"Attributes": {"k": "v" * 33}}, "Attributes"),
        ({"SamplingRateBoost": {"MaxRate": 1}}, "CooldownWindowMinutes is missing"),
    ],
)
def test_a_bad_rule_is_refused_with_the_name_of_the_member(
    xray_lab: Any, changes: dict[str, Any], says: str
) -> None:
    rule = {key: value for key, value in named("new", **changes).items() if value is not None}
    status, code, message = xray_lab.refusal("/CreateSamplingRule", {"SamplingRule": rule})
    assert (status, code) == (400, "InvalidRequestException")
    assert says in message
    assert names(xray_lab.client) == ["Default"]


@pytest.mark.parametrize(
    "named_by",
    [{}, {"RuleName": "a", "RuleARN": "b"}, {"RuleName": "unknown"}, {"RuleARN": "unknown"}],
)
def test_a_rule_is_named_by_exactly_one_of_name_and_arn(
    xray_lab: Any, named_by: dict[str, str]
) -> None:
    with pytest.raises(
        xray_lab.client.exceptions.InvalidRequestException, match=r"RuleName|RuleARN"
    ):
        xray_lab.client.delete_sampling_rule(**named_by)


def test_the_last_modification_moves_with_every_change(xray_lab: Any) -> None:
    def last_modified_s() -> float:
        answer = xray_lab.client.get_sampling_targets(SamplingStatisticsDocuments=[])
        return float(answer["LastRuleModification"].timestamp())

    assert last_modified_s() == 0
    xray_lab.client.create_sampling_rule(SamplingRule=ORDERS)
    made_s, xray_lab.now_s = xray_lab.now_s, xray_lab.now_s + 60
    assert last_modified_s() == made_s
    xray_lab.client.delete_sampling_rule(RuleName="orders")
    assert last_modified_s() == xray_lab.now_s
