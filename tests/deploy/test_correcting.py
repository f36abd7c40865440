"""What was changed by hand is corrected, and made again exactly as it was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from archives import app_zip
from fault_proxy import NamedClients

from tracing_lab import deploy, faults
from tracing_lab.aws import Aws
from tracing_lab.config import OWNERSHIP_TAG, Config
from tracing_lab.errors import AwsError
from tracing_lab.stack import Names, Site

Change = Callable[["Stack"], object]
DENY = {"Effect": "Deny", "Action": "events:PutEvents", "Resource": "*"}
DOCUMENT = {"Version": "2012-10-17", "Statement": [DENY]}


@dataclass(frozen=True)
class Stack:
    """A deployed stack, and what people change by hand."""

    config: Config
    aws: Aws
    names: Names

    def drift(self) -> dict[tuple[str, str], tuple[Any, Any]]:
        found = deploy.drift(self.config, aws=self.aws)
        return {
            (step.resource.logical, change.path): (change.old, change.new)
            for step in found.steps
            for change in step.changes
        }

    def correction(self, *logical: str) -> deploy.Correction:
        return deploy.correction(self.config, logical.__contains__, aws=self.aws)

    def configure(self, service: str, **settings: Any) -> None:
        self.aws.lambda_.update_configuration(self.names.function(service), **settings)

    def put_rule(self, service: str, state: str, *sources: str) -> None:
        pattern = {"source": [*sources], "detail-type": ["Order Created"]}
        rule = self.names.rule(service)
        self.aws.events.put_rule(self.names.bus, rule, pattern=pattern, state=state)

    def set_variable(self, service: str, name: str, value: str) -> None:
        found = self.aws.lambda_.get_function(self.names.function(service))["Configuration"]
        variables = {**found["Environment"]["Variables"], name: value}
        self.configure(service, Environment={"Variables": variables})

    def delete_rule(self, service: str) -> None:
        rule = self.names.rule(service)
        self.aws.events.remove_targets(self.names.bus, rule, [service])
        self.aws.events.delete_rule(self.names.bus, rule)


@pytest.fixture(scope="module")
def stack(embedded_url: str) -> Iterator[Stack]:
    config = Config(project_name="correcting", endpoint_url=embedded_url, lambda_max_retries=1)
    aws = Aws(config)
    deploy.apply(config, aws=aws)
    yield Stack(config, aws, Names(config, Site("123456789012", config.aws_region)))
    deploy.destroy(config, confirm=True, aws=aws)


@pytest.fixture
def mended(stack: Stack) -> Iterator[Stack]:
    yield stack
    deploy.apply(stack.config, adopt=True, aws=stack.aws)


def replaced_permission(stack: Stack) -> None:
    function, name = stack.names.function("payment"), stack.names.name("payment-permission")
    stack.aws.lambda_.remove_permission(function, name)
    arn = stack.names.rule_arn("inventory")
    principal = "events.amazonaws.com"
    stack.aws.lambda_.add_permission(function, name, principal=principal, source_arn=arn)


CHANGES: dict[str, tuple[str, Change]] = {
    "a fault": (
        "payment-function",
        lambda it: faults.inject(it.config, "payment", aws=it.aws, error_rate=0.5),
    ),
    "other code": (
        "payment-function",
        lambda it: it.aws.lambda_.update_code(it.names.function("payment"), app_zip()),
    ),
    "memory": ("payment-function", lambda it: it.configure("payment", MemorySize=512)),
    "a timeout": ("payment-function", lambda it: it.configure("payment", Timeout=1)),
    "a variable": (
        "order-function",
        lambda it: it.set_variable("order", "EVENT_BUS_NAME", "elsewhere"),
    ),
    "reserved concurrency": (
        "order-function",
        lambda it: it.aws.lambda_.reserve_concurrency(it.names.function("order"), 1),
    ),
    "a denial": (
        "payment-role",
        lambda it: it.aws.iam.put_role_policy(it.names.role("payment"), "extra", DOCUMENT),
    ),
    "a policy that lacks": (
        "order-role",
        lambda it: it.aws.iam.delete_role_policy(it.names.role("order"), "least-privilege"),
    ),
    "a disabled rule": (
        "payment-rule",
        lambda it: it.put_rule("payment", "DISABLED", "order.service"),
    ),
    "another pattern": (
        "inventory-rule",
        lambda it: it.put_rule("inventory", "ENABLED", "nobody"),
    ),
    "a missing target": (
        "payment-rule",
        lambda it: it.aws.events.remove_targets(
            it.names.bus, it.names.rule("payment"), ["payment"]
        ),
    ),
    "a missing rule": ("payment-rule", lambda it: it.delete_rule("payment")),
    "a missing permission": (
        "payment-permission",
        lambda it: it.aws.lambda_.remove_permission(
            it.names.function("payment"), it.names.name("payment-permission")
        ),
    ),
    "a permission for another source": (
        "payment-permission",
        replaced_permission,
    ),
    "missing retries": (
        "payment-retries",
        lambda it: it.aws.lambda_.delete_event_invoke_config(it.names.function("payment")),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_corrected_and_made_again(mended: Stack, what: str) -> None:
    logical, change = CHANGES[what]
    change(mended)
    before = mended.drift()
    assert {name for name, _ in before} == {logical}
    correction = mended.correction(logical)
    assert correction.words
    assert correction.lasting == correction.foreign == ()
    correction.make()
    assert mended.drift() == {}
    correction.undo()
    assert mended.drift() == before


def test_code_that_was_changed_meanwhile_is_not_replaced(mended: Stack) -> None:
    function = mended.names.function("payment")
    mended.aws.lambda_.update_code(function, app_zip())
    correction = mended.correction("payment-function")
    mended.aws.lambda_.update_code(function, app_zip("changed = True"))
    before = mended.drift()
    with pytest.raises(AwsError, match=f"code of {function} was changed meanwhile"):
        correction.make()
    assert mended.drift() == before


def test_only_what_is_asked_for_is_corrected(mended: Stack) -> None:
    mended.configure("payment", MemorySize=512)
    mended.configure("order", Timeout=2)
    correction = mended.correction("payment-function", "payment-role")
    function = mended.names.function("payment")
    assert correction.words == (f"{function}: MemorySize was 512 instead of 128",)
    correction.make()
    assert mended.drift() == {("order-function", "Timeout"): (2, 30)}


def test_several_changes_are_made_again_in_the_right_order(mended: Stack) -> None:
    mended.delete_rule("payment")
    mended.aws.lambda_.delete_function(mended.names.function("payment"))
    before = mended.drift()
    correction = mended.correction(
        "payment-function", "payment-rule", "payment-permission", "payment-retries"
    )
    for _ in range(2):
        correction.make()
        assert mended.drift() == {}
        correction.undo()
        assert mended.drift() == before


def test_an_interrupted_correction_can_be_taken_back(mended: Stack) -> None:
    mended.delete_rule("payment")
    before = mended.drift()
    mended.correction("payment-rule").undo()  # of which nothing was made
    assert mended.drift() == before


def test_where_nothing_differs_there_is_nothing_to_correct(stack: Stack) -> None:
    correction = stack.correction("payment-function")
    assert (correction.steps, correction.words) == ((), ())


def test_tags_change_no_behaviour(mended: Stack) -> None:
    mended.aws.lambda_.tag(mended.names.function_arn("payment"), {"Owner": "me"})
    assert mended.drift()
    assert mended.correction("payment-function").steps == ()


def test_what_lacks_the_tag_is_left_alone_and_named(mended: Stack) -> None:
    mended.configure("payment", Timeout=2)
    mended.aws.lambda_.untag(mended.names.function_arn("payment"), [OWNERSHIP_TAG])
    correction = mended.correction("payment-function")
    assert correction.steps == ()
    assert correction.foreign == (mended.names.function("payment"),)


@pytest.mark.parametrize("what", ["managed policy", "method"])
def test_what_could_not_be_made_again_is_said(mended: Stack, what: str) -> None:
    names, aws = mended.names, mended.aws
    if what == "managed policy":
        client = NamedClients(mended.config)("iam")
        client.attach_role_policy(
            RoleName=str(names.role("payment")),
            PolicyArn="arn:aws:iam::aws:policy/AWSXrayReadOnlyAccess",
        )
        logical, message = "payment-role", "only detaches"
    else:
        api_id = deploy.outputs(mended.config, aws=aws).api_id
        aws.gateway.create_api(names.api, tags=names.tags)
        assert api_id
        logical, message = "api", "snapshot"
    (reason,) = mended.correction(logical).lasting
    assert message in reason
