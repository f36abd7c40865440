"""Stacks whose resources cannot be made, changed or deleted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError
from stack_samples import BUS, FUNCTION, QUEUE, ROLE, TABLE, WITH_FUNCTION, of, ref

from .conftest import Stacks

BROKEN = of(
    "Lambda::Function",
    Code={"ZipFile": "x"},
    Handler="index.h",
    Runtime="python3.13",
    Role="arn:aws:iam::123456789012:role/missing",
    Timeout=5000,
)


def after(resource: Any, name: str) -> Any:
    return {**resource, "DependsOn": name}


def test_a_stack_that_fails_takes_back_what_it_made(stacks: Stacks) -> None:
    # GIVEN a template whose second resource is rejected by its service
    name = stacks.create({"Queue": QUEUE, "Fn": after(BROKEN, "Queue")})
    # THEN the call succeeded, and the stack says what happened
    stack = stacks.stack(name)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "failed to create: [Fn]" in stack["StackStatusReason"]
    events = stacks.events(name)
    assert [(who, status) for who, status, _ in events if who != name] == [
        ("Queue", "CREATE_IN_PROGRESS"),
        ("Queue", "CREATE_COMPLETE"),
        ("Fn", "CREATE_IN_PROGRESS"),
        ("Fn", "CREATE_FAILED"),
        ("Queue", "DELETE_IN_PROGRESS"),
        ("Queue", "DELETE_COMPLETE"),
    ]
    (reason,) = [why for who, status, why in events if status == "CREATE_FAILED"]
    assert "Timeout" in reason or "timeout" in reason
    url = stacks.ref(name, "Queue")
    with pytest.raises(ClientError, match="does not exist"):
        stacks.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])


@pytest.mark.parametrize("failure", ["ROLLBACK", "DO_NOTHING"])
def test_a_resource_that_fails_after_its_first_call_leaves_nothing(
    stacks: Stacks, failure: str
) -> None:
    # GIVEN a role whose inline policy is rejected, after the role itself has been made
    role_name = f"half-{failure.lower().replace('_', '-')}"
    bad = {"PolicyName": "p", "PolicyDocument": {"Statement": "x"}}
    properties = {**ROLE["Properties"], "RoleName": role_name}
    name = stacks.create(
        {"Role": of("IAM::Role", **{**properties, "Policies": [bad]})}, OnFailure=failure
    )
    assert stacks.stack(name)["StackStatus"] in {"CREATE_FAILED", "ROLLBACK_COMPLETE"}
    # THEN there is no such role, and a good template makes it
    with pytest.raises(ClientError, match="NoSuchEntity"):
        stacks.client("iam").get_role(RoleName=role_name)
    other = stacks.create({"Role": of("IAM::Role", **properties)})
    assert stacks.stack(other)["StackStatus"] == "CREATE_COMPLETE", stacks.events(other)


def test_a_stack_may_keep_what_it_made(stacks: Stacks) -> None:
    resources = {"Queue": QUEUE, "Fn": after(BROKEN, "Queue")}
    name = stacks.create(resources, OnFailure="DO_NOTHING")
    assert stacks.stack(name)["StackStatus"] == "CREATE_FAILED"
    url = stacks.ref(name, "Queue")
    assert stacks.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    # WHEN the template is mended
    stacks.update(name, {"Queue": QUEUE})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.ref(name, "Queue") == url


def test_a_change_that_failed_is_made_when_the_update_is_repeated(stacks: Stacks) -> None:
    # GIVEN an update that failed at an alias for a version that does not exist, and was kept
    alias = {"FunctionName": ref("Function"), "Name": "live"}
    before = of("Lambda::Alias", **alias, FunctionVersion="$LATEST")
    wanted = {**WITH_FUNCTION, "Alias": of("Lambda::Alias", **alias, FunctionVersion="1")}
    name = stacks.create({**WITH_FUNCTION, "Alias": before})
    stacks.update(name, wanted, DisableRollback=True)
    assert stacks.stack(name)["StackStatus"] == "UPDATE_FAILED", stacks.events(name)
    # WHEN there is such a version, and the same template is deployed again
    functions, function = stacks.client("lambda"), stacks.ref(name, "Function")
    functions.publish_version(FunctionName=function)
    stacks.update(name, wanted)
    # THEN the alias has it
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    assert stacks.resources(name)["Alias"]["ResourceStatus"] == "UPDATE_COMPLETE"
    assert functions.get_alias(FunctionName=function, Name="live")["FunctionVersion"] == "1"


@pytest.mark.parametrize(
    "policy, members, kept",
    [
        ("Retain", {}, 1),
        ("Retain", {"OnFailure": "DELETE"}, 1),
        ("Retain", {"RetainExceptOnCreate": True}, 0),
        ("RetainExceptOnCreate", {}, 0),
        ("Delete", {}, 0),
    ],
)
def test_a_rollback_leaves_what_its_policy_retains(
    stacks: Stacks, policy: str, members: Any, kept: int
) -> None:
    prefix = f"/cfn/{policy}/{'-'.join(members)}/group"
    group = {**of("Logs::LogGroup", LogGroupName=prefix), "DeletionPolicy": policy}
    stacks.create({"Group": group, "Fn": after(BROKEN, "Group")}, **members)
    logs = stacks.client("logs")
    found = logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    assert [item["logGroupName"] for item in found] == [prefix] * kept
    for item in found:
        logs.delete_log_group(logGroupName=item["logGroupName"])


@pytest.mark.parametrize(
    "resources, outputs",
    [
        ({"Queue": QUEUE}, {"It": {"Value": {"Fn::ImportValue": "nobody"}}}),
        ({"Queue": of("SQS::Queue", DelaySeconds={"Fn::ImportValue": "nobody"})}, {}),
    ],
)
def test_an_update_to_values_that_cannot_be_computed_is_rolled_back(
    stacks: Stacks, resources: Any, outputs: Any
) -> None:
    name = stacks.create({"Queue": QUEUE})
    stacks.update(name, resources, template={"Outputs": outputs})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", stacks.events(name)
    assert "No export named nobody found" in str(stacks.events(name))


def test_a_stack_may_be_deleted_when_it_fails(stacks: Stacks) -> None:
    name = stacks.create({"Queue": QUEUE, "Fn": after(BROKEN, "Queue")}, OnFailure="DELETE")
    with pytest.raises(ClientError, match="does not exist"):
        stacks.stack(name)


def test_waiters_know_how_it_ended(stacks: Stacks) -> None:
    good, bad = stacks.create({"Queue": QUEUE}), stacks.create({"Fn": BROKEN})
    waiter = stacks.formation.get_waiter("stack_create_complete")
    waiter.wait(StackName=good, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    with pytest.raises(WaiterError, match="terminal failure state"):
        waiter.wait(StackName=bad, WaiterConfig={"Delay": 1, "MaxAttempts": 2})


def test_an_update_that_fails_changes_everything_back(stacks: Stacks) -> None:
    # GIVEN a stack
    before = {"Queue": QUEUE, "Bus": BUS, "Table": TABLE, "Role": ROLE, "Fn": FUNCTION}
    name = stacks.create(before, template={"Outputs": {"Url": {"Value": ref("Queue")}}})
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    url, function = stacks.ref(name, "Queue"), stacks.ref(name, "Fn")
    # WHEN an update changes one resource, replaces another, adds a third, and fails at a fourth
    changed = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 7}}
    renamed = of("Events::EventBus", Name={"Fn::Sub": "${AWS::StackName}-other"})
    bad = {
        **FUNCTION,
        "Properties": {**FUNCTION["Properties"], "Timeout": 5000},
        "DependsOn": ["Queue", "Bus", "New"],
    }
    after_it = {**before, "Queue": changed, "Bus": renamed, "New": of("SQS::Queue"), "Fn": bad}
    stacks.update(name, after_it)
    # THEN all is as before
    stack = stacks.stack(name)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE", stacks.events(name)
    assert "failed to update: [Fn]" in stack["StackStatusReason"]
    assert set(stacks.resources(name)) == set(before)
    assert (stacks.ref(name, "Queue"), stacks.ref(name, "Fn")) == (url, function)
    assert stacks.ref(name, "Bus") == f"{name}-bus"
    attributes = stacks.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "45"
    buses = [bus["Name"] for bus in stacks.client("events").list_event_buses()["EventBuses"]]
    assert f"{name}-bus" in buses
    assert f"{name}-other" not in buses
    assert stacks.outputs(name) == {"Url": url}
    body = stacks.formation.get_template(StackName=name)["TemplateBody"]
    assert body["Resources"]["Queue"] == QUEUE
    # WHEN a good one follows
    stacks.update(name, {**before, "Queue": changed})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE"


def test_a_resource_that_cannot_be_deleted_keeps_its_stack(stacks: Stacks) -> None:
    name = stacks.create({"Bucket": of("S3::Bucket")})
    bucket = stacks.ref(name, "Bucket")
    stacks.client("s3").put_object(Bucket=bucket, Key="k", Body=b"x")
    stacks.formation.delete_stack(StackName=name)
    stack = stacks.stack(name)
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]. "
    # WHEN the bucket is emptied
    stacks.client("s3").delete_object(Bucket=bucket, Key="k")
    stacks.formation.delete_stack(StackName=name)
    with pytest.raises(ClientError, match="does not exist"):
        stacks.stack(name)


@pytest.mark.parametrize(
    "resources, message",
    [
        (
            {"A": {"Type": "AWS::EC2::Instance"}},
            "Resource type AWS::EC2::Instance is not simulated",
        ),
        ({"A": {"Type": "Custom::Thing"}}, "A is a custom resource, which is not simulated"),
        ({"A": {"Type": "AWS::CloudFormation::Stack"}}, "is not simulated"),
        ({}, "At least one Resources member must be defined"),
        ({"A-b": QUEUE}, "Resource name A-b is non alphanumeric"),
        ({"A": {**QUEUE, "Property": {}}}, "Invalid template resource property 'Property'"),
        ({"A": after(QUEUE, "B")}, r"Unresolved resource dependencies \[B\] in the Resources"),
        (
            {"A": of("SQS::Queue", QueueName=ref("B")), "B": of("SQS::Queue", QueueName=ref("A"))},
            r"Circular dependency between resources: \[A, B\]",
        ),
        ({"A": of("SQS::Queue", QueueName=ref("A"))}, "Circular dependency"),
    ],
)
def test_a_template_that_cannot_be_deployed_is_rejected_at_once(
    stacks: Stacks, resources: Any, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        stacks.create(resources)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize(
    "resource, reason",
    [
        (of("SQS::Queue", QueName="q"), "Encountered unsupported property QueName"),
        (of("Lambda::Version"), "required key [FunctionName] not found"),
        (of("SQS::Queue", QueueName={"Fn::Select": [5, ["a"]]}), "nonexistent value at index 5"),
        (of("SQS::Queue", QueueName={"Fn::ImportValue": "nobody"}), "No export named nobody found"),
        (of("SQS::Queue", QueueName={"Fn::Transform": {}}), "Fn::Transform is not simulated"),
        (of("SQS::Queue", QueueName="q", Tags="t"), "Properties validation failed"),
        (of("SNS::Topic", TopicName={"a": 1}), "Resource handler returned message"),
    ],
)
def test_properties_that_are_wrong_fail_their_resource(
    stacks: Stacks, resource: Any, reason: str
) -> None:
    name = stacks.create({"It": resource})
    assert stacks.stack(name)["StackStatus"] == "ROLLBACK_COMPLETE"
    (found,) = [why for _, status, why in stacks.events(name) if status == "CREATE_FAILED"]
    assert reason in found


def test_one_stack_of_a_name(stacks: Stacks) -> None:
    name = stacks.create({"Queue": QUEUE})
    body = json.dumps({"Resources": {"Queue": QUEUE}})
    with pytest.raises(ClientError, match="already exists") as caught:
        stacks.formation.create_stack(StackName=name, TemplateBody=body)
    assert caught.value.response["Error"]["Code"] == "AlreadyExistsException"


def test_roles_have_to_be_acknowledged(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]") as caught:
        stacks.create({"Role": ROLE}, Capabilities=[])
    assert caught.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
    named = {**ROLE, "Properties": {**ROLE["Properties"], "RoleName": "my-role"}}
    with pytest.raises(ClientError, match=r"\[CAPABILITY_NAMED_IAM\]"):
        stacks.create({"Role": named}, Capabilities=["CAPABILITY_IAM"])


def test_a_protected_stack_is_not_deleted(stacks: Stacks) -> None:
    name = stacks.create({"Queue": QUEUE}, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        stacks.formation.delete_stack(StackName=name)
    stacks.formation.update_termination_protection(
        StackName=name, EnableTerminationProtection=False
    )
    stacks.formation.delete_stack(StackName=name)
    with pytest.raises(ClientError, match=f"Stack with id {name} does not exist"):
        stacks.stack(name)


def test_what_is_not_simulated_is_refused_or_said(stacks: Stacks) -> None:
    formation = stacks.formation
    with pytest.raises(ClientError, match="ResourcesToImport is not simulated"):
        formation.create_change_set(
            StackName="s-import",
            ChangeSetName="c",
            ChangeSetType="IMPORT",
            TemplateBody="{}",
            ResourcesToImport=[
                {
                    "ResourceType": "AWS::SQS::Queue",
                    "LogicalResourceId": "Q",
                    "ResourceIdentifier": {"QueueUrl": "u"},
                }
            ],
        )
    with pytest.raises(ClientError, match="DetectStackDrift is not simulated"):
        formation.detect_stack_drift(StackName="s")
    name = stacks.create({"Queue": QUEUE})
    formation.set_stack_policy(StackName=name, StackPolicyBody="{}")
    assert formation.get_stack_policy(StackName=name)["StackPolicyBody"] == "{}"
    assert "cloudformation SetStackPolicy with StackPolicyBody is not simulated" in "".join(
        stacks.unsimulated()
    )
