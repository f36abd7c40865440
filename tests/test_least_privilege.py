"""The roles' policies: linted, and each part of them taken away one at a time (in `make bench`)."""

import json
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from least_privilege import Mutation, mutations, trust_mutations

from tracing_lab import package
from tracing_lab.config import Config
from tracing_lab.stack import Resource, Site, resources

SITE = Site("123456789012", "us-east-1")
# X-Ray's write actions know no resources; API Gateway's log role serves all APIs of the account.
MAY_HAVE_ANY_RESOURCE = {"WriteTraces", "WriteApiLogs"}


@pytest.fixture(scope="module")
def packages() -> dict[str, package.DeploymentPackage]:
    return package.build_all()


@pytest.fixture(scope="module")
def wanted(packages: dict[str, package.DeploymentPackage]) -> list[Resource]:
    config = Config(enable_dead_letter_queues=True, lambda_max_retries=0)
    return resources(config, SITE, packages)


@pytest.fixture(scope="module")
def roles(wanted: list[Resource]) -> dict[str, Resource]:
    return {one.logical: one for one in wanted if one.type == "AWS::IAM::Role"}


def statements(roles: dict[str, Resource]) -> list[dict[str, Any]]:
    return [
        statement
        for role in roles.values()
        for document in role.properties["Policies"].values()
        for statement in document["Statement"]
    ]


def template_role(role: Resource) -> dict[str, Any]:
    wanted = role.properties
    policies = [
        {"PolicyName": name, "PolicyDocument": text} for name, text in wanted["Policies"].items()
    ]
    trust = wanted["AssumeRolePolicyDocument"]
    properties = {"AssumeRolePolicyDocument": trust, "Policies": policies}
    return {"Type": role.type, "Properties": properties}


def test_the_linter_of_policies_finds_nothing(roles: dict[str, Resource]) -> None:
    # GIVEN the roles, and two that are wrong
    made = {name.replace("-", ""): template_role(role) for name, role in roles.items()}
    text = json.dumps(made["orderrole"])
    made["misspelt"] = json.loads(text.replace("sqs:SendMessage", "sqs:SendMassage"))
    made["misplaced"] = json.loads(text.replace("events:PutEvents", "sqs:SendMessage"))
    # WHEN they are linted; I3510, off by default, checks that resources fit the actions
    args = ManualArgs(include_checks=["I3510"], ignore_checks=["I3042", "I4010"])
    found = lint(json.dumps({"Resources": made}), config=args)
    # THEN the wrong ones are found, and nothing else
    assert sorted((match.path[1], match.rule.id) for match in found) == [
        ("misplaced", "I3510"),
        ("misspelt", "W3037"),
    ]


def test_nothing_is_allowed_with_wildcards(roles: dict[str, Resource]) -> None:
    for statement in statements(roles):
        assert "*" not in json.dumps(statement["Action"])
        if statement["Resource"] == "*":
            assert statement["Sid"] in MAY_HAVE_ANY_RESOURCE
        assert not statement["Resource"].removesuffix(":*").count("*") > 1


def test_events_cannot_be_forged(roles: dict[str, Resource]) -> None:
    publishing = {
        name: statement["Condition"]
        for name, role in roles.items()
        for document in role.properties["Policies"].values()
        for statement in document["Statement"]
        if statement["Action"] == "events:PutEvents"
    }
    assert publishing == {
        f"{service}-role": {"StringEquals": {"events:source": f"{service}.service"}}
        for service in ("order", "payment", "inventory")
    }


def test_each_part_is_taken_away_alone() -> None:
    document = {
        "Statement": [
            {
                "Sid": "A",
                "Effect": "Allow",
                "Action": ["s:One", "s:Two"],
                "Resource": "arn:x",
                "Condition": {"StringEquals": {"k": "v"}},
            }
        ]
    }
    (statement,) = document["Statement"]
    assert [(one.what, one.document["Statement"][0]) for one in mutations(document)] == [
        ("A: s:One", {**statement, "Action": ["s:Two"]}),
        ("A: s:Two", {**statement, "Action": ["s:One"]}),
        (
            "A: arn:x",
            {**statement, "Resource": ["arn:aws:none:us-east-1:123456789012:nothing"]},
        ),
        ("A: StringEquals k", {**statement, "Condition": {}}),
    ]
    assert statement["Action"] == ["s:One", "s:Two"]  # the original stays as it is


def test_the_stack_has_this_many_parts(roles: dict[str, Resource]) -> None:
    found: list[Mutation] = []
    for role in roles.values():
        found += trust_mutations(role.properties["AssumeRolePolicyDocument"])
        for document in role.properties["Policies"].values():
            found += mutations(document)
    assert len(roles) == 5
    assert len(found) == 59
