"""Stacks that change: in place, by replacement, through change sets."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from stack_samples import (
    BUS,
    FUNCTION,
    GROUP,
    HTTP_API,
    QUEUE,
    ROLE,
    SAMPLES,
    TABLE,
    WITH_STAGE,
    att,
    of,
    ref,
)

from .conftest import REGION, Stacks

BY_TYPE = {sample.type: sample for sample in SAMPLES}
PLAN = of(
    "ApiGateway::UsagePlan",
    ApiStages=[{"ApiId": ref("Api"), "Stage": ref("Stage")}],
    Quota={"Limit": 9, "Period": "DAY"},
)
# The type, what changes, and what its service then says; None for what is removed.
CHANGES: list[tuple[str, dict[str, Any], Any]] = [
    ("Lambda::Function", {"TracingConfig": None, "MemorySize": 256}, {"Mode": "PassThrough"}),
    ("Lambda::EventSourceMapping", {"BatchSize": 4}, 4),
    ("Scheduler::Schedule", {"ScheduleExpression": "rate(2 hours)"}, "rate(2 hours)"),
    ("Lambda::EventInvokeConfig", {"MaximumRetryAttempts": 0}, 0),
    ("ApiGateway::RestApi", {"BinaryMediaTypes": ["a/b"]}, ["a/b"]),
    ("ApiGateway::Model", {"Schema": {"type": "array"}}, '{"type": "array"}'),
    ("ApiGateway::Stage", {"TracingEnabled": False}, False),
    (
        "ApiGateway::UsagePlan",
        {"Throttle": {"RateLimit": 7, "BurstLimit": 3}},
        {"rateLimit": 7.0, "burstLimit": 3},
    ),
    ("ApiGateway::RequestValidator", {"ValidateRequestBody": False}, False),
    ("ApiGateway::GatewayResponse", {"StatusCode": "419"}, "419"),
    ("Events::Archive", {"RetentionDays": 4}, 4),
    ("SQS::Queue", {"VisibilityTimeout": None}, "30"),
    ("SNS::Topic", {"DisplayName": "Other"}, "Other"),
    ("SNS::Subscription", {"RawMessageDelivery": None}, "false"),
    ("DynamoDB::Table", {"TimeToLiveSpecification": {"AttributeName": "x", "Enabled": True}}, "x"),
    ("S3::Bucket", {"VersioningConfiguration": {"Status": "Suspended"}}, "Suspended"),
    ("Logs::LogGroup", {"RetentionInDays": 14}, 14),
    ("Logs::MetricFilter", {"FilterPattern": "WARN"}, "WARN"),
    ("CloudWatch::Dashboard", {"DashboardBody": '{"widgets":[]}'}, '{"widgets":[]}'),
    ("XRay::Group", {"FilterExpression": "error"}, "error"),
    ("SSM::Parameter", {"Value": "w"}, "w"),
]


@pytest.mark.parametrize("type_, change, expected", CHANGES, ids=lambda value: str(value)[:30])
def test_a_resource_is_changed_in_place(
    stacks: Stacks, type_: str, change: dict[str, Any], expected: Any
) -> None:
    sample = BY_TYPE[type_]
    resources = {**sample.needs, "It": sample.resource}
    outputs = {name: {"Value": ref(name)} for name in (*sample.needs, "It")}
    template = {"Outputs": outputs}
    name = stacks.create(resources, template=template)
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    before = stacks.ref(name, "It")
    wanted = {**sample.resource["Properties"], **change}
    properties = {key: value for key, value in wanted.items() if value is not None}
    changed = {**resources, "It": {**sample.resource, "Properties": properties}}
    stacks.update(name, changed, template=template)
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    known = stacks.outputs(name)
    assert stacks.ref(name, "It") == before
    assert sample.read(stacks.client, before, known) == expected


def test_new_code_runs_after_an_update(stacks: Stacks) -> None:
    resources = {"Role": ROLE, "Fn": FUNCTION}
    name = stacks.create(resources)
    code = {"ZipFile": "def handler(event, context):\n    return 'second'\n"}
    second = {**FUNCTION, "Properties": {**FUNCTION["Properties"], "Code": code}}
    stacks.update(name, {**resources, "Fn": second})
    answer = stacks.client("lambda").invoke(FunctionName=stacks.ref(name, "Fn"))
    assert json.load(answer["Payload"]) == "second"


def test_what_cannot_be_changed_is_replaced_and_those_that_refer_to_it_follow(
    stacks: Stacks,
) -> None:
    # GIVEN a rule on a bus, and its target
    rule = of(
        "Events::Rule",
        EventBusName=ref("Bus"),
        EventPattern={"source": ["shop"]},
        Targets=[{"Id": "q", "Arn": att("Queue", "Arn")}],
    )
    resources = {"Bus": BUS, "Queue": QUEUE, "Rule": rule, "Group": GROUP}
    name = stacks.create(resources)
    # WHEN the bus gets another name, and the log group goes
    bus = of("Events::EventBus", Name={"Fn::Sub": "${AWS::StackName}-two"})
    group = stacks.ref(name, "Group")
    stacks.update(name, {"Bus": bus, "Queue": QUEUE, "Rule": rule})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    # THEN the rule is on the new bus, and the old ones are gone
    events = stacks.client("events")
    assert stacks.ref(name, "Bus") == f"{name}-two"
    (found,) = events.list_rules(EventBusName=f"{name}-two")["Rules"]
    assert stacks.ref(name, "Rule") == f"{name}-two|{found['Name']}"
    assert f"{name}-bus" not in [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]
    assert not stacks.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]


def test_a_resource_with_a_name_of_its_own_is_not_replaced(stacks: Stacks) -> None:
    table = {**TABLE, "Properties": {**TABLE["Properties"], "TableName": "cfn-fixed"}}
    name = stacks.create({"It": table})
    other = {
        **table["Properties"],
        "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
    }
    stacks.update(name, {"It": {**table, "Properties": other}})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    failures = [why for _, status, why in stacks.events(name) if status == "UPDATE_FAILED"]
    assert "cannot update a stack when a custom-named resource requires replacing" in failures[0]
    keys = stacks.client("dynamodb").describe_table(TableName="cfn-fixed")["Table"]["KeySchema"]
    assert keys[0]["AttributeName"] == "id"


def test_policies_retain_resources(stacks: Stacks) -> None:
    kept = {**GROUP, "DeletionPolicy": "Retain"}
    name = stacks.create({"Group": kept, "Queue": QUEUE})
    group = stacks.ref(name, "Group")
    stack_id = stacks.stack(name)["StackId"]
    stacks.formation.delete_stack(StackName=name)
    assert ("Group", "DELETE_SKIPPED", "") in stacks.events(stack_id)
    logs = stacks.client("logs")
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    logs.delete_log_group(logGroupName=group)


def test_tags_of_the_stack_get_to_its_resources(stacks: Stacks) -> None:
    name = stacks.create({"Queue": QUEUE}, Tags=[{"Key": "team", "Value": "t"}])
    url = stacks.ref(name, "Queue")
    sqs = stacks.client("sqs")
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b", "team": "t"}
    stacks.update(name, {"Queue": QUEUE}, Tags=[{"Key": "team", "Value": "u"}])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"a": "b", "team": "u"}


def test_tags_of_rest_apis_mappings_and_parameters_change(stacks: Stacks) -> None:
    resources = {
        **WITH_STAGE,
        **BY_TYPE["Lambda::EventSourceMapping"].needs,
        "Mapping": BY_TYPE["Lambda::EventSourceMapping"].resource,
        "Parameter": BY_TYPE["SSM::Parameter"].resource,
        "HttpApi": HTTP_API,
        "Board": BY_TYPE["CloudWatch::Dashboard"].resource,
    }
    name = stacks.create(resources, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    stacks.update(name, resources, Tags=[{"Key": "a", "Value": "3"}])
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    api, http_api = stacks.ref(name, "Api"), stacks.ref(name, "HttpApi")
    gateway = f"arn:aws:apigateway:{REGION}:"
    for path in (f"/restapis/{api}", f"/restapis/{api}/stages/prod"):
        found = stacks.client("apigateway").get_tags(resourceArn=f"{gateway}:{path}")
        assert found["tags"] == {"a": "3"}
    found = stacks.client("apigatewayv2").get_tags(ResourceArn=f"{gateway}:/apis/{http_api}")
    assert found["Tags"] == {"a": "3"}
    mapping = stacks.ref(name, "Mapping")
    arn = f"arn:aws:lambda:{REGION}:123456789012:event-source-mapping:{mapping}"
    assert stacks.client("lambda").list_tags(Resource=arn)["Tags"] == {"a": "3"}
    parameter = {"ResourceType": "Parameter", "ResourceId": stacks.ref(name, "Parameter")}
    tags = stacks.client("ssm").list_tags_for_resource(**parameter)["TagList"]
    assert tags == [{"Key": "a", "Value": "3"}]
    board = f"arn:aws:cloudwatch::123456789012:dashboard/{stacks.ref(name, 'Board')}"
    tags = stacks.client("cloudwatch").list_tags_for_resource(ResourceARN=board)["Tags"]
    assert tags == [{"Key": "a", "Value": "3"}]


def test_a_change_set_says_what_it_would_change_and_changes_it(stacks: Stacks) -> None:
    # GIVEN a change set of a new stack, as "aws cloudformation deploy" makes it
    formation, name = stacks.formation, "cfn-changes"
    body = {"Resources": {"Bus": BUS, "Queue": QUEUE, "Group": GROUP}}
    made = formation.create_change_set(
        StackName=name, ChangeSetName="one", ChangeSetType="CREATE", TemplateBody=json.dumps(body)
    )
    assert stacks.stack(name)["StackStatus"] == "REVIEW_IN_PROGRESS"
    waiter = formation.get_waiter("change_set_create_complete")
    waiter.wait(ChangeSetName=made["Id"], WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    shown = formation.describe_change_set(ChangeSetName="one", StackName=name)
    actions = {
        item["ResourceChange"]["LogicalResourceId"]: item["ResourceChange"]["Action"]
        for item in shown["Changes"]
    }
    assert actions == dict.fromkeys(("Bus", "Queue", "Group"), "Add")
    formation.execute_change_set(ChangeSetName=made["Id"])
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE"
    # WHEN a second one changes a queue, replaces a bus and drops a group
    slower = of("SQS::Queue", VisibilityTimeout=50)
    renamed = of("Events::EventBus", Name="cfn-changes-two")
    body = {"Resources": {"Bus": renamed, "Queue": slower}}
    formation.create_change_set(StackName=name, ChangeSetName="two", TemplateBody=json.dumps(body))
    shown = formation.describe_change_set(ChangeSetName="two", StackName=name)
    changes = {
        item["ResourceChange"]["LogicalResourceId"]: item["ResourceChange"]
        for item in shown["Changes"]
    }
    assert {key: change["Action"] for key, change in changes.items()} == {
        "Bus": "Modify",
        "Queue": "Modify",
        "Group": "Remove",
    }
    assert changes["Bus"]["Replacement"] == "True"
    assert changes["Queue"]["Replacement"] == "False"
    assert {detail["Target"]["Attribute"] for detail in changes["Queue"]["Details"]} == {
        "Properties",
        "Tags",
    }
    summaries = formation.list_change_sets(StackName=name)["Summaries"]
    assert [item["ChangeSetName"] for item in summaries] == ["two"]
    # nothing has changed yet
    url = stacks.ref(name, "Queue")
    formation.execute_change_set(ChangeSetName="two", StackName=name)
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.ref(name, "Bus") == "cfn-changes-two"
    assert stacks.ref(name, "Queue") == url
    # a third one without changes fails, as AWS's does, and can be deleted
    made = formation.create_change_set(
        StackName=name, ChangeSetName="three", TemplateBody=json.dumps(body)
    )
    shown = formation.describe_change_set(ChangeSetName=made["Id"])
    assert (shown["Status"], shown["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in shown["StatusReason"]
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        formation.execute_change_set(ChangeSetName=made["Id"])
    formation.delete_change_set(ChangeSetName=made["Id"])
    with pytest.raises(ClientError, match="does not exist") as caught:
        formation.describe_change_set(ChangeSetName=made["Id"])
    assert caught.value.response["Error"]["Code"] == "ChangeSetNotFound"
    formation.delete_stack(StackName=name)


def test_a_stage_of_a_usage_plan_leaves_with_its_stack(stacks: Stacks) -> None:
    name = stacks.create({**WITH_STAGE, "Plan": PLAN})
    assert stacks.stack(name)["StackStatus"] == "CREATE_COMPLETE", stacks.events(name)
    stack_id = stacks.stack(name)["StackId"]
    stacks.formation.delete_stack(StackName=name)
    assert stacks.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE", stacks.events(stack_id)


def test_only_names_of_stacks_are_accepted_that_exist(stacks: Stacks) -> None:
    for operation in ("describe_stacks", "describe_stack_events", "get_template"):
        with pytest.raises(ClientError, match="Stack with id nobody does not exist"):
            getattr(stacks.formation, operation)(StackName="nobody")
    stacks.formation.delete_stack(StackName="nobody")  # as on AWS


def test_an_index_of_a_table_is_made_and_deleted(stacks: Stacks) -> None:
    # GIVEN a table without indexes
    def indexes(table: str) -> list[str]:
        described = stacks.client("dynamodb").describe_table(TableName=table)["Table"]
        return [item["IndexName"] for item in described.get("GlobalSecondaryIndexes", [])]

    name = stacks.create({"Table": TABLE})
    table = stacks.ref(name, "Table")
    key = {"AttributeName": "day", "AttributeType": "S"}
    index = {
        "IndexName": "by-day",
        "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    properties = {
        **TABLE["Properties"],
        "AttributeDefinitions": [*TABLE["Properties"]["AttributeDefinitions"], key],
        "GlobalSecondaryIndexes": [index],
    }
    # WHEN its template gets one, THEN so does the table
    stacks.update(name, {"Table": of("DynamoDB::Table", **properties)})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    assert (stacks.ref(name, "Table"), indexes(table)) == (table, ["by-day"])
    stacks.update(name, {"Table": TABLE})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    assert indexes(table) == []


def test_a_stage_of_a_deployment_outlives_the_deployment_before(stacks: Stacks) -> None:
    # GIVEN a deployment with a stage of its own
    parts = {name: WITH_STAGE[name] for name in ("Api", "Method")}

    def deployment(description: str) -> Any:
        properties = {"RestApiId": ref("Api"), "StageName": "live", "Description": description}
        return {**of("ApiGateway::Deployment", **properties), "DependsOn": "Method"}

    name = stacks.create({**parts, "Deployment": deployment("first")})
    api = stacks.ref(name, "Api")
    # WHEN it is replaced THEN the stage has the new one
    stacks.update(name, {**parts, "Deployment": deployment("second")})
    assert stacks.stack(name)["StackStatus"] == "UPDATE_COMPLETE", stacks.events(name)
    stage = stacks.client("apigateway").get_stage(restApiId=api, stageName="live")
    assert stage["deploymentId"] == stacks.ref(name, "Deployment")
