"""CloudFormation: linted, and deployed to the very resources that apply makes."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file

from tracing_lab import deploy, package
from tracing_lab.aws import Aws, connect
from tracing_lab.config import Config
from tracing_lab.errors import ExportError
from tracing_lab.infrastructure import cloudformation, export, export_files, sam, terraform
from tracing_lab.infrastructure.bundle import Bundle
from tracing_lab.infrastructure.cloudformation_types import written
from tracing_lab.infrastructure.terraform_types import blocks
from tracing_lab.stack import Resource, Site, resources, retired

SITE = Site("123456789012", "us-east-1")
OPTIONS: dict[str, Any] = {
    "alarm_email": "someone@example.com",
    "api_allowed_cidrs": ["203.0.113.0/24"],
    "api_throttle_burst": 20,
    "api_throttle_rate": 10,
    "enable_alarm_topic": True,
    "enable_alarms": True,
    "enable_api_key": True,
    "enable_dashboard": True,
    "enable_dead_letter_queues": True,
    "enable_request_validation": True,
    "enable_x_ray_group": True,
    "event_max_retries": 3,
    "lambda_max_retries": 0,
    "lambda_reserved_concurrency": {"order": 5},
    "tags": {"Owner": "me"},
    "usage_plan_burst": 20,
    "usage_plan_quota": 1000,
    "usage_plan_rate": 5.0,
    "x_ray_sampling_rate": 0.1,
}
LAYER = b"a layer's zip"
# There is no KMS key or web ACL of these names.
MORE_OPTIONS: dict[str, Any] = {
    "log_kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1-2-3",
    "waf_web_acl_arn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/acl/1-2-3",
}
# API Gateway reads the parameters in the paths of an OpenAPI document as parameters of the methods.
OPENAPI_ADDS = {
    ("AWS::ApiGateway::RestApi", f"Methods./orders/{{customerId}}.{verb}.RequestParameters")
    for verb in ("OPTIONS", "POST")
}


@pytest.fixture(scope="module")
def packages() -> dict[str, package.DeploymentPackage]:
    return package.build_all()


@pytest.fixture(scope="module")
def bundle(packages: dict[str, package.DeploymentPackage]) -> Bundle:
    return Bundle("shop-dev", packages, LAYER)


@pytest.fixture(scope="module")
def everything(packages: dict[str, package.DeploymentPackage]) -> list[Resource]:
    """All that any settings can ask for."""
    config, layer = Config(tracer="opentelemetry"), package.code_sha256(LAYER)
    wanted = resources(config, SITE, packages, layer_sha256=layer)
    return [*wanted, *retired(config, SITE)]


def deployed(endpoint_url: str) -> Config:
    """Deploy the template as its README says."""
    config = Config(endpoint_url=endpoint_url, project_name="exported", **OPTIONS)
    clients, files = connect(config), export_files(config, SITE, "cloudformation")
    clients("s3").create_bucket(Bucket="zips")
    for name, content in files.items():
        if name.startswith("code/"):
            clients("s3").put_object(Bucket="zips", Key=name, Body=content)
    clients("cloudformation").create_stack(
        StackName=config.stack_name,
        TemplateBody=files["template.json"].decode(),
        Parameters=[{"ParameterKey": "CodeBucket", "ParameterValue": "zips"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    return config


def test_the_deployed_template_is_what_apply_would_make(endpoint_url: str) -> None:
    config = deployed(endpoint_url)
    aws = Aws(config)
    steps = deploy.plan(config, aws=aws).steps
    # CloudFormation chooses the ids of permissions itself, and does not mark whom apply has
    # subscribed, so these are compared by content.
    permissions = [s.resource for s in steps if s.resource.type == "AWS::Lambda::Permission"]
    assert len(permissions) == 4
    for wanted in (permission.properties for permission in permissions):
        (found,) = aws.lambda_.permissions(wanted["FunctionName"]).values()
        assert found["Principal"] == {"Service": wanted["Principal"]}
        assert found["Action"] == wanted["Action"]
        api_id = deploy.outputs(config, aws=aws).api_id
        source = wanted["SourceArn"].replace("${api.Id}", api_id)
        assert found["Condition"] == {"ArnLike": {"AWS:SourceArn": source}}
    (subscription,) = [s.resource for s in steps if s.resource.type == "AWS::SNS::Subscription"]
    (subscribed,) = aws.sns.subscriptions(subscription.properties["TopicArn"])
    assert subscription.properties.items() <= subscribed.items()
    by_content = [subscription, *permissions]
    others = [step for step in steps if step.resource not in by_content]
    found_changes = {(one.resource.type, c.path) for one in others for c in one.changes}
    assert found_changes == OPENAPI_ADDS


@pytest.mark.parametrize("format_", ["cloudformation", "sam"])
def test_cfn_lint_finds_nothing(format_: str, tmp_path: Path) -> None:
    config = Config(**OPTIONS, **MORE_OPTIONS)
    template, *_ = export(config, tmp_path, format=format_)
    assert lint_file(template) == []


def test_what_moto_forgets_is_in_the_template(
    packages: dict[str, package.DeploymentPackage], bundle: Bundle
) -> None:
    wanted = resources(Config(**OPTIONS), SITE, packages)
    made = cloudformation.template(wanted, bundle)["Resources"]
    dead_letters = made["OrderFunction"]["Properties"]["DeadLetterConfig"]
    assert dead_letters == {"TargetArn": {"Fn::GetAtt": ["OrderDeadLetters", "Arn"]}}
    assert {"Key": "Owner", "Value": "me"} in made["Dashboard"]["Properties"]["Tags"]


def test_no_account_or_region_is_left_in_a_template_but_in_arns_that_the_user_set(
    packages: dict[str, package.DeploymentPackage], bundle: Bundle
) -> None:
    wanted = resources(Config(**OPTIONS, **MORE_OPTIONS), SITE, packages)
    aside = [one for one in wanted if one.type != "AWS::CloudWatch::Dashboard"]
    made = json.dumps(cloudformation.template(aside, bundle))
    for name in ("log_kms_key_arn", "waf_web_acl_arn"):
        assert f'"{MORE_OPTIONS[name]}"' in made
        made = made.replace(MORE_OPTIONS[name], "")
    assert "123456789012" not in made
    assert "us-east-1" not in made


def test_a_template_fits_other_partitions(
    packages: dict[str, package.DeploymentPackage], bundle: Bundle
) -> None:
    china = Site("123456789012", "cn-north-1", "aws-cn")
    wanted = resources(Config(aws_region="cn-north-1"), china, packages)
    made = json.dumps(cloudformation.template(wanted, bundle))
    assert "aws-cn" not in made
    assert "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/" in made


def test_every_type_can_be_exported(everything: list[Resource], bundle: Bundle) -> None:
    for resource in everything:
        assert written(resource, bundle)[0]["Type"] == resource.type
        assert blocks(resource, bundle)[0].labels[0].startswith("aws_")


def test_an_unknown_type_is_named(bundle: Bundle) -> None:
    unknown = Resource(type="AWS::Moon::Base", logical="base", name="b", properties={})
    writers = (cloudformation.template, sam.template)
    for write in (*writers, partial(terraform.configuration, site=SITE)):
        with pytest.raises(ExportError, match="base is of type AWS::Moon::Base"):
            write([unknown], bundle=bundle)


def test_a_snapshot_of_other_methods_has_another_name(everything: list[Resource]) -> None:
    deployment = next(one for one in everything if one.logical == "deployment")
    digest = deployment.name.rpartition("/")[2]
    assert cloudformation.logical_id(deployment) == f"Deployment{digest}"


def test_a_dependency_that_a_reference_tells_is_not_repeated(
    everything: list[Resource], bundle: Bundle
) -> None:
    made = cloudformation.template(everything, bundle)["Resources"]
    assert made["OrderFunction"]["DependsOn"] == ["OrderDeadLetters", "OrderLogGroup"]
    assert made["OrderFunction"]["Properties"]["Role"] == {"Fn::GetAtt": ["OrderRole", "Arn"]}


def test_sam_takes_the_zips_from_the_folder(everything: list[Resource], bundle: Bundle) -> None:
    made = sam.template(everything, bundle)
    function = made["Resources"]["OrderFunction"]
    assert function["Type"] == "AWS::Serverless::Function"
    assert function["Properties"]["CodeUri"] in bundle.files()
    assert "Parameters" not in made
