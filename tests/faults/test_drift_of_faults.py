"""On a deployed stack: faults are told from changes by hand, and clearing leaves the latter."""

from collections.abc import Iterator
from typing import Any

import pytest

from tracing_lab import deploy, faults
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.own_functions import OwnFunctions

FAULTS: dict[str, dict[str, Any]] = {
    "order": {"reserved_concurrency": 1, "duplicate_rate": 0.5},
    "payment": {"release": "crash", "denied": "events:PutEvents"},
    "inventory": {"rule": "disabled"},
}
INJECTED = {
    ("order-function", "Environment.Variables.FAULTS"),
    ("order-function", "ReservedConcurrentExecutions"),
    ("payment-function", "CodeSha256"),
    ("payment-role", "Policies.tracing-lab-fault"),
    ("inventory-rule", "State"),
    *((f"{service}-function", "Tags.tracing-lab:fault") for service in FAULTS),
}
BY_HAND = {
    ("notification-rule", "State"),
    ("notification-function", "Environment.Variables.FAULTS"),
    ("order-function", "MemorySize"),
}


@pytest.fixture(scope="module")
def own(embedded_url: str) -> Iterator[OwnFunctions]:
    config = Config(project_name="faulty", endpoint_url=embedded_url, aws_region="ap-southeast-5")
    deploy.apply(config)
    yield OwnFunctions.of(config, Aws(config))
    deploy.destroy(config, confirm=True)


def causes(drift: deploy.Drift) -> dict[tuple[str, str], str]:
    return {
        (step["logical"], change["path"]): change["cause"]
        for step in drift.to_json()["steps"]
        for change in step["changes"]
    }


def test_faults_are_told_from_changes_by_hand_and_cleared_exactly(own: OwnFunctions) -> None:
    config, aws, names = own.names.config, own.aws, own.names
    assert not deploy.drift(config, aws=aws)
    # GIVEN faults, and the same kinds of changes by hand
    for service, settings in FAULTS.items():
        faults.inject(config, service, aws=aws, **settings)
    assert faults.active(config, aws=aws) == FAULTS
    aws.events.disable_rule(names.bus, names.rule("notification"))
    aws.lambda_.update_configuration(names.function("order"), MemorySize=512)
    variables = own.read("notification")["Configuration"]["Environment"]["Variables"]
    environment = {"Variables": {**variables, "FAULTS": '{"error_rate": 0.5}'}}
    aws.lambda_.update_configuration(names.function("notification"), Environment=environment)
    # THEN each difference has its cause
    found = deploy.drift(config, aws=aws)
    expected = dict.fromkeys(INJECTED, "injected fault") | dict.fromkeys(BY_HAND, "by hand")
    assert causes(found) == expected
    assert found.injected == INJECTED
    assert "11 differences in 7 resources, 8 of them injected by tl.faults" in str(found)
    # AND clearing the faulty services undoes these only
    assert faults.clear(config, *FAULTS, aws=aws) == (*FAULTS,)
    assert causes(deploy.drift(config, aws=aws)) == dict.fromkeys(BY_HAND, "by hand")
    # AND apply reverts the rest
    deploy.apply(config, aws=aws)
    assert not deploy.drift(config, aws=aws)


def test_apply_undoes_faults_and_their_marks(own: OwnFunctions) -> None:
    config, aws = own.names.config, own.aws
    for service, settings in FAULTS.items():
        faults.inject(config, service, aws=aws, **settings)
    deploy.apply(config, aws=aws)
    assert not deploy.drift(config, aws=aws)
    assert faults.active(config, aws=aws) == {}
