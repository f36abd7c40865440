"""Which calls change a resource, for types whose changes differ from what made it."""

import asyncio
from typing import Any

from tracing_lab.embedded.cloudformation.types.model import Context, Made
from tracing_lab.embedded.cloudformation.types.table import RESOURCE_TYPES


class Calls:
    """Services that accept everything, and respond to some operations."""

    def __init__(self, **responses: Any) -> None:
        self.made: list[tuple[str, dict[str, Any]]] = []
        self._responses = responses

    async def __call__(self, _: str, operation: str, **members: Any) -> dict[str, Any]:
        self.made.append((operation, members))
        return self._responses.get(operation, {})

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.made]


RESPONSES = {
    "ListPolicyVersions": {"Versions": []},
    "UpdateTable": {"TableDescription": {"TableArn": "arn:it"}},
}


def context_of(calls: Any) -> Context:
    return Context(calls, "r", "123456789012", "s", "arn:s", "It")


def changes(type_: str, old: dict[str, Any], new: dict[str, Any]) -> Calls:
    """Return the calls that change a resource from some properties to others."""
    calls, update = Calls(**RESPONSES), RESOURCE_TYPES[type_].update
    assert update is not None
    attributes = dict.fromkeys(("Arn", "EventSourceMappingArn"), "arn:it:*")
    asyncio.run(_run(update(context_of(calls), Made("it", attributes), old, new)))
    return calls


async def _run(work: Any) -> Any:
    return await work


def test_a_mapping_that_is_off_stays_off() -> None:
    old = {"FunctionName": "f", "Enabled": False, "BatchSize": 1}
    calls = changes("AWS::Lambda::EventSourceMapping", old, {**old, "BatchSize": 2})
    assert calls.made == [("UpdateEventSourceMapping", {"BatchSize": 2, "UUID": "it"})]


def test_a_mapping_is_on_when_its_template_no_longer_says_otherwise() -> None:
    old = {"FunctionName": "f", "Enabled": False, "FilterCriteria": {"Filters": []}}
    calls = changes("AWS::Lambda::EventSourceMapping", old, {"FunctionName": "f"})
    ((_, members),) = calls.made
    assert members == {"Enabled": True, "FilterCriteria": {}, "UUID": "it"}


def test_new_code_changes_no_setting() -> None:
    old = {"Code": {"ZipFile": "a"}, "Runtime": "python3.13", "Role": "r"}
    calls = changes("AWS::Lambda::Function", old, {**old, "Code": {"ZipFile": "b"}})
    assert calls.operations == ["UpdateFunctionCode"]


def test_a_role_keeps_a_policy_that_changes() -> None:
    old = {"PolicyDocument": "a", "Roles": ["kept", "left"]}
    new = {"PolicyDocument": "b", "Roles": ["kept", "new"]}
    calls = changes("AWS::IAM::ManagedPolicy", old, new)
    detached = [members["RoleName"] for name, members in calls.made if name == "DetachRolePolicy"]
    assert detached == ["left"]


def test_a_role_gets_and_loses_its_boundary() -> None:
    with_it = {"PermissionsBoundary": "arn:b"}
    given = changes("AWS::IAM::Role", {}, with_it)
    assert given.made == [
        ("PutRolePermissionsBoundary", {"RoleName": "it", "PermissionsBoundary": "arn:b"})
    ]
    taken = changes("AWS::IAM::Role", with_it, {})
    assert taken.made == [("DeleteRolePermissionsBoundary", {"RoleName": "it"})]


def test_a_bucket_gets_and_loses_its_acl() -> None:
    with_it = {"AccessControl": "PublicRead"}
    assert changes("AWS::S3::Bucket", {}, with_it).made == [
        ("PutBucketAcl", {"Bucket": "it", "ACL": "public-read"})
    ]
    assert changes("AWS::S3::Bucket", with_it, {}).made == [
        ("PutBucketAcl", {"Bucket": "it", "ACL": "private"})
    ]


def test_another_web_acl_takes_the_place_of_the_one_before() -> None:
    association = RESOURCE_TYPES["AWS::WAFv2::WebACLAssociation"]
    assert "WebACLArn" not in association.replaced_by
    old = {"WebACLArn": "a", "ResourceArn": "r"}
    assert changes(association.name, old, {**old, "WebACLArn": "b"}).made == [
        ("AssociateWebACL", {"WebACLArn": "b", "ResourceArn": "r"})
    ]


def test_a_log_group_gets_and_loses_its_key() -> None:
    name = "AWS::Logs::LogGroup"
    assert "AssociateKmsKey" in changes(name, {}, {"KmsKeyId": "k"}).operations
    assert "DisassociateKmsKey" in changes(name, {"KmsKeyId": "k"}, {}).operations
    kept = changes(name, {"KmsKeyId": "k"}, {"KmsKeyId": "k", "RetentionInDays": 3})
    assert kept.operations == ["PutRetentionPolicy"]


def test_a_table_gets_and_loses_one_index_per_call() -> None:
    a, b, c = ({"IndexName": name, "KeySchema": []} for name in "abc")
    calls = changes(
        "AWS::DynamoDB::Table",
        {"GlobalSecondaryIndexes": [a, b], "BillingMode": "PROVISIONED"},
        {"GlobalSecondaryIndexes": [b, c], "BillingMode": "PAY_PER_REQUEST"},
    )
    updates = [members for _, members in calls.made]
    assert updates[0] == {"BillingMode": "PAY_PER_REQUEST", "TableName": "it"}
    assert [members["GlobalSecondaryIndexUpdates"] for members in updates[1:]] == [
        [{"Delete": {"IndexName": "a"}}],
        [{"Create": c}],
    ]


def test_a_deployment_leaves_a_stage_that_a_later_one_has() -> None:
    deployment = RESOURCE_TYPES["AWS::ApiGateway::Deployment"]
    properties = {"RestApiId": "a", "StageName": "prod"}
    deleted = []
    for current in ("old", "later"):
        calls = Calls(GetStage={"deploymentId": current})
        asyncio.run(_run(deployment.delete(context_of(calls), Made("old"), properties)))
        deleted.append([name for name in calls.operations if name.startswith("Delete")])
    assert deleted == [["DeleteStage", "DeleteDeployment"], ["DeleteDeployment"]]
