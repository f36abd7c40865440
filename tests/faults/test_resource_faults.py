"""Faults of resources: what each changes, its mark, and that clearing restores everything."""

from typing import Any

import pytest
from faulty_cloud import CONFIG, FaultyCloud, aws_of
from hypothesis import given, strategies as st

from tracing_lab import faults, package
from tracing_lab.config import Config
from tracing_lab.errors import AwsError, DeployError

TAG = "tracing-lab:fault"
EVERYTHING: dict[str, Any] = {
    "error_rate": 0.5,
    "reserved_concurrency": 1,
    "denied": "events:PutEvents",
    "rule": "disabled",
    "release": "crash",
}


def test_every_fault_is_on_its_resource_and_in_the_mark() -> None:
    cloud = FaultyCloud()
    good = cloud.code["payment"]
    injected = faults.inject(CONFIG, "payment", aws=aws_of(cloud), **EVERYTHING)
    assert injected.faults == EVERYTHING
    assert cloud.reserved == {"payment": 1}
    statement = {"Effect": "Deny", "Action": "events:PutEvents", "Resource": "*"}
    assert cloud.policies == {
        "payment tracing-lab-fault": {"Version": "2012-10-17", "Statement": [statement]}
    }
    assert cloud.disabled == {"payment"}
    assert cloud.code["payment"] != good
    names = [part.partition("=")[0] for part in cloud.tags["payment"][TAG].split()]
    assert names == ["denied", "release", "reserved_concurrency", "rule", "variables"]
    assert len(cloud.tags["payment"][TAG]) <= 256  # the longest value of a tag
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {"payment": EVERYTHING}


def test_clear_restores_everything() -> None:
    config = CONFIG.replace(
        faults={"payment": {"error_rate": 0.1}}, lambda_reserved_concurrency={"payment": 7}
    )
    cloud = FaultyCloud()
    cloud.variables["payment"]["FAULTS"] = '{"error_rate": 0.1}'
    cloud.reserved["payment"] = 7
    before = cloud.state
    faults.inject(config, "payment", aws=aws_of(cloud), **EVERYTHING)
    assert cloud.state != before
    assert faults.clear(config, aws=aws_of(cloud)) == ("payment",)
    assert cloud.state == before


BY_HAND = '{"error_rate":1.0}'  # written otherwise than we do
OF_RESOURCES: dict[str, Any] = {
    name: value for name, value in EVERYTHING.items() if name != "error_rate"
}
CONFIGS = [CONFIG, CONFIG.replace(faults={"payment": {"error_rate": 0.1}})]


@given(
    st.sampled_from(CONFIGS),
    st.lists(st.lists(st.sampled_from([*OF_RESOURCES]), unique=True), max_size=3),
)
def test_a_variable_set_by_hand_stays(config: Config, injections: list[list[str]]) -> None:
    cloud = FaultyCloud()
    cloud.variables["payment"]["FAULTS"] = BY_HAND
    before = cloud.state
    for names in filter(None, injections):
        chosen = {name: OF_RESOURCES[name] for name in names}
        faults.inject(config, "payment", aws=aws_of(cloud), **chosen)
        assert cloud.variables["payment"]["FAULTS"] == BY_HAND
        assert "variables" not in cloud.tags["payment"][TAG]
    changed = faults.clear(config, aws=aws_of(cloud))
    assert cloud.state == before
    assert changed == (("payment",) if any(injections) else ())


@pytest.mark.parametrize("name", ["disabled-rule", "permission", "slow-deploy"])
def test_an_incident_of_resources_leaves_a_variable_set_by_hand(name: str) -> None:
    cloud = FaultyCloud()
    cloud.variables["payment"]["FAULTS"] = BY_HAND
    before = cloud.state
    made = faults.incident(name, "payment", seed=3)
    made.inject(CONFIG, aws=aws_of(cloud))
    assert cloud.variables["payment"]["FAULTS"] == BY_HAND
    made.clear(CONFIG, aws=aws_of(cloud))
    assert cloud.state == before


def test_a_restart_leaves_what_was_set_by_hand_by_hand() -> None:
    cloud = FaultyCloud()
    cloud.variables["payment"]["FAULTS"] = BY_HAND
    for count in (1, 2):
        faults.restart(CONFIG, "payment", aws=aws_of(cloud))
        found = {"error_rate": 1.0, "restarts": count}
        assert faults.active(CONFIG, aws=aws_of(cloud)) == {"payment": found}
    before = cloud.state
    assert faults.clear(CONFIG, aws=aws_of(cloud)) == ()
    assert cloud.state == before
    assert TAG not in cloud.tags["payment"]


def test_other_faults_replace_those_before() -> None:
    cloud = FaultyCloud()
    before = cloud.state
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), **EVERYTHING)
    faults.inject(CONFIG, "payment", aws=aws_of(cloud), reserved_concurrency=2)
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {"payment": {"reserved_concurrency": 2}}
    assert (cloud.policies, cloud.disabled, cloud.reserved) == ({}, set(), {"payment": 2})
    faults.clear(CONFIG, aws=aws_of(cloud))
    assert cloud.state == before


def test_a_call_that_aws_rejects_leaves_nothing_behind() -> None:
    cloud = FaultyCloud()
    before = cloud.state

    def rejected(**_parameters: Any) -> dict[str, Any]:
        msg = "no such rule"
        raise AwsError(msg, operation="events:DisableRule", code="AccessDenied")

    cloud.disable_rule = rejected  # type: ignore[method-assign]
    with pytest.raises(AwsError, match="no such rule"):
        faults.inject(CONFIG, "payment", aws=aws_of(cloud), **EVERYTHING)
    assert cloud.state == before
    cloud.variables["payment"]["FAULTS"] = BY_HAND
    before = cloud.state
    with pytest.raises(AwsError, match="no such rule"):
        faults.inject(CONFIG, "payment", aws=aws_of(cloud), **EVERYTHING)
    assert cloud.state == before


@pytest.mark.parametrize("stopped_at", ["put_role_policy", "disable_rule", "update_function_code"])
def test_what_was_interrupted_can_be_cleared_and_injected_again(stopped_at: str) -> None:
    cloud = FaultyCloud()
    before = cloud.state

    def interrupted(**_parameters: Any) -> dict[str, Any]:
        raise KeyboardInterrupt

    def inject() -> None:
        faults.inject(CONFIG, "payment", aws=aws_of(cloud), **EVERYTHING)

    original = getattr(cloud, stopped_at)
    for after in (inject, None):
        setattr(cloud, stopped_at, interrupted)
        with pytest.raises(KeyboardInterrupt):
            inject()
        setattr(cloud, stopped_at, original)
        if after:
            after()
            assert cloud.disabled == {"payment"}
        faults.clear(CONFIG, aws=aws_of(cloud))
        assert cloud.state == before


def test_code_that_could_not_be_restored_is_left_alone() -> None:
    cloud = FaultyCloud()
    cloud.code["payment"] = "other"
    before = cloud.state
    with pytest.raises(DeployError, match="runs other code than `apply` deploys"):
        faults.inject(CONFIG, "payment", aws=aws_of(cloud), release="slow", error_rate=0.5)
    assert cloud.state == before


@pytest.mark.parametrize("tracer", ["xray-sdk", "opentelemetry"])
def test_one_bad_release_can_follow_another(tracer: str) -> None:
    config = CONFIG.replace(tracer=tracer)
    cloud = FaultyCloud()
    cloud.code["payment"] = package.build("payment", tracer).sha256_base64
    before = cloud.state
    seen = set()
    for release in ("crash", "slow", "import"):
        faults.inject(config, "payment", aws=aws_of(cloud), release=release)
        seen.add(cloud.code["payment"])
    assert len(seen) == 3
    faults.clear(config, aws=aws_of(cloud))
    assert cloud.state == before


def test_resource_faults_leave_the_configs_own_faults() -> None:
    config = CONFIG.replace(faults={"payment": {"error_rate": 0.1}})
    cloud = FaultyCloud()
    cloud.variables["payment"]["FAULTS"] = '{"error_rate": 0.1}'
    faults.inject(config, "payment", aws=aws_of(cloud), reserved_concurrency=0)
    assert faults.active(config, aws=aws_of(cloud)) == {
        "payment": {"error_rate": 0.1, "reserved_concurrency": 0}
    }


def test_a_restart_changes_a_variable_and_keeps_the_faults() -> None:
    cloud = FaultyCloud()
    before = cloud.state
    faults.inject(CONFIG, "order", aws=aws_of(cloud), init_ms=500, reserved_concurrency=3)
    for _ in range(2):
        faults.restart(CONFIG, "order", aws=aws_of(cloud))
    assert faults.active(CONFIG, aws=aws_of(cloud)) == {
        "order": {"init_ms": 500, "restarts": 2, "reserved_concurrency": 3}
    }
    faults.clear(CONFIG, "order", aws=aws_of(cloud))
    assert cloud.state == before
