"""What plain moto gets wrong, one probe for each correction; keyed by the override's module.

A probe returns whether a control plane responds as AWS does. It is given a function that makes
boto3 clients. A probe that raises counts as "no", so one that expects an error makes a good call
first.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from archives import app_zip
from botocore.exceptions import ClientError

REGION = "eu-west-1"
ACCOUNT = "123456789012"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
METRIC = {"Namespace": "N", "MetricName": "M"}
ALARM = {
    **METRIC,
    "AlarmName": "a",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
TAGS = [{"Key": "Owner", "Value": "me"}]

_REJECTIONS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
    }
)

_LAMBDA = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions"

ClientOf = Callable[[str], Any]
Probe = Callable[[ClientOf], bool]


def new_alarms_have_insufficient_data(client_of: ClientOf) -> bool:
    client_of("cloudwatch").put_metric_alarm(**ALARM)
    (alarm,) = client_of("cloudwatch").describe_alarms()["MetricAlarms"]
    return bool(alarm["StateValue"] == "INSUFFICIENT_DATA")


def log_roles_have_to_be_able_to_log(client_of: ClientOf) -> bool:
    client_of("apigateway").get_account()
    wrong = {
        "op": "replace",
        "path": "/cloudwatchRoleArn",
        "value": f"arn:aws:iam::{ACCOUNT}:role/x",
    }
    return rejected(client_of("apigateway").update_account, patchOperations=[wrong])


def _a_method(gateway: Any) -> dict[str, str]:
    api_id = gateway.create_rest_api(name="a")["id"]
    root_id = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    where = {"restApiId": api_id, "resourceId": root_id, "httpMethod": "POST"}
    gateway.put_method(**where, authorizationType="NONE")
    return where


def expressions_of_authorizers_are_kept(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    made = gateway.create_authorizer(
        restApiId=gateway.create_rest_api(name="a")["id"],
        name="a",
        type="TOKEN",
        authorizerUri=f"{_LAMBDA}/arn:aws:lambda:{REGION}:{ACCOUNT}:function:f/invocations",
        identitySource="method.request.header.Authorization",
        identityValidationExpression="x-.*",
    )
    return bool(made.get("identityValidationExpression") == "x-.*")


def integration_responses_need_method_responses(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    where = _a_method(gateway)
    gateway.put_integration(**where, type="MOCK")
    return rejected(gateway.put_integration_response, **where, statusCode="200")


def documents_need_no_description(client_of: ClientOf) -> bool:
    document = {"openapi": "3.0.1", "info": {"title": "shop", "version": "1"}, "paths": {}}
    made = client_of("apigateway").import_rest_api(body=json.dumps(document).encode())
    return bool(made["name"] == "shop")


def media_types_are_kept(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    api_id = gateway.create_rest_api(name="a", binaryMediaTypes=["image/png"])["id"]
    return bool(gateway.get_rest_api(restApiId=api_id).get("binaryMediaTypes") == ["image/png"])


def api_policies_are_checked(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    gateway.create_rest_api(name="a")
    return rejected(gateway.create_rest_api, name="b", policy='{"Statement": 1}')


def usage_plans_can_be_tagged(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    arn = f"arn:aws:apigateway:{REGION}::/usageplans/{gateway.create_usage_plan(name='p')['id']}"
    gateway.tag_resource(resourceArn=arn, tags={"a": "1"})
    return bool(gateway.get_tags(resourceArn=arn)["tags"] == {"a": "1"})


def dashboards_have_tags(client_of: ClientOf) -> bool:
    cloudwatch = client_of("cloudwatch")
    cloudwatch.put_dashboard(DashboardName="d", DashboardBody="{}", Tags=TAGS)
    arn = cloudwatch.get_dashboard(DashboardName="d")["DashboardArn"]
    return bool(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == TAGS)


def deleted_alarms_lose_their_tags(client_of: ClientOf) -> bool:
    cloudwatch = client_of("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=TAGS)
    cloudwatch.delete_alarms(AlarmNames=["a"])
    cloudwatch.put_metric_alarm(**ALARM)
    arn = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmArn"]
    return bool(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [])


def patterns_can_be_tested(client_of: ClientOf) -> bool:
    names = ("id", "account", "source", "time", "region", "detail-type")
    event = json.dumps(dict.fromkeys(names, "x") | {"resources": [], "time": NOON.isoformat()})
    pattern = '{"source": [{"anything-but": {"suffix": "y"}}]}'
    return bool(client_of("events").test_event_pattern(EventPattern=pattern, Event=event)["Result"])


def patterns_are_checked_as_they_are_put(client_of: ClientOf) -> bool:
    events = client_of("events")
    events.put_rule(Name="r", EventPattern='{"source": [{"prefix": "1"}]}')
    return rejected(events.put_rule, Name="r", EventPattern='{"source": [{"prefix": 1}]}')


def statements_of_buses_are_kept(client_of: ClientOf) -> bool:
    events = client_of("events")
    for sid, principal in (("a", ACCOUNT), ("b", ACCOUNT), ("c", "*")):
        events.put_permission(Action="events:PutEvents", Principal=principal, StatementId=sid)
    statements = json.loads(events.describe_event_bus()["Policy"])["Statement"]
    return [(one["Sid"], one["Principal"]) for one in statements] == [
        ("a", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        ("b", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        ("c", "*"),
    ]


def lists_of_buses_have_times(client_of: ClientOf) -> bool:
    (bus,) = client_of("events").list_event_buses()["EventBuses"]
    return bool({"CreationTime", "LastModifiedTime"} <= bus.keys())


def buses_can_be_changed(client_of: ClientOf) -> bool:
    events = client_of("events")
    events.create_event_bus(Name="b")
    events.update_event_bus(Name="b", Description="new")
    return bool(events.describe_event_bus(Name="b")["Description"] == "new")


def targets_have_one_input(client_of: ClientOf) -> bool:
    events = client_of("events")
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    target = {"Id": "t", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "Input": "{}"}
    events.put_targets(Rule="r", Targets=[target])
    both = {**target, "InputPath": "$.detail"}
    return rejected(events.put_targets, Rule="r", Targets=[both])


def pages_of_targets_go_on(client_of: ClientOf) -> bool:
    events = client_of("events")
    events.put_rule(Name="r", EventPattern='{"source": ["a"]}')
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    events.put_targets(Rule="r", Targets=[{"Id": one, "Arn": arn} for one in "abc"])
    token = events.list_targets_by_rule(Rule="r", Limit=2)["NextToken"]
    found = events.list_targets_by_rule(Rule="r", NextToken=token)["Targets"]
    return [target["Id"] for target in found] == ["c"]


def logging_of_functions_is_kept(client_of: ClientOf) -> bool:
    make_function(client_of)
    client_of("lambda").update_function_configuration(
        FunctionName="f", LoggingConfig={"LogFormat": "JSON"}
    )
    shown = client_of("lambda").get_function_configuration(FunctionName="f")
    return bool(shown["LoggingConfig"]["LogFormat"] == "JSON")


def dead_letters_of_functions_are_kept(client_of: ClientOf) -> bool:
    make_function(client_of)
    target = {"TargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}
    client_of("lambda").update_function_configuration(FunctionName="f", DeadLetterConfig=target)
    shown = client_of("lambda").get_function_configuration(FunctionName="f")
    return bool(shown["DeadLetterConfig"] == target)


def processors_of_functions_can_be_changed(client_of: ClientOf) -> bool:
    make_function(client_of)
    client_of("lambda").update_function_code(
        FunctionName="f", ZipFile=app_zip(), Architectures=["arm64"]
    )
    shown = client_of("lambda").get_function_configuration(FunctionName="f")
    return bool(shown["Architectures"] == ["arm64"])


def ephemeral_storage_can_be_changed(client_of: ClientOf) -> bool:
    make_function(client_of)
    client_of("lambda").update_function_configuration(
        FunctionName="f", EphemeralStorage={"Size": 1024}
    )
    shown = client_of("lambda").get_function_configuration(FunctionName="f")
    return bool(shown["EphemeralStorage"] == {"Size": 1024})


def retries_can_be_set_to_none(client_of: ClientOf) -> bool:
    make_function(client_of)
    functions = client_of("lambda")
    for retries in (1, 0):
        functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=retries)
    shown = functions.get_function_event_invoke_config(FunctionName="f")
    return bool(shown["MaximumRetryAttempts"] == 0)


def a_reserved_concurrency_of_zero_is_shown(client_of: ClientOf) -> bool:
    make_function(client_of)
    functions = client_of("lambda")
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    shown = functions.get_function(FunctionName="f")
    return bool(shown["Concurrency"] == {"ReservedConcurrentExecutions": 0})


def accounts_have_settings(client_of: ClientOf) -> bool:
    usage = client_of("lambda").get_account_settings()["AccountUsage"]
    return bool(usage["FunctionCount"] == 0)


def versions_in_use_are_kept(client_of: ClientOf) -> bool:
    make_alias(client_of)
    functions = client_of("lambda")
    return rejected(functions.delete_function, FunctionName="f", Qualifier="1")


def aliases_have_their_own_retries(client_of: ClientOf) -> bool:
    make_alias(client_of)
    functions = client_of("lambda")
    for more, retries in (({"Qualifier": "live"}, 1), ({}, 0)):
        functions.put_function_event_invoke_config(
            FunctionName="f", MaximumRetryAttempts=retries, **more
        )
    shown = functions.get_function_event_invoke_config(FunctionName="f")
    return bool(shown["MaximumRetryAttempts"] == 0)


def messages_stay_hidden_while_a_function_runs(client_of: ClientOf) -> bool:
    make_function(client_of)
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    client_of("sqs").create_queue(QueueName="q", Attributes={"VisibilityTimeout": "2"})
    mapping = {"FunctionName": "f", "EventSourceArn": arn}
    return rejected(client_of("lambda").create_event_source_mapping, **mapping)


def variables_of_lambda_are_reserved(client_of: ClientOf) -> bool:
    make_function(client_of)
    update = client_of("lambda").update_function_configuration
    update(FunctionName="f", Environment={"Variables": {"NAME": "x"}})
    return rejected(update, FunctionName="f", Environment={"Variables": {"AWS_REGION": "x"}})


def functions_come_in_pages(client_of: ClientOf) -> bool:
    make_function(client_of)
    for name in ("g", "h"):
        make_function(client_of, name)
    pages = client_of("lambda").get_paginator("list_functions").paginate(MaxItems=2)
    return [len(page["Functions"]) for page in pages] == [2, 1]


def policies_of_aliases_are_their_own(client_of: ClientOf) -> bool:
    make_alias(client_of)
    functions = client_of("lambda")
    member = {"FunctionName": "f", "StatementId": "s", "Action": "lambda:InvokeFunction"}
    functions.add_permission(**member, Principal="events.amazonaws.com", Qualifier="live")
    functions.get_policy(FunctionName="f", Qualifier="live")
    return rejected(functions.get_policy, FunctionName="f")


def stale_revisions_are_rejected(client_of: ClientOf) -> bool:
    make_function(client_of)
    update = client_of("lambda").update_function_configuration
    revision = update(FunctionName="f", Timeout=5)["RevisionId"]
    update(FunctionName="f", Timeout=6, RevisionId=revision)
    return rejected(update, FunctionName="f", Timeout=7, RevisionId=revision)


def new_functions_are_pending(client_of: ClientOf) -> bool:
    made = make_function(client_of)
    shown = client_of("lambda").get_function_configuration(FunctionName="f")
    return bool(made["State"] == "Pending" and shown["State"] == "Active")


def keys_of_log_groups_can_be_changed(client_of: ClientOf) -> bool:
    logs, key = client_of("logs"), f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
    logs.create_log_group(logGroupName="g")
    logs.associate_kms_key(logGroupName="g", kmsKeyId=key)
    return bool(logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key)


def log_patterns_select_fields(client_of: ClientOf) -> bool:
    logs, now_ms = client_of("logs"), int(datetime.now(UTC).timestamp() * 1000)
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    lines = [{"timestamp": now_ms, "message": f'{{"n": {number}}}'} for number in (1, 2)]
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=lines)
    found = logs.filter_log_events(logGroupName="g", filterPattern="{ $.n > 1 }")["events"]
    return [event["message"] for event in found] == ['{"n": 2}']


def metric_filters_can_be_tested(client_of: ClientOf) -> bool:
    found = client_of("logs").test_metric_filter(filterPattern="a", logEventMessages=["a", "b"])
    return [match["eventMessage"] for match in found["matches"]] == ["a"]


def deployments_keep_the_settings_of_a_stage(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    api_id = gateway.create_rest_api(name="a")["id"]
    root_id = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root_id, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    gateway.create_deployment(restApiId=api_id, stageName="s")
    tracing = {"op": "replace", "path": "/tracingEnabled", "value": "true"}
    gateway.update_stage(restApiId=api_id, stageName="s", patchOperations=[tracing])
    gateway.create_deployment(restApiId=api_id, stageName="s")
    return bool(gateway.get_stage(restApiId=api_id, stageName="s")["tracingEnabled"])


def rates_have_fractions(client_of: ClientOf) -> bool:
    gateway = client_of("apigateway")
    plan_id = gateway.create_usage_plan(name="p", throttle={"rateLimit": 5})["id"]
    change = {"op": "replace", "path": "/throttle/rateLimit", "value": "2.5"}
    gateway.update_usage_plan(usagePlanId=plan_id, patchOperations=[change])
    return bool(gateway.get_usage_plan(usagePlanId=plan_id)["throttle"]["rateLimit"] == 2.5)


def a_web_acl_replaces_the_one_before(client_of: ClientOf) -> bool:
    waf, stage = client_of("wafv2"), f"arn:aws:apigateway:{REGION}::/restapis/abc/stages/prod"
    for name in ("one", "two"):
        made = waf.create_web_acl(
            Name=name,
            Scope="REGIONAL",
            DefaultAction={"Allow": {}},
            VisibilityConfig={
                "SampledRequestsEnabled": False,
                "CloudWatchMetricsEnabled": False,
                "MetricName": name,
            },
        )
        waf.associate_web_acl(ResourceArn=stage, WebACLArn=made["Summary"]["ARN"])
    return bool(waf.get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["Name"] == "two")


def groups_of_schedules_are_made_once(client_of: ClientOf) -> bool:
    client_of("scheduler").create_schedule_group(Name="g")
    return rejected(client_of("scheduler").create_schedule_group, Name="g")


def http_apis_have_an_address_here(client_of: ClientOf) -> bool:
    made = client_of("apigatewayv2").create_api(Name="a", ProtocolType="HTTP")
    return bool(made["ApiEndpoint"].startswith("http://127.0.0.1/"))


def http_apis_are_made_quickly(client_of: ClientOf) -> bool:
    apis, target = client_of("apigatewayv2"), f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    api_id = apis.create_api(Name="a", ProtocolType="HTTP", Target=target)["ApiId"]
    return bool(apis.get_stages(ApiId=api_id)["Items"])


def http_apis_are_deployed(client_of: ClientOf) -> bool:
    return bool(make_http_api(client_of, "create_deployment")["DeploymentId"])


def stages_show_their_deployment(client_of: ClientOf) -> bool:
    stage = make_http_api(client_of, "create_stage", StageName="prod", AutoDeploy=True)
    return "DeploymentId" in stage


def stages_can_be_changed(client_of: ClientOf) -> bool:
    apis = client_of("apigatewayv2")
    make_http_api(client_of, "create_stage", StageName="prod")
    changed = apis.update_stage(ApiId=last_api(apis), StageName="prod", Description="d")
    return bool(changed["Description"] == "d")


def routes_have_to_have_a_method(client_of: ClientOf) -> bool:
    make_http_api(client_of, "create_route", RouteKey="GET /a")
    apis = client_of("apigatewayv2")
    return rejected(apis.create_route, ApiId=last_api(apis), RouteKey="/a")


def unknown_routes_are_not_found(client_of: ClientOf) -> bool:
    make_http_api(client_of, "create_route", RouteKey="GET /a")
    apis = client_of("apigatewayv2")
    return rejected(apis.delete_route, ApiId=last_api(apis), RouteId="none")


def payload_formats_are_required(client_of: ClientOf) -> bool:
    make_http_api(client_of, "create_route", RouteKey="GET /a")
    apis = client_of("apigatewayv2")
    target = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    members = {"IntegrationType": "AWS_PROXY", "IntegrationUri": target}
    return rejected(apis.create_integration, ApiId=last_api(apis), **members)


def http_apis_can_be_imported(client_of: ClientOf) -> bool:
    document = {"openapi": "3.0.1", "info": {"title": "shop"}, "paths": {}}
    made = client_of("apigatewayv2").import_api(Body=json.dumps(document))
    return bool(made["Name"] == "shop")


def imported_keys_are_those_of_routes(client_of: ClientOf) -> bool:
    apis = client_of("apigatewayv2")
    api_id = apis.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    paths: dict[str, Any] = {"/$default": {"x-amazon-apigateway-any-method": {}}}
    apis.reimport_api(ApiId=api_id, Body=json.dumps({"openapi": "3.0.1", "paths": paths}))
    return [route["RouteKey"] for route in apis.get_routes(ApiId=api_id)["Items"]] == ["$default"]


def urls_of_functions_are_here(client_of: ClientOf) -> bool:
    make_function(client_of)
    made = client_of("lambda").create_function_url_config(FunctionName="f", AuthType="NONE")
    return bool(made["FunctionUrl"].startswith("http://127.0.0.1/"))


def zips_of_functions_can_be_downloaded_here(client_of: ClientOf) -> bool:
    make_function(client_of)
    code = client_of("lambda").get_function(FunctionName="f")["Code"]
    return bool(code["Location"].startswith("http://127.0.0.1/"))


def zips_of_layers_can_be_downloaded_here(client_of: ClientOf) -> bool:
    layers = client_of("lambda")
    layers.publish_layer_version(LayerName="l", Content={"ZipFile": app_zip()})
    content = layers.get_layer_version(LayerName="l", VersionNumber=1)["Content"]
    return bool(content["Location"].startswith("http://127.0.0.1/"))


def aliases_have_urls(client_of: ClientOf) -> bool:
    make_alias(client_of)
    functions, live = client_of("lambda"), {"FunctionName": "f", "Qualifier": "live"}
    made = functions.create_function_url_config(**live, AuthType="NONE")
    listed = functions.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"]
    return bool(made["FunctionArn"].endswith(":live") and len(listed) == 1)


def permissions_for_urls_have_conditions(client_of: ClientOf) -> bool:
    make_function(client_of)
    made = client_of("lambda").add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    condition = json.loads(made["Statement"]).get("Condition")
    return bool(condition == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})


PROBES: Mapping[str, tuple[Probe, ...]] = {
    "alarms": (new_alarms_have_insufficient_data,),
    "api_account": (log_roles_have_to_be_able_to_log,),
    "api_authorizers": (expressions_of_authorizers_are_kept,),
    "api_integrations": (integration_responses_need_method_responses,),
    "api_imports": (documents_need_no_description,),
    "api_media_types": (media_types_are_kept,),
    "api_policies": (api_policies_are_checked,),
    "api_tags": (usage_plans_can_be_tagged,),
    "dashboards": (dashboards_have_tags, deleted_alarms_lose_their_tags),
    "event_buses": (
        statements_of_buses_are_kept,
        lists_of_buses_have_times,
        buses_can_be_changed,
    ),
    "event_targets": (targets_have_one_input, pages_of_targets_go_on),
    "events": (patterns_can_be_tested, patterns_are_checked_as_they_are_put),
    "functions.account": (accounts_have_settings, versions_in_use_are_kept),
    "functions.downloads": (
        zips_of_functions_can_be_downloaded_here,
        zips_of_layers_can_be_downloaded_here,
    ),
    "functions.event_configs": (retries_can_be_set_to_none, aliases_have_their_own_retries),
    "functions.limits": (variables_of_lambda_are_reserved,),
    "functions.lists": (functions_come_in_pages,),
    "functions.logging": (logging_of_functions_is_kept,),
    "functions.mappings": (messages_stay_hidden_while_a_function_runs,),
    "functions.policies": (policies_of_aliases_are_their_own,),
    "functions.settings": (
        dead_letters_of_functions_are_kept,
        processors_of_functions_can_be_changed,
        ephemeral_storage_can_be_changed,
        a_reserved_concurrency_of_zero_is_shown,
        stale_revisions_are_rejected,
    ),
    "functions.shown": (new_functions_are_pending,),
    "functions.url_permissions": (permissions_for_urls_have_conditions,),
    "functions.urls": (urls_of_functions_are_here, aliases_have_urls),
    "http_apis.apis": (http_apis_have_an_address_here, http_apis_are_made_quickly),
    "http_apis.checks": (payload_formats_are_required,),
    "http_apis.documents": (imported_keys_are_those_of_routes,),
    "http_apis.imports": (http_apis_can_be_imported,),
    "http_apis.deployments": (http_apis_are_deployed,),
    "http_apis.finding": (unknown_routes_are_not_found,),
    "http_apis.parts": (routes_have_to_have_a_method,),
    "http_apis.specs": (stages_show_their_deployment,),
    "http_apis.stages": (stages_can_be_changed,),
    "logs": (
        keys_of_log_groups_can_be_changed,
        log_patterns_select_fields,
        metric_filters_can_be_tested,
    ),
    "schedules": (groups_of_schedules_are_made_once,),
    "stages": (deployments_keep_the_settings_of_a_stage,),
    "usage_plans": (rates_have_fractions,),
    "waf": (a_web_acl_replaces_the_one_before,),
}


def rejected(call: Callable[..., Any], **members: Any) -> bool:
    """Return whether a call fails as a mistake of the caller."""
    try:
        call(**members)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] in _REJECTIONS
    return False


def make_function(client_of: ClientOf, name: str = "f") -> Any:
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = client_of("iam").create_role(RoleName=f"r-{name}", AssumeRolePolicyDocument=trust)
    return client_of("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": app_zip()},
    )


def make_http_api(client_of: ClientOf, operation: str, **members: Any) -> Any:
    """Make an HTTP API, and call an operation on it."""
    apis = client_of("apigatewayv2")
    api_id = apis.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    return getattr(apis, operation)(ApiId=api_id, **members)


def last_api(apis: Any) -> str:
    return str(apis.get_apis()["Items"][-1]["ApiId"])


def make_alias(client_of: ClientOf) -> None:
    make_function(client_of)
    client_of("lambda").publish_version(FunctionName="f")
    client_of("lambda").create_alias(FunctionName="f", Name="live", FunctionVersion="1")
