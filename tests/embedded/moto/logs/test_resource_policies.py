"""X-Ray may write spans if a resource policy of CloudWatch Logs says so."""

from typing import Any

import pytest
from control_planes import REGION, client_of
from span_policies import span_policy

from tracing_lab.embedded.moto.logs.resource_policies import service_may_log
from tracing_lab.embedded.moto.plane import ControlPlane

OTHER = f"arn:aws:logs:{REGION}:123456789012:log-group:other:*"


def may_write(control: ControlPlane, principal: str = "xray.amazonaws.com") -> bool:
    return control.locked(
        lambda: service_may_log(REGION, "aws/spans", "default", principal=principal)
    )


def test_without_a_policy_no_service_may_write(control: ControlPlane) -> None:
    assert not may_write(control)


def test_the_policy_of_the_guide_is_for_xray_alone(control: ControlPlane) -> None:
    logs = client_of(control, "logs")
    logs.put_resource_policy(policyName="spans", policyDocument=span_policy(REGION))
    assert may_write(control)
    assert not may_write(control, "sns.amazonaws.com")
    logs.delete_resource_policy(policyName="spans")
    assert not may_write(control)


@pytest.mark.parametrize(
    "changes",
    [
        {"Resource": OTHER},
        {"Action": "logs:CreateLogStream"},
        {"Principal": {"Service": "delivery.logs.amazonaws.com"}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:xray:us-west-2:*:*"}}},
    ],
)
def test_other_policies_do_not_count(control: ControlPlane, changes: dict[str, Any]) -> None:
    logs = client_of(control, "logs")
    policy = span_policy(REGION, **changes)
    logs.put_resource_policy(policyName="spans", policyDocument=policy)
    assert not may_write(control)


def test_one_of_several_policies_is_enough_unless_another_denies(control: ControlPlane) -> None:
    logs = client_of(control, "logs")
    documents = {
        "broken": "{",
        "elsewhere": span_policy(REGION, Resource=OTHER),
        "spans": span_policy(REGION),
    }
    for name, document in documents.items():
        logs.put_resource_policy(policyName=name, policyDocument=document)
    assert may_write(control)
    denied = span_policy(REGION, Effect="Deny")
    logs.put_resource_policy(policyName="denied", policyDocument=denied)
    assert not may_write(control)
