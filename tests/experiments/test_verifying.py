"""A cause is verified on a running stack: the right one, a wrong one, and none."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd
import pytest

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import ConfigError, NotFoundError, TrafficError
from tracing_lab.experiments import Outcome, Verification, verify_cause
from tracing_lab.experiments.decision import FAILURES, MISSING, OWN_TIME, THROTTLES
from tracing_lab.rca import find_root_cause
from tracing_lab.spans import spans_from_traces

FUNCTION, INVOKER = "AWS::Lambda::Function", "AWS::Lambda"
BUS: Final = "Events [AWS::Events]"
SHORT: Final[dict[str, Any]] = {"orders": 96, "rate": 20.0, "seed": 3}


@pytest.fixture(scope="module")
def config(embedded_url: str) -> Iterator[Config]:
    config = Config(endpoint_url=embedded_url, aws_region="eu-south-1")
    deploy.apply(config)
    yield config
    deploy.destroy(config, confirm=True)


@pytest.fixture
def own(config: Config) -> Iterator[OwnFunctions]:
    """Return access to the stack for manual changes, which are undone after the test."""
    yield OwnFunctions.of(config, Aws(config))
    deploy.apply(config)


def node(config: Config, service: str, kind: str) -> str:
    return f"{deploy.outputs(config).function_names[service]} [{kind}]"


def stage(config: Config) -> str:
    return f"{deploy.outputs(config).api_name}/prod [AWS::ApiGateway::Stage]"


def failing(config: Config, service: str) -> tuple[str, tuple[str, str]]:
    """Return a function that fails as a cause, and the path to its invoker."""
    path = node(config, service, FUNCTION), node(config, service, INVOKER)
    return path[0], path


def window(config: Config) -> pd.DataFrame:
    log = traffic.fire(deploy.outputs(config), orders=60, rate=20, seed=5)
    with xray.retries_are_known():
        return spans_from_traces(xray.fetch_traces(config, log))


def rows(found: Verification) -> dict[Any, dict[Any, Any]]:
    """Return the tests by their name."""
    return {row.pop("what"): row for row in found.tests.to_dict("records")}


def drift(config: Config) -> set[tuple[str, str]]:
    steps = deploy.drift(config).steps
    return {(step.resource.logical, change.path) for step in steps for change in step.changes}


def test_a_delay_goes_and_returns_with_the_fault(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "order", latency_ms=150, aws=own.aws)
    path = node(config, "order", FUNCTION), node(config, "order", INVOKER), stage(config)
    reported: list[tuple[int, int]] = []
    found = verify_cause(
        config, ("order", path), progress=lambda *done: reported.append(done), **SHORT
    )
    assert found.outcome is Outcome.PROVEN, str(found)
    own_time = rows(found)[OWN_TIME]
    assert own_time["gone"]
    assert 0.05 < own_time["low"] < own_time["change"]
    assert (found.end["low"] > 0.05).any()
    assert "FAULTS" in found.removed[0]
    # AND it is as it was
    assert faults.active(config) == {"order": {"latency": {"distribution": "constant", "ms": 150}}}
    assert not found.mended
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert reported[-1] == (96, 96)


def test_a_wrong_cause_that_can_be_removed_is_not_proven(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "inventory", error_rate=0.5, aws=own.aws)
    own.aws.lambda_.update_configuration(own.names.function("payment"), Timeout=29)
    before = drift(config)
    found = verify_cause(config, failing(config, "payment"), **SHORT)
    assert found.outcome is Outcome.NOT_PROVEN, str(found)
    assert drift(config) == before


def test_a_finding_is_verified_and_mended_when_asked(config: Config, own: OwnFunctions) -> None:
    good = window(config)
    faults.inject(config, "payment", error_rate=0.6, aws=own.aws)
    finding = find_root_cause(good, window(config))
    assert finding.root_causes[0] == node(config, "payment", FUNCTION), str(finding)
    found = verify_cause(config, finding, mend=True, **SHORT)
    assert found.verified, str(found)
    assert found.causes == finding.root_causes
    assert FAILURES in found.tests["what"].tolist()  # a busy machine adds how slow retries were
    assert found.mended
    assert drift(config) == set()


@pytest.mark.parametrize("cause", [BUS, "payment"])
def test_a_disabled_rule_is_proven_by_events_that_arrive(
    config: Config, own: OwnFunctions, cause: str
) -> None:
    names = own.names
    pattern = {"source": ["order.service"], "detail-type": ["Order Created"]}
    own.aws.events.put_rule(names.bus, names.rule("payment"), pattern=pattern, state="DISABLED")
    found = verify_cause(config, (cause, (BUS, node(config, "payment", INVOKER))), **SHORT)
    assert found.verified, str(found)
    row = rows(found)[MISSING]
    assert (row["with_cause"], row["without"]) == (1.0, 0.0)
    assert drift(config) == {("payment-rule", "State")}


def test_a_limit_of_concurrency_is_proven_by_throttles(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "order", latency_ms=100, aws=own.aws)  # so that requests overlap
    limited = config.replace(faults={"order": faults.active(config, aws=own.aws)["order"]})
    own.aws.lambda_.reserve_concurrency(own.names.function("order"), 1)
    path = node(config, "order", INVOKER), stage(config)
    found = verify_cause(limited, (path[0], path), **SHORT)
    assert found.verified, str(found)
    assert rows(found)[THROTTLES]["gone"]
    mark = ("order-function", "Tags.tracing-lab:fault")  # of the delay
    assert drift(limited) == {("order-function", "ReservedConcurrentExecutions"), mark}


def test_a_denial_is_proven_by_failures(config: Config, own: OwnFunctions) -> None:
    statement = {"Effect": "Deny", "Action": "events:PutEvents", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    own.aws.iam.put_role_policy(own.names.role("payment"), "extra", document)
    found = verify_cause(config, failing(config, "payment"), **SHORT)
    assert found.verified, str(found)
    assert rows(found)[FAILURES]["gone"]
    assert drift(config) == {("payment-role", "Policies.extra")}


def test_a_bad_release_is_rolled_back_and_made_again(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "payment", release="crash", aws=own.aws)
    before = drift(config)
    assert ("payment-function", "CodeSha256") in before
    found = verify_cause(config, failing(config, "payment"), **SHORT)
    assert found.verified, str(found)
    assert rows(found)[FAILURES]["gone"]
    assert drift(config) == before
    assert faults.active(config, aws=own.aws) == {"payment": {"release": "crash"}}


@pytest.mark.parametrize("cause", ["payment", BUS, "api"])
def test_what_does_not_differ_cannot_be_tried(config: Config, cause: str) -> None:
    found = verify_cause(config, (cause, ("a", "b")))
    assert found.outcome is Outcome.CANNOT_BE_TRIED
    assert f"nothing of {cause} differs from what deploy.apply would make" in found.verdict
    assert (found.orders, found.removed) == (0, ())


def test_a_poison_message_cannot_be_removed_from_resources(config: Config) -> None:
    poison = faults.send_poison(config, "payment")
    assert poison.service == "payment"
    found = verify_cause(config, failing(config, poison.service))
    assert "in its data (a poison message)" in found.verdict


def test_what_is_someone_else_s_is_left_alone(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "payment", error_rate=1.0, aws=own.aws)
    own.aws.lambda_.untag(own.names.function_arn("payment"), ["tracing-lab:stack"])
    found = verify_cause(config, failing(config, "payment"))
    assert found.outcome is Outcome.CANNOT_BE_TRIED
    assert "adopt=True" in found.verdict
    deploy.apply(config.replace(faults={"payment": {"error_rate": 1.0}}), adopt=True, aws=own.aws)


def test_an_interruption_puts_the_cause_back(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "payment", error_rate=0.5, aws=own.aws)

    def interrupt(done: int, _total: int) -> None:
        if done == 10:  # the cause has been removed by then
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_cause(config, failing(config, "payment"), progress=interrupt, **SHORT)
    assert faults.active(config) == {"payment": {"error_rate": 0.5}}


@pytest.mark.parametrize(
    "cause, path, message",
    [
        ("paymnt", ("a", "b"), "no service 'paymnt'; did you mean 'payment'"),
        ("payment", (), "there is no path to verify"),
    ],
)
def test_what_is_no_cause_changes_nothing(
    config: Config, cause: str, path: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"Nothing was changed: .*{message}"):
        verify_cause(config, (cause, path))


def test_a_load_that_cannot_be_sent_changes_nothing(config: Config, own: OwnFunctions) -> None:
    faults.inject(config, "payment", error_rate=0.5, aws=own.aws)
    with pytest.raises(TrafficError, match="orders=0"):
        verify_cause(config, failing(config, "payment"), orders=0)
    with pytest.raises(TrafficError, match="rate=0"):
        verify_cause(config, failing(config, "payment"), rate=0)
    with pytest.raises(ValueError, match="confidence"):
        verify_cause(config, failing(config, "payment"), confidence=95)
    assert faults.active(config) == {"payment": {"error_rate": 0.5}}


def test_a_finding_without_a_cause_is_rejected(config: Config) -> None:
    spans = window(config)
    finding = find_root_cause(spans, spans)
    with pytest.raises(ConfigError, match="there is no path to verify"):
        verify_cause(config, finding)


def test_a_stack_that_is_not_deployed_is_said(embedded_url: str) -> None:
    nowhere = Config(endpoint_url=embedded_url, aws_region="eu-south-1", environment="none")
    with pytest.raises(NotFoundError, match="not deployed"):
        verify_cause(nowhere, ("payment", ("a", "b")))
