"""A moto server whose CloudFormation makes what moto's own leaves out.

moto's CloudFormation reads a template, orders it and resolves its references, and that is what is
checked with it. But it ignores bodies of REST APIs, stages, retention, tracing and most tags, so
here each resource is made by the API call that AWS's CloudFormation would make.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.server import ThreadedMotoServer

from tracing_lab.aws import connect
from tracing_lab.config import Config

Json = dict[str, Any]
Made = tuple[str, dict[str, str]]  # what Ref gives, and what GetAtt gives
ACCOUNT = "123456789012"
DRAFT = "http://json-schema.org/draft-04/schema#"
EXTENSION = "x-amazon-apigateway-integration"


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line per request
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    url = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    models = [_model(type_, create) for type_, create in Calls(url).by_type().items()]
    parsing.get_model_list.cache_clear()  # moto finds models among the subclasses, once
    parsing.get_model_map.cache_clear()
    yield url
    assert models  # keeps them alive: moto only knows their base class
    server.stop()


class Calls:
    """The calls that make one resource each; properties come as the template has them."""

    def __init__(self, url: str) -> None:
        self.client = connect(Config(endpoint_url=url))

    def by_type(self) -> dict[str, Callable[[Json], Made]]:
        return {
            "AWS::ApiGateway::Account": self.api_account,
            "AWS::ApiGateway::ApiKey": self.api_key,
            "AWS::ApiGateway::Deployment": self.deployment,
            "AWS::ApiGateway::RestApi": self.rest_api,
            "AWS::ApiGateway::Stage": self.stage,
            "AWS::ApiGateway::UsagePlan": self.usage_plan,
            "AWS::ApiGateway::UsagePlanKey": self.usage_plan_key,
            "AWS::CloudWatch::Alarm": self.alarm,
            "AWS::CloudWatch::Dashboard": self.dashboard,
            "AWS::Events::EventBus": self.bus,
            "AWS::Events::Rule": self.rule,
            "AWS::IAM::Role": self.role,
            "AWS::Lambda::EventInvokeConfig": self.retries,
            "AWS::Lambda::Function": self.function,
            "AWS::Lambda::Permission": self.permission,
            "AWS::Logs::LogGroup": self.log_group,
            "AWS::SNS::Subscription": self.subscription,
            "AWS::SNS::Topic": self.topic,
            "AWS::SQS::Queue": self.queue,
            "AWS::SQS::QueuePolicy": self.queue_policy,
        }

    def api_account(self, wanted: Json) -> Made:
        path, value = "/cloudwatchRoleArn", wanted["CloudWatchRoleArn"]
        operation = {"op": "replace", "path": path, "value": value}
        self.client("apigateway").update_account(patchOperations=[operation])
        return "account", {}

    def api_key(self, wanted: Json) -> Made:
        made = _lowered(wanted, but=("Tags",))
        return self.client("apigateway").create_api_key(**made, tags=_tags(wanted))["id"], {}

    def usage_plan(self, wanted: Json) -> Made:
        made = _lowered(wanted, but=("ApiStages", "Tags", "UsagePlanName"))
        stages = [_lowered(one) for one in wanted["ApiStages"]]
        plan = self.client("apigateway").create_usage_plan(
            name=wanted["UsagePlanName"], apiStages=stages, **made, tags=_tags(wanted)
        )
        return plan["id"], {}

    def usage_plan_key(self, wanted: Json) -> Made:
        return self.client("apigateway").create_usage_plan_key(**_lowered(wanted))["id"], {}

    def rest_api(self, wanted: Json) -> Made:
        client, made = self.client("apigateway"), _lowered(wanted, but=("Body", "Policy", "Tags"))
        policy = {"policy": json.dumps(wanted["Policy"])} if "Policy" in wanted else {}
        api_id = client.create_rest_api(**made, **policy, tags=_tags(wanted))["id"]
        self._import(api_id, wanted["Body"])
        return api_id, {}

    def _import(self, api_id: str, body: Json) -> None:
        """Import an OpenAPI body; moto's own import loses much of it."""
        client = self.client("apigateway")
        for name, schema in body.get("components", {}).get("schemas", {}).items():
            client.create_model(
                restApiId=api_id,
                name=name,
                contentType="application/json",
                schema=json.dumps({"$schema": DRAFT, **schema}),
            )
        validators = {
            name: client.create_request_validator(restApiId=api_id, name=name, **checks)["id"]
            for name, checks in body.get("x-amazon-apigateway-request-validators", {}).items()
        }
        ids = {"": client.get_resources(restApiId=api_id)["items"][0]["id"]}
        for path, methods in body["paths"].items():
            for verb, one in methods.items():
                where = {"restApiId": api_id, "resourceId": self._path(api_id, path, ids)}
                demands = _demands(one, validators)
                self._method({**where, "httpMethod": verb.upper()}, one, demands)

    def _path(self, api_id: str, path: str, ids: dict[str, str]) -> str:
        above, _, part = path.rpartition("/")
        if path not in ids:
            parent = self._path(api_id, above, ids)
            made = self.client("apigateway").create_resource(
                restApiId=api_id, parentId=parent, pathPart=part
            )
            ids[path] = made["id"]
        return ids[path]

    def _method(self, where: Json, wanted: Json, demands: Json) -> None:
        client, extension = self.client("apigateway"), wanted[EXTENSION]
        settings = {
            name: extension[name] for name in ("uri", "requestTemplates") if name in extension
        }
        verb = {"integrationHttpMethod": extension["httpMethod"]} if "uri" in extension else {}
        kind = extension["type"].upper()
        client.put_method(**where, authorizationType="NONE", **demands)
        client.put_integration(**where, type=kind, **settings, **verb)
        for answer in extension.get("responses", {}).values():
            status, headers = answer["statusCode"], answer["responseParameters"]
            declared = dict.fromkeys(headers, False)
            client.put_method_response(**where, statusCode=status, responseParameters=declared)
            client.put_integration_response(**where, statusCode=status, responseParameters=headers)

    def deployment(self, wanted: Json) -> Made:
        return self.client("apigateway").create_deployment(**_lowered(wanted))["id"], {}

    def stage(self, wanted: Json) -> Made:
        client = self.client("apigateway")
        settings = ("AccessLogSetting", "MethodSettings", "Tags")
        client.create_stage(**_lowered(wanted, but=settings), tags=_tags(wanted))
        patches = [*_access_log_patches(wanted), *_method_patches(wanted)]
        client.update_stage(
            restApiId=wanted["RestApiId"], stageName=wanted["StageName"], patchOperations=patches
        )
        return wanted["StageName"], {}

    def alarm(self, wanted: Json) -> Made:
        self.client("cloudwatch").put_metric_alarm(**wanted)
        return wanted["AlarmName"], {}

    def dashboard(self, wanted: Json) -> Made:
        self.client("cloudwatch").put_dashboard(**wanted)
        return wanted["DashboardName"], {}

    def bus(self, wanted: Json) -> Made:
        arn = self.client("events").create_event_bus(**wanted)["EventBusArn"]
        return wanted["Name"], {"Arn": arn, "Name": wanted["Name"]}

    def rule(self, wanted: Json) -> Made:
        client, targets = self.client("events"), wanted.pop("Targets")
        arn = client.put_rule(**{**wanted, "EventPattern": json.dumps(wanted["EventPattern"])})
        bus = wanted["EventBusName"]
        client.put_targets(Rule=wanted["Name"], EventBusName=bus, Targets=targets)
        return wanted["Name"], {"Arn": arn["RuleArn"]}

    def role(self, wanted: Json) -> Made:
        client, name = self.client("iam"), wanted["RoleName"]
        trust = json.dumps(wanted["AssumeRolePolicyDocument"])
        arn = client.create_role(
            RoleName=name, AssumeRolePolicyDocument=trust, Tags=wanted["Tags"]
        )["Role"]["Arn"]
        for policy in wanted["Policies"]:
            text = {**policy, "PolicyDocument": json.dumps(policy["PolicyDocument"])}
            client.put_role_policy(RoleName=name, **text)
        return name, {"Arn": arn}

    def function(self, wanted: Json) -> Made:
        client, name = self.client("lambda"), wanted["FunctionName"]
        reserved = wanted.pop("ReservedConcurrentExecutions", None)
        made = client.create_function(**{**wanted, "Tags": _tags(wanted)})
        if reserved is not None:
            count = int(reserved)
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=count)
        return name, {"Arn": made["FunctionArn"]}

    def retries(self, wanted: Json) -> Made:
        self.client("lambda").put_function_event_invoke_config(**wanted)
        return wanted["FunctionName"], {}

    def permission(self, wanted: Json) -> Made:
        statement_id = f"stack-{uuid.uuid4()}"  # CloudFormation chooses it
        self.client("lambda").add_permission(StatementId=statement_id, **wanted)
        return statement_id, {}

    def log_group(self, wanted: Json) -> Made:
        client, name = self.client("logs"), wanted["LogGroupName"]
        client.create_log_group(logGroupName=name, tags=_tags(wanted))
        client.put_retention_policy(
            logGroupName=name, retentionInDays=int(wanted["RetentionInDays"])
        )
        return name, {"Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}:*"}

    def topic(self, wanted: Json) -> Made:
        arn = self.client("sns").create_topic(Name=wanted["TopicName"], Tags=wanted["Tags"])
        return arn["TopicArn"], {"TopicName": wanted["TopicName"]}

    def subscription(self, wanted: Json) -> Made:
        return self.client("sns").subscribe(**wanted)["SubscriptionArn"], {}

    def queue(self, wanted: Json) -> Made:
        name, seconds = wanted["QueueName"], str(wanted["MessageRetentionPeriod"])
        attributes = {"MessageRetentionPeriod": seconds}
        made = self.client("sqs").create_queue(
            QueueName=name, Attributes=attributes, tags=_tags(wanted)
        )
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        return made["QueueUrl"], {"Arn": arn, "QueueName": name}

    def queue_policy(self, wanted: Json) -> Made:
        policy = {"Policy": json.dumps(wanted["PolicyDocument"])}
        for url in wanted["Queues"]:
            self.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=policy)
        return "policy", {}


def _model(type_: str, create: Callable[[Json], Made]) -> type[CloudFormationModel]:
    class Model(CloudFormationModel):
        def __init__(self, physical_resource_id: str, attributes: dict[str, str]) -> None:
            self.physical_resource_id, self._attributes = physical_resource_id, attributes

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @staticmethod
        def cloudformation_type() -> str:
            return type_

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return True

        @classmethod
        def create_from_cloudformation_json(cls, name: str, json: Json, *_: str, **__: Any) -> Any:
            return cls(*create(json["Properties"]))

        def get_cfn_attribute(self, name: str) -> str:
            return self._attributes[name]

    return Model


def _tags(wanted: Json) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in wanted["Tags"]}


def _demands(method: Json, validators: dict[str, str]) -> Json:
    content = method.get("requestBody", {}).get("content", {})
    models = {kind: one["schema"]["$ref"].rpartition("/")[2] for kind, one in content.items()}
    validator = method.get("x-amazon-apigateway-request-validator")
    return {
        **({"requestModels": models} if models else {}),
        **({"requestValidatorId": validators[validator]} if validator else {}),
        "apiKeyRequired": bool(method.get("security")),
    }


def _lowered(value: Any, *, but: tuple[str, ...] = ()) -> Any:
    """Spell properties as API Gateway's calls do: with a small letter first."""
    if not isinstance(value, dict):
        return value
    kept = {key: one for key, one in value.items() if key not in but}
    return {key[0].lower() + key[1:]: _lowered(one) for key, one in kept.items()}


def _access_log_patches(wanted: Json) -> list[Json]:
    return [
        {"op": "replace", "path": f"/accessLogSettings/{key}", "value": value}
        for key, value in _lowered(wanted.get("AccessLogSetting", {})).items()
    ]


def _method_patches(wanted: Json) -> list[Json]:
    paths = {
        "MetricsEnabled": "metrics/enabled",
        "ThrottlingBurstLimit": "throttling/burstLimit",
        "ThrottlingRateLimit": "throttling/rateLimit",
    }
    return [
        {"op": "replace", "path": f"/*/*/{paths[name]}", "value": str(value)}
        for one in wanted.get("MethodSettings", [])
        for name, value in one.items()
        if name in paths
    ]
