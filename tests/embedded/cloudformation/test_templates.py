"""What templates compute: parameters, conditions, mappings, functions, exports."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from stack_samples import GROUP, QUEUE, att, of, ref

from tracing_lab.embedded.cloudformation.template.reading import read_template
from tracing_lab.embedded.cloudformation.template.references import names_in
from tracing_lab.embedded.protocol.errors import ApiError

from .conftest import Stacks

COMPUTED: list[tuple[Any, str]] = [
    ({"Fn::Sub": "${AWS::StackName}/${Queue.QueueName}/${P}/${!L}"}, "{stack}/{queue}/p/${L}"),
    ({"Fn::Sub": ["${A}-${P}", {"A": att("Queue", "QueueName")}]}, "{queue}-p"),
    ({"Fn::Join": [":", ["a", ref("P"), ref("AWS::NoValue"), 3, True]]}, "a:p:3:true"),
    ({"Fn::Select": ["1", {"Fn::Split": ["-", "x-y-z"]}]}, "y"),
    ({"Fn::Select": [0, ref("L")]}, "one"),
    ({"Fn::FindInMap": ["Sizes", ref("P"), "Big"]}, "42"),
    ({"Fn::If": ["IsP", "yes", ref("Nowhere0")]}, "yes"),
    ({"Fn::If": ["IsNotP", "yes", "no"]}, "no"),
    ({"Fn::Base64": "abc"}, "YWJj"),
    ({"Fn::Select": [1, {"Fn::Cidr": ["10.0.0.0/16", 2, 8]}]}, "10.0.1.0/24"),
    ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "ap-northeast-2a"),
    (ref("AWS::Region"), "ap-northeast-2"),
    (ref("AWS::AccountId"), "123456789012"),
    (ref("AWS::Partition"), "aws"),
    (ref("AWS::URLSuffix"), "amazonaws.com"),
    ("{{resolve:ssm:/cfn/test}}", "{{resolve:ssm:/cfn/test}}"),
]
TEMPLATE = {
    "Parameters": {
        "P": {"Type": "String", "Default": "p", "AllowedValues": ["p", "q"]},
        "L": {"Type": "CommaDelimitedList", "Default": "one, two"},
        "Nowhere0": {"Type": "String", "Default": "never"},
    },
    "Mappings": {"Sizes": {"p": {"Big": 42}, "q": {"Big": 43}}},
    "Conditions": {
        "IsNotP": {"Fn::Not": [{"Condition": "IsP"}]},
        "IsP": {"Fn::And": [{"Fn::Equals": [ref("P"), "p"]}, {"Fn::Equals": ["a", "a"]}]},
        "IsQ": {"Fn::Or": [{"Fn::Equals": [ref("P"), "q"]}, {"Fn::Equals": ["a", "b"]}]},
    },
}


def test_functions_compute_values(stacks: Stacks) -> None:
    outputs = {f"O{n}": {"Value": value} for n, (value, _) in enumerate(COMPUTED)}
    name = stacks.create({"Queue": QUEUE}, template={**TEMPLATE, "Outputs": outputs})
    found = stacks.outputs(name)
    queue = stacks.ref(name, "Queue").rpartition("/")[2]
    expected = [text.replace("{stack}", name).replace("{queue}", queue) for _, text in COMPUTED]
    assert [found[f"O{n}"] for n in range(len(COMPUTED))] == expected


def test_conditions_choose_resources_properties_and_outputs(stacks: Stacks) -> None:
    delayed = of("SQS::Queue", DelaySeconds={"Fn::If": ["IsQ", 9, ref("AWS::NoValue")]})
    resources = {
        "Queue": delayed,
        "OnlyP": {**QUEUE, "Condition": "IsP"},
        "OnlyQ": {**GROUP, "Condition": "IsQ"},
    }
    outputs = {
        "P": {"Condition": "IsP", "Value": ref("OnlyP")},
        "Q": {"Condition": "IsQ", "Value": ref("OnlyQ")},
    }
    template = {**TEMPLATE, "Outputs": outputs}
    name = stacks.create(resources, template=template)
    assert set(stacks.resources(name)) == {"Queue", "OnlyP"}
    assert set(stacks.outputs(name)) == {"P"}
    # WHEN a parameter changes
    wanted = [{"ParameterKey": "P", "ParameterValue": "q"}]
    stacks.update(name, resources, template=template, Parameters=wanted)
    assert set(stacks.resources(name)) == {"Queue", "OnlyQ"}
    assert set(stacks.outputs(name)) == {"Q"}
    url = stacks.ref(name, "Queue")
    attributes = stacks.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert attributes["Attributes"]["DelaySeconds"] == "9"
    # and later calls may keep it
    kept = [{"ParameterKey": "P", "UsePreviousValue": True}]
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        stacks.update(name, resources, template=template, Parameters=kept)


@pytest.mark.parametrize(
    "declared, given, message",
    [
        ({"P": {"Type": "String"}}, {}, r"Parameters: \[P\] must have values"),
        ({}, {"X": "1"}, r"Parameters: \[X\] do not exist in the template"),
        (
            {"P": {"Type": "String", "AllowedValues": ["a", "b"]}},
            {"P": "c"},
            "Parameter 'P' must be one of AllowedValues: a, b",
        ),
        ({"P": {"Type": "Number"}}, {"P": "x"}, "Parameter 'P' must be a number"),
        ({"P": {"Type": "Number", "MaxValue": 3}}, {"P": "4"}, "not greater than 3"),
        ({"P": {"Type": "String", "MinLength": 3}}, {"P": "ab"}, "not less than 3"),
        ({"P": {"Type": "String", "AllowedPattern": "[a-z]+"}}, {"P": "1"}, "must match pattern"),
        (
            {"P": {"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "be an a"}},
            {"P": "1"},
            "Parameter P failed to satisfy constraint: be an a",
        ),
        (
            {"P": {"Type": "AWS::SSM::Parameter::Value<String>"}},
            {"P": "/nowhere"},
            r"Unable to fetch parameters \[/nowhere\] from parameter store",
        ),
    ],
)
def test_parameters_are_checked(
    stacks: Stacks, declared: Any, given: dict[str, str], message: str
) -> None:
    parameters = [{"ParameterKey": key, "ParameterValue": text} for key, text in given.items()]
    with pytest.raises(ClientError, match=message):
        stacks.create({"Q": QUEUE}, template={"Parameters": declared}, Parameters=parameters)


def test_a_parameter_may_be_hidden_or_stored_elsewhere(stacks: Stacks) -> None:
    stacks.client("ssm").put_parameter(Name="/cfn/delay", Value="11", Type="String")
    declared = {
        "Secret": {"Type": "String", "NoEcho": True, "Default": "s"},
        "Delay": {"Type": "AWS::SSM::Parameter::Value<Number>", "Default": "/cfn/delay"},
    }
    resources = {
        "A": of("SQS::Queue", DelaySeconds=ref("Delay")),
        "B": of("SQS::Queue", DelaySeconds="{{resolve:ssm:/cfn/delay}}"),
    }
    name = stacks.create(resources, template={"Parameters": declared})
    for logical_id in resources:
        url = stacks.ref(name, logical_id)
        found = stacks.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        assert found["Attributes"]["DelaySeconds"] == "11"
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        stacks.update(name, resources, template={"Parameters": declared})
    shown = {p["ParameterKey"]: p["ParameterValue"] for p in stacks.stack(name)["Parameters"]}
    assert shown == {"Secret": "****", "Delay": "/cfn/delay"}


def test_stacks_import_what_others_export(stacks: Stacks) -> None:
    export = {"Value": att("Queue", "QueueName"), "Export": {"Name": "cfn-test-queue"}}
    outputs = {"Outputs": {"Name": export}}
    first = stacks.create({"Queue": QUEUE}, template=outputs)
    copied = {"Out": {"Value": {"Fn::ImportValue": "cfn-test-queue"}}}
    second = stacks.create({"Group": GROUP}, template={"Outputs": copied})
    assert stacks.outputs(second)["Out"] == stacks.outputs(first)["Name"]
    exports = stacks.formation.list_exports()["Exports"]
    assert [item["Value"] for item in exports if item["Name"] == "cfn-test-queue"] == [
        stacks.outputs(first)["Name"]
    ]
    assert stacks.formation.list_imports(ExportName="cfn-test-queue")["Imports"] == [second]
    with pytest.raises(ClientError, match="Cannot delete export cfn-test-queue as it is in use"):
        stacks.formation.delete_stack(StackName=first)
    third = stacks.create({"Queue": QUEUE}, template=outputs)
    assert "already exported by stack" in stacks.stack(third)["StackStatusReason"]


YAML = """
AWSTemplateFormatVersion: 2010-09-09
Description: Orders
Parameters:
  Stage: {Type: String, Default: dev}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !If [IsDev, 3, 4]
      QueueName: !Sub "${AWS::StackName}-${Stage}"
Outputs:
  Arn:
    Value: !GetAtt Queue.Arn
  Parts:
    Value: !Join ["|", !Split ["-", a-b]]
"""


def test_templates_may_be_in_yaml_with_short_forms(stacks: Stacks) -> None:
    name = "s-yaml"
    made = stacks.formation.create_stack(StackName=name, TemplateBody=YAML)
    found = stacks.outputs(name)
    stack = stacks.stack(made["StackId"])
    template = stacks.formation.get_template(StackName=name)["TemplateBody"]
    stacks.formation.delete_stack(StackName=name)
    assert found == {
        "Arn": "arn:aws:sqs:ap-northeast-2:123456789012:s-yaml-dev",
        "Parts": "a|b",
    }
    assert stack["Description"] == "Orders"
    assert template == YAML.strip() or template == YAML


def test_a_template_may_be_in_a_bucket(stacks: Stacks) -> None:
    s3 = stacks.client("s3")
    where = {"LocationConstraint": "ap-northeast-2"}
    s3.create_bucket(Bucket="cfn-templates", CreateBucketConfiguration=where)
    s3.put_object(Bucket="cfn-templates", Key="a/t.yaml", Body=YAML.encode())
    for url in (
        "https://cfn-templates.s3.ap-northeast-2.amazonaws.com/a/t.yaml",
        "https://s3.ap-northeast-2.amazonaws.com/cfn-templates/a/t.yaml",
    ):
        found = stacks.formation.get_template_summary(TemplateURL=url)
        assert found["ResourceTypes"] == ["AWS::SQS::Queue"]
        assert found["Parameters"][0]["DefaultValue"] == "dev"
    with pytest.raises(ClientError, match="S3 error"):
        stacks.formation.validate_template(
            TemplateURL="https://cfn-templates.s3.amazonaws.com/none.yaml"
        )


@pytest.mark.parametrize(
    "body, message",
    [
        ("a: [", "YAML not well-formed"),
        ("- 1", "unsupported structure"),
        (json.dumps({"Resources": {"Q": QUEUE}, "Resource": {}}), "Invalid template property"),
        (
            json.dumps({"Resources": {"Q": QUEUE}, "Outputs": {"A": {"Value": ref("X")}}}),
            r"Unresolved resource dependencies \[X\] in the Outputs block",
        ),
        (
            json.dumps({"Resources": {"Q": {**QUEUE, "Condition": "No"}}}),
            "Unresolved condition dependency No",
        ),
        (
            json.dumps({"Resources": {"Q": QUEUE}, "Rules": {"R": {}}}),
            "The section Rules of templates is not simulated",
        ),
        (
            json.dumps({"Resources": {"Q": QUEUE}, "Transform": "My::Macro"}),
            "Transform My::Macro is not simulated",
        ),
    ],
)
def test_a_malformed_template_is_rejected(stacks: Stacks, body: str, message: str) -> None:
    capabilities = ["CAPABILITY_AUTO_EXPAND"]
    with pytest.raises(ClientError, match=message):
        stacks.formation.create_stack(
            StackName="s-bad", TemplateBody=body, Capabilities=capabilities
        )
    with pytest.raises(ClientError, match="does not exist"):
        stacks.stack("s-bad")


FORMS: list[tuple[Any, str]] = [
    ({"Resources": [1]}, "Resources must be an object"),
    ({"Resources": {"Q": 1}}, r"\[/Resources/Q\] must be an object"),
    ({"Resources": {"Q": {}}}, "'null' values are not allowed"),
    ({"Resources": {"Q": {**QUEUE, "Properties": 1}}}, "Properties of Q must be an object"),
    ({"Resources": {"Q": {**QUEUE, "DependsOn": [1]}}}, "DependsOn must be a string or list"),
    ({"Resources": {"Q": {**QUEUE, "Condition": {}}}}, "Condition of Q must be a string"),
    ({"Outputs": {"A": {}}}, "Every Outputs member must contain a Value object"),
    ({"Outputs": {"A": {"Value": 1, "Export": "x"}}}, "Export of output A must be an object"),
    ({"Parameters": {"P": {"AllowedPattern": "("}}}, "AllowedPattern of parameter P"),
    ({"Parameters": {"P": {"AllowedValues": 1}}}, "AllowedValues of parameter P"),
    ({"Parameters": {"P": {"MinLength": "x"}}}, "MinLength of parameter P must be a number"),
]


@pytest.mark.parametrize("template, message", FORMS, ids=lambda value: str(value)[:40])
def test_a_template_of_a_wrong_form_is_not_read(template: Any, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        read_template(json.dumps(template))


def test_a_template_that_is_nested_deeply_is_not_read() -> None:
    deep = "[" * 5000 + "]" * 5000
    with pytest.raises(ApiError, match="YAML not well-formed"):
        read_template(f'{{"Metadata": {deep}}}')
    with pytest.raises(ApiError, match="more than 100 levels"):
        read_template(f'{{"Metadata": {deep[4850:5150]}}}')


@pytest.mark.parametrize(
    "value, message",
    [
        ({"Ref": 1}, "every Ref object"),
        ({"Fn::GetAtt": ["Q"]}, "every Fn::GetAtt object"),
        ({"Fn::GetAtt": 1}, "every Fn::GetAtt object"),
        ({"Fn::Sub": [1, {}]}, "Fn::Sub intrinsic functions"),
        ({"Fn::Sub": ["a", "b"]}, "Fn::Sub intrinsic functions"),
    ],
)
def test_a_reference_of_a_wrong_form_is_rejected(value: Any, message: str) -> None:
    with pytest.raises(ApiError, match=message):
        names_in({"Outputs": {"A": {"Value": value}}})


def test_a_template_with_parameters_is_valid(stacks: Stacks) -> None:
    found = stacks.formation.validate_template(TemplateBody=YAML)
    (parameter,) = found["Parameters"]
    assert parameter["DefaultValue"] == "dev"
    assert "ParameterType" not in parameter


def test_names_that_yaml_reads_as_numbers_are_texts() -> None:
    template = read_template("Mappings: {M: {1: {2: a}}}")
    assert template == {"Mappings": {"M": {"1": {"2": "a"}}}}
    with pytest.raises(ApiError, match="YAML not well-formed"):
        read_template("Metadata: {? [a] : 1}")
    with pytest.raises(ApiError, match="YAML not well-formed"):
        read_template("Metadata: &a [*a]")
