"""Which endpoint has which quotas."""

import pytest
from fake_clients import EMULATOR, FakeClient

from tracing_lab.aws import AWS_CONTROL_PLANE, LOCAL_CONTROL_PLANE, Aws, connect
from tracing_lab.aws.calling.control_plane import ControlPlaneProfile, Quota
from tracing_lab.config import Config


def test_calls_of_all_services_keep_to_the_endpoints_quotas() -> None:
    waits: list[float] = []
    paced = Aws(
        EMULATOR,
        client_factory=lambda service: FakeClient(*[{"Role": {}}] * 3),
        control_plane=ControlPlaneProfile(quotas=(Quota("iam:GetRole", per_s=0.01),)),
        sleep=waits.append,
    )
    for _ in range(3):
        paced.iam.get_role("r")
    assert waits == pytest.approx([100, 200], abs=1)


def test_only_a_real_account_has_quotas() -> None:
    assert connect(EMULATOR).control_plane == LOCAL_CONTROL_PLANE
    assert not LOCAL_CONTROL_PLANE.quotas
    assert connect(Config(target="aws")).control_plane == AWS_CONTROL_PLANE


@pytest.mark.parametrize(
    "operation,seconds_between",
    [
        ("apigateway:CreateRestApi", 3),
        ("apigateway:CreateDeployment", 5),
        ("apigateway:DeleteRestApi", 30),
        ("apigateway:UpdateAccount", 20),
        ("apigateway:GetAccount", 1 / 10),
        ("lambda:CreateFunction", 1 / 15),
        ("lambda:GetFunction", 1 / 100),
        ("events:PutRule", 1 / 50),
    ],
)
def test_each_operation_has_its_published_quota(operation: str, seconds_between: float) -> None:
    covering = [quota for quota in AWS_CONTROL_PLANE.quotas if quota.covers(operation)]
    assert max(1 / quota.per_s for quota in covering) == pytest.approx(seconds_between)
