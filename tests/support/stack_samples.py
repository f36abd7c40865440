"""A resource of each type that a template may have, with what it needs, and how it is read back."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = dict[str, Any]
Client = Callable[[str], Any]

CODE = "def handler(event, context):\n    return {'Token': 'x'}\n"


def allows(action: str, **more: Any) -> Json:
    """Return a policy of one statement."""
    statement = {"Effect": "Allow", "Action": action, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(*services: str) -> Json:
    """Return the policy of a role that services may use."""
    principals = [f"{service}.amazonaws.com" for service in services]
    return allows("sts:AssumeRole", Principal={"Service": principals})


POLICY = allows("sqs:SendMessage", Resource="*")


def of(type_: str, **properties: Any) -> Json:
    return {"Type": f"AWS::{type_}", "Properties": properties}


def ref(name: str) -> Json:
    return {"Ref": name}


def att(name: str, attribute: str) -> Json:
    return {"Fn::GetAtt": [name, attribute]}


ROLE = of(
    "IAM::Role",
    AssumeRolePolicyDocument=trust("lambda"),
    ManagedPolicyArns=["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"],
    Policies=[{"PolicyName": "inline", "PolicyDocument": POLICY}],
)
SCHEDULER_ROLE = of("IAM::Role", AssumeRolePolicyDocument=trust("lambda", "scheduler"))
GATEWAY_ROLE = of(
    "IAM::Role",
    AssumeRolePolicyDocument=trust("apigateway"),
    ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"],
)
FUNCTION = of(
    "Lambda::Function",
    Code={"ZipFile": CODE},
    Handler="index.handler",
    Runtime="python3.13",
    Role=att("Role", "Arn"),
    TracingConfig={"Mode": "Active"},
    Timeout="7",
)
LAYER = of(
    "Lambda::LayerVersion",
    LayerName={"Fn::Sub": "${AWS::StackName}-layer"},
    Content={"S3Bucket": "cfn-samples", "S3Key": "layer.zip"},
)
WITH_FUNCTION = {"Role": ROLE, "Function": FUNCTION}
API = of("ApiGateway::RestApi", Name="shop")
MOCK = of(
    "ApiGateway::Method",
    RestApiId=ref("Api"),
    ResourceId=att("Api", "RootResourceId"),
    HttpMethod="GET",
    AuthorizationType="NONE",
    Integration={
        "Type": "MOCK",
        "RequestTemplates": {"application/json": '{"statusCode": 200}'},
        "IntegrationResponses": [{"StatusCode": 200}],
    },
    MethodResponses=[{"StatusCode": 200}],
)
DEPLOYMENT = {**of("ApiGateway::Deployment", RestApiId=ref("Api")), "DependsOn": "Method"}
STAGE = of(
    "ApiGateway::Stage",
    RestApiId=ref("Api"),
    DeploymentId=ref("Deployment"),
    StageName="prod",
    TracingEnabled=True,
    MethodSettings=[{"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 5}],
)
WITH_STAGE = {"Api": API, "Method": MOCK, "Deployment": DEPLOYMENT, "Stage": STAGE}
HTTP_API = of("ApiGatewayV2::Api", Name="shop", ProtocolType="HTTP")
WITH_HTTP_API = {**WITH_FUNCTION, "Api": HTTP_API}
HTTP_INTEGRATION = of(
    "ApiGatewayV2::Integration",
    ApiId=ref("Api"),
    IntegrationType="AWS_PROXY",
    IntegrationUri=att("Function", "Arn"),
    PayloadFormatVersion="2.0",
    TimeoutInMillis=50,
)
HTTP_AUTHORIZER = of(
    "ApiGatewayV2::Authorizer",
    ApiId=ref("Api"),
    AuthorizerType="REQUEST",
    AuthorizerUri=att("Function", "Arn"),
    AuthorizerPayloadFormatVersion="2.0",
    EnableSimpleResponses=True,
    IdentitySource=["$request.header.A"],
    Name="checker",
)
HTTP_ROUTE = of(
    "ApiGatewayV2::Route",
    ApiId=ref("Api"),
    RouteKey="GET /a",
    Target={"Fn::Join": ["/", ["integrations", ref("Integration")]]},
    AuthorizationType="CUSTOM",
    AuthorizerId=ref("Authorizer"),
)
QUEUE = of("SQS::Queue", VisibilityTimeout=45, Tags=[{"Key": "a", "Value": "b"}])
TOPIC = of("SNS::Topic", DisplayName="Orders")
BUS = of("Events::EventBus", Name={"Fn::Sub": "${AWS::StackName}-bus"})
TABLE = of(
    "DynamoDB::Table",
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    BillingMode="PAY_PER_REQUEST",
    TimeToLiveSpecification={"AttributeName": "until", "Enabled": True},
)
GROUP = of("Logs::LogGroup", RetentionInDays=7)

ALARM = of(
    "CloudWatch::Alarm",
    MetricName="Errors",
    Namespace="AWS/Lambda",
    Statistic="Sum",
    Period="60",
    EvaluationPeriods=1,
    Threshold="1",
    ComparisonOperator="GreaterThanOrEqualToThreshold",
)


class Sample(NamedTuple):
    """A type with a resource of it, named ``It``.

    Parameters
    ----------
    type
        Without ``AWS::``.
    resource
        The resource.
    read
        Returns a value of the resource from its service's own API, by ``Ref`` and attributes.
    expected
        That value, or a function of ``Ref`` and attributes that returns it.
    needs
        Other resources of the template.
    attributes
        The attributes that ``Fn::GetAtt`` gives.
    """

    type: str
    resource: Json
    read: Callable[[Client, str, Mapping[str, str]], Any]
    expected: Any
    needs: Mapping[str, Json] = MappingProxyType({})
    attributes: tuple[str, ...] = ()


def _policy_statement(text: str) -> Any:
    return json.loads(text)["Statement"][0]


def _shown_stage(client: Client, api: str, name: str = "prod") -> Any:
    return client("apigateway").get_stage(restApiId=api, stageName=name)


URI = (
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
)

SAMPLES = (
    Sample(
        "Lambda::LayerVersionPermission",
        of(
            "Lambda::LayerVersionPermission",
            LayerVersionArn=ref("Layer"),
            Action="lambda:GetLayerVersion",
            Principal="*",
        ),
        lambda c, _, known: _policy_statement(
            c("lambda").get_layer_version_policy(
                LayerName=known["Layer"].rpartition(":")[0], VersionNumber=1
            )["Policy"]
        )["Action"],
        "lambda:GetLayerVersion",
        {"Layer": LAYER},
        ("Id",),
    ),
    Sample(
        "Logs::ResourcePolicy",
        of(
            "Logs::ResourcePolicy",
            PolicyName={"Ref": "AWS::StackName"},
            PolicyDocument=json.dumps(POLICY),
        ),
        lambda c, ref, _: [
            item["policyName"]
            for item in c("logs").describe_resource_policies()["resourcePolicies"]
            if item["policyName"] == ref
        ],
        lambda ref, _: [ref],
    ),
    Sample(
        "Scheduler::ScheduleGroup",
        of("Scheduler::ScheduleGroup"),
        lambda c, ref, _: c("scheduler").get_schedule_group(Name=ref)["Arn"],
        lambda _, known: known["It.Arn"],
        {},
        ("Arn",),
    ),
    Sample(
        "ApiGateway::Authorizer",
        of(
            "ApiGateway::Authorizer",
            RestApiId=ref("RestApi"),
            Type="TOKEN",
            Name="keys",
            AuthorizerUri={"Fn::Sub": URI},
            IdentitySource="method.request.header.Authorization",
            AuthorizerResultTtlInSeconds=30,
        ),
        lambda c, ref, known: c("apigateway").get_authorizer(
            restApiId=known["RestApi"], authorizerId=ref
        )["authorizerResultTtlInSeconds"],
        30,
        {**WITH_FUNCTION, "RestApi": API},
        ("AuthorizerId",),
    ),
    Sample(
        "Scheduler::Schedule",
        of(
            "Scheduler::Schedule",
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": att("Function", "Arn"), "RoleArn": att("Role", "Arn")},
            GroupName=ref("Group"),
        ),
        lambda c, ref, known: c("scheduler").get_schedule(Name=ref, GroupName=known["Group"])[
            "ScheduleExpression"
        ],
        "rate(1 hour)",
        {
            "Role": SCHEDULER_ROLE,
            "Function": FUNCTION,
            "Group": of("Scheduler::ScheduleGroup"),
        },
        ("Arn",),
    ),
    Sample(
        "Lambda::LayerVersion",
        LAYER,
        lambda c, ref, _: c("lambda").get_layer_version_by_arn(Arn=ref)["Version"],
        1,
        {},
        ("LayerVersionArn",),
    ),
    Sample(
        "Lambda::Function",
        FUNCTION,
        lambda c, ref, _: c("lambda").get_function_configuration(FunctionName=ref)["TracingConfig"],
        {"Mode": "Active"},
        {"Role": ROLE},
        ("Arn",),
    ),
    Sample(
        "Lambda::Version",
        of("Lambda::Version", FunctionName=ref("Function")),
        lambda c, ref, _: c("lambda").get_function_configuration(FunctionName=ref)["Version"],
        "1",
        WITH_FUNCTION,
        ("Version",),
    ),
    Sample(
        "Lambda::Alias",
        of(
            "Lambda::Alias",
            FunctionName=ref("Function"),
            FunctionVersion=att("Version", "Version"),
            Name="live",
        ),
        lambda c, ref, _: c("lambda").get_function_configuration(FunctionName=ref)["Version"],
        "1",
        {**WITH_FUNCTION, "Version": of("Lambda::Version", FunctionName=ref("Function"))},
        ("AliasArn",),
    ),
    Sample(
        "Lambda::Permission",
        of(
            "Lambda::Permission",
            FunctionName=ref("Function"),
            Action="lambda:InvokeFunction",
            Principal="sns.amazonaws.com",
        ),
        lambda c, ref, known: _policy_statement(
            c("lambda").get_policy(FunctionName=known["Function"])["Policy"]
        )["Sid"],
        lambda ref, _: ref,
        WITH_FUNCTION,
        ("Id",),
    ),
    Sample(
        "Lambda::EventSourceMapping",
        of(
            "Lambda::EventSourceMapping",
            FunctionName=ref("Function"),
            EventSourceArn=att("Queue", "Arn"),
            BatchSize=3,
        ),
        lambda c, ref, _: c("lambda").get_event_source_mapping(UUID=ref)["BatchSize"],
        3,
        {**WITH_FUNCTION, "Queue": QUEUE},
        ("Id", "EventSourceMappingArn"),
    ),
    Sample(
        "Lambda::EventInvokeConfig",
        of(
            "Lambda::EventInvokeConfig",
            FunctionName=ref("Function"),
            Qualifier="$LATEST",
            MaximumRetryAttempts=1,
        ),
        lambda c, _, known: c("lambda").get_function_event_invoke_config(
            FunctionName=known["Function"]
        )["MaximumRetryAttempts"],
        1,
        WITH_FUNCTION,
    ),
    Sample(
        "ApiGateway::RestApi",
        of("ApiGateway::RestApi", Name="shop", BinaryMediaTypes=["image/png"]),
        lambda c, ref, _: c("apigateway").get_rest_api(restApiId=ref)["binaryMediaTypes"],
        ["image/png"],
        {},
        ("RootResourceId", "RestApiId"),
    ),
    Sample(
        "ApiGateway::Resource",
        of(
            "ApiGateway::Resource",
            RestApiId=ref("Api"),
            ParentId=att("Api", "RootResourceId"),
            PathPart="orders",
        ),
        lambda c, ref, known: c("apigateway").get_resource(restApiId=known["Api"], resourceId=ref)[
            "path"
        ],
        "/orders",
        {"Api": API},
        ("ResourceId",),
    ),
    Sample(
        "ApiGateway::Method",
        MOCK,
        lambda c, _, known: c("apigateway").get_method(
            restApiId=known["Api"], resourceId=known["Api.RootResourceId"], httpMethod="GET"
        )["methodIntegration"]["integrationResponses"]["200"]["statusCode"],
        "200",
        {"Api": API},
    ),
    Sample(
        "ApiGateway::Deployment",
        DEPLOYMENT,
        lambda c, ref, known: c("apigateway").get_deployment(
            restApiId=known["Api"], deploymentId=ref
        )["id"],
        lambda ref, _: ref,
        {"Api": API, "Method": MOCK},
        ("DeploymentId",),
    ),
    Sample(
        "ApiGateway::Stage",
        STAGE,
        lambda c, ref, known: _shown_stage(c, known["Api"], ref)["tracingEnabled"],
        lambda _, __: True,
        {"Api": API, "Method": MOCK, "Deployment": DEPLOYMENT},
    ),
    Sample(
        "ApiGatewayV2::Api",
        of(
            "ApiGatewayV2::Api",
            Name="shop",
            ProtocolType="HTTP",
            CorsConfiguration={"AllowOrigins": ["*"], "MaxAge": "5"},
            Tags={"a": "b"},
        ),
        lambda c, ref, _: _picked(
            c("apigatewayv2").get_api(ApiId=ref), "ApiEndpoint", "CorsConfiguration", "Tags"
        ),
        lambda _, known: [
            known["It.ApiEndpoint"],
            {"AllowOrigins": ["*"], "MaxAge": 5},
            {"a": "b"},
        ],
        {},
        ("ApiEndpoint", "ApiId"),
    ),
    Sample(
        "ApiGatewayV2::Integration",
        HTTP_INTEGRATION,
        lambda c, ref, known: _picked(
            c("apigatewayv2").get_integration(ApiId=known["Api"], IntegrationId=ref),
            "TimeoutInMillis",
            "PayloadFormatVersion",
        ),
        [50, "2.0"],
        WITH_HTTP_API,
    ),
    Sample(
        "ApiGatewayV2::Authorizer",
        HTTP_AUTHORIZER,
        lambda c, ref, known: _picked(
            c("apigatewayv2").get_authorizer(ApiId=known["Api"], AuthorizerId=ref),
            "IdentitySource",
            "EnableSimpleResponses",
        ),
        [["$request.header.A"], True],
        WITH_HTTP_API,
        ("AuthorizerId",),
    ),
    Sample(
        "ApiGatewayV2::Route",
        HTTP_ROUTE,
        lambda c, ref, known: _picked(
            c("apigatewayv2").get_route(ApiId=known["Api"], RouteId=ref),
            "RouteKey",
            "AuthorizationType",
            "Target",
        ),
        lambda _, known: ["GET /a", "CUSTOM", f"integrations/{known['Integration']}"],
        {**WITH_HTTP_API, "Integration": HTTP_INTEGRATION, "Authorizer": HTTP_AUTHORIZER},
    ),
    Sample(
        "ApiGatewayV2::Deployment",
        of("ApiGatewayV2::Deployment", ApiId=ref("Api"), Description="d"),
        lambda c, ref, known: c("apigatewayv2").get_deployment(
            ApiId=known["Api"], DeploymentId=ref
        )["Description"],
        "d",
        {"Api": HTTP_API},
        ("DeploymentId",),
    ),
    Sample(
        "ApiGatewayV2::Stage",
        of(
            "ApiGatewayV2::Stage",
            ApiId=ref("Api"),
            StageName="prod",
            AutoDeploy="true",
            StageVariables={"a": "b"},
            RouteSettings={"GET /a": {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 5}},
        ),
        lambda c, ref, known: _picked(
            c("apigatewayv2").get_stage(ApiId=known["Api"], StageName=ref),
            "AutoDeploy",
            "StageVariables",
            "RouteSettings",
        ),
        [
            True,
            {"a": "b"},
            {"GET /a": {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 5.0}},
        ],
        {"Api": HTTP_API},
    ),
    Sample(
        "Lambda::Url",
        of(
            "Lambda::Url",
            TargetFunctionArn=ref("Function"),
            AuthType="NONE",
            Cors={"AllowOrigins": ["*"]},
        ),
        lambda c, ref, _: _picked(
            c("lambda").get_function_url_config(FunctionName=ref), "FunctionUrl", "AuthType", "Cors"
        ),
        lambda _, known: [known["It.FunctionUrl"], "NONE", {"AllowOrigins": ["*"]}],
        WITH_FUNCTION,
        ("FunctionArn", "FunctionUrl"),
    ),
    Sample(
        "ApiGateway::Account",
        of("ApiGateway::Account", CloudWatchRoleArn=att("Role", "Arn")),
        lambda c, _, __: c("apigateway").get_account()["cloudwatchRoleArn"],
        lambda _, known: known["Role.Arn"],
        {"Role": GATEWAY_ROLE},
        ("Id",),
    ),
    Sample(
        "ApiGateway::ApiKey",
        of("ApiGateway::ApiKey", Enabled=True, Value="a-key-of-twenty-letters"),
        lambda c, ref, _: c("apigateway").get_api_key(apiKey=ref, includeValue=True)["value"],
        "a-key-of-twenty-letters",
        {},
        ("APIKeyId",),
    ),
    Sample(
        "ApiGateway::UsagePlan",
        of(
            "ApiGateway::UsagePlan",
            ApiStages=[{"ApiId": ref("Api"), "Stage": ref("Stage")}],
            Throttle={"RateLimit": 5, "BurstLimit": "2"},
        ),
        lambda c, ref, _: c("apigateway").get_usage_plan(usagePlanId=ref)["throttle"],
        {"rateLimit": 5.0, "burstLimit": 2},
        WITH_STAGE,
        ("Id",),
    ),
    Sample(
        "ApiGateway::UsagePlanKey",
        of(
            "ApiGateway::UsagePlanKey",
            KeyId=ref("Key"),
            KeyType="API_KEY",
            UsagePlanId=ref("Plan"),
        ),
        lambda c, _, known: c("apigateway").get_usage_plan_keys(usagePlanId=known["Plan"])["items"][
            0
        ]["id"],
        lambda _, known: known["Key"],
        {"Key": of("ApiGateway::ApiKey"), "Plan": of("ApiGateway::UsagePlan")},
        ("Id",),
    ),
    Sample(
        "ApiGateway::Model",
        of(
            "ApiGateway::Model",
            RestApiId=ref("Api"),
            ContentType="application/json",
            Name="Order",
            Schema={"type": "object"},
        ),
        lambda c, ref, known: c("apigateway").get_model(restApiId=known["Api"], modelName=ref)[
            "schema"
        ],
        '{"type": "object"}',
        {"Api": API},
    ),
    Sample(
        "ApiGateway::RequestValidator",
        of(
            "ApiGateway::RequestValidator",
            RestApiId=ref("Api"),
            Name="body",
            ValidateRequestBody=True,
        ),
        lambda c, ref, known: c("apigateway").get_request_validator(
            restApiId=known["Api"], requestValidatorId=ref
        )["validateRequestBody"],
        lambda _, __: True,
        {"Api": API},
        ("RequestValidatorId",),
    ),
    Sample(
        "ApiGateway::GatewayResponse",
        of(
            "ApiGateway::GatewayResponse",
            RestApiId=ref("Api"),
            ResponseType="DEFAULT_4XX",
            StatusCode="418",
        ),
        lambda c, _, known: c("apigateway").get_gateway_response(
            restApiId=known["Api"], responseType="DEFAULT_4XX"
        )["statusCode"],
        "418",
        {"Api": API},
        ("Id",),
    ),
    Sample(
        "Events::EventBus",
        BUS,
        lambda c, ref, _: c("events").describe_event_bus(Name=ref)["Arn"],
        lambda _, known: known["It.Arn"],
        {},
        ("Arn", "Name"),
    ),
    Sample(
        "Events::Rule",
        of(
            "Events::Rule",
            EventBusName=ref("Bus"),
            EventPattern={"source": ["shop"]},
            Targets=[{"Id": "queue", "Arn": att("Queue", "Arn")}],
        ),
        lambda c, ref, known: c("events").list_targets_by_rule(
            Rule=ref.split("|")[1], EventBusName=known["Bus"]
        )["Targets"][0]["Arn"],
        lambda _, known: known["Queue.Arn"],
        {"Bus": BUS, "Queue": QUEUE},
        ("Arn",),
    ),
    Sample(
        "Events::EventBusPolicy",
        of(
            "Events::EventBusPolicy",
            EventBusName=ref("Bus"),
            StatementId="all",
            Statement={
                "Effect": "Allow",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": att("Bus", "Arn"),
            },
        ),
        lambda c, _, known: _policy_statement(
            c("events").describe_event_bus(Name=known["Bus"])["Policy"]
        )["Sid"],
        "all",
        {"Bus": BUS},
    ),
    Sample(
        "Events::Archive",
        of("Events::Archive", SourceArn=att("Bus", "Arn"), RetentionDays="3"),
        lambda c, ref, _: c("events").describe_archive(ArchiveName=ref)["RetentionDays"],
        3,
        {"Bus": BUS},
        ("Arn", "ArchiveName"),
    ),
    Sample(
        "SQS::Queue",
        QUEUE,
        lambda c, ref, _: c("sqs").get_queue_attributes(QueueUrl=ref, AttributeNames=["All"])[
            "Attributes"
        ]["VisibilityTimeout"],
        "45",
        {},
        ("Arn", "QueueName", "QueueUrl"),
    ),
    Sample(
        "SQS::QueuePolicy",
        of("SQS::QueuePolicy", Queues=[ref("Queue")], PolicyDocument=POLICY),
        lambda c, _, known: _policy_statement(
            c("sqs").get_queue_attributes(QueueUrl=known["Queue"], AttributeNames=["Policy"])[
                "Attributes"
            ]["Policy"]
        )["Action"],
        "sqs:SendMessage",
        {"Queue": QUEUE},
        ("Id",),
    ),
    Sample(
        "SNS::Topic",
        TOPIC,
        lambda c, ref, _: c("sns").get_topic_attributes(TopicArn=ref)["Attributes"]["DisplayName"],
        "Orders",
        {},
        ("TopicArn", "TopicName"),
    ),
    Sample(
        "SNS::TopicPolicy",
        of(
            "SNS::TopicPolicy",
            Topics=[ref("Topic")],
            PolicyDocument=allows("sns:Publish", Principal="*", Resource=ref("Topic")),
        ),
        lambda c, _, known: _policy_statement(
            c("sns").get_topic_attributes(TopicArn=known["Topic"])["Attributes"]["Policy"]
        )["Action"],
        "sns:Publish",
        {"Topic": TOPIC},
        ("Id",),
    ),
    Sample(
        "SNS::Subscription",
        of(
            "SNS::Subscription",
            TopicArn=ref("Topic"),
            Protocol="sqs",
            Endpoint=att("Queue", "Arn"),
            RawMessageDelivery=True,
            FilterPolicy={"kind": ["a"]},
        ),
        lambda c, ref, _: c("sns").get_subscription_attributes(SubscriptionArn=ref)["Attributes"][
            "RawMessageDelivery"
        ],
        "true",
        {"Topic": TOPIC, "Queue": QUEUE},
        ("Arn",),
    ),
    Sample(
        "DynamoDB::Table",
        TABLE,
        lambda c, ref, _: c("dynamodb").describe_time_to_live(TableName=ref)[
            "TimeToLiveDescription"
        ]["AttributeName"],
        "until",
        {},
        ("Arn",),
    ),
    Sample(
        "S3::Bucket",
        of(
            "S3::Bucket",
            VersioningConfiguration={"Status": "Enabled"},
            NotificationConfiguration={"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        ),
        lambda c, ref, _: c("s3").get_bucket_versioning(Bucket=ref)["Status"],
        "Enabled",
        {},
        ("Arn", "DomainName", "RegionalDomainName"),
    ),
    Sample(
        "S3::BucketPolicy",
        of("S3::BucketPolicy", Bucket=ref("Bucket"), PolicyDocument=POLICY),
        lambda c, ref, _: _policy_statement(c("s3").get_bucket_policy(Bucket=ref)["Policy"])[
            "Effect"
        ],
        "Allow",
        {"Bucket": of("S3::Bucket")},
    ),
    Sample(
        "Logs::LogGroup",
        GROUP,
        lambda c, ref, _: c("logs").describe_log_groups(logGroupNamePrefix=ref)["logGroups"][0][
            "retentionInDays"
        ],
        7,
        {},
        ("Arn",),
    ),
    Sample(
        "Logs::LogStream",
        of("Logs::LogStream", LogGroupName=ref("Group")),
        lambda c, ref, known: c("logs").describe_log_streams(logGroupName=known["Group"])[
            "logStreams"
        ][0]["logStreamName"],
        lambda ref, _: ref,
        {"Group": GROUP},
    ),
    Sample(
        "Logs::MetricFilter",
        of(
            "Logs::MetricFilter",
            LogGroupName=ref("Group"),
            FilterPattern="ERROR",
            MetricTransformations=[
                {"MetricName": "errors", "MetricNamespace": "shop", "MetricValue": "1"}
            ],
        ),
        lambda c, _, known: c("logs").describe_metric_filters(logGroupName=known["Group"])[
            "metricFilters"
        ][0]["filterPattern"],
        "ERROR",
        {"Group": GROUP},
    ),
    Sample(
        "Logs::SubscriptionFilter",
        {
            **of(
                "Logs::SubscriptionFilter",
                LogGroupName=ref("Group"),
                FilterPattern="ERROR",
                DestinationArn=att("Function", "Arn"),
            ),
            "DependsOn": "Permission",
        },
        lambda c, _, known: c("logs").describe_subscription_filters(logGroupName=known["Group"])[
            "subscriptionFilters"
        ][0]["filterPattern"],
        "ERROR",
        {
            **WITH_FUNCTION,
            "Group": GROUP,
            "Permission": of(
                "Lambda::Permission",
                FunctionName=ref("Function"),
                Action="lambda:InvokeFunction",
                Principal="logs.amazonaws.com",
            ),
        },
    ),
    Sample(
        "Logs::QueryDefinition",
        of("Logs::QueryDefinition", Name="errors", QueryString="fields @message"),
        lambda c, ref, _: [
            item["queryString"]
            for item in c("logs").describe_query_definitions()["queryDefinitions"]
            if item["queryDefinitionId"] == ref
        ],
        ["fields @message"],
        {},
        ("QueryDefinitionId",),
    ),
    Sample(
        "CloudWatch::Alarm",
        ALARM,
        lambda c, ref, _: c("cloudwatch").describe_alarms(AlarmNames=[ref])["MetricAlarms"][0][
            "AlarmArn"
        ],
        lambda _, known: known["It.Arn"],
        {},
        ("Arn",),
    ),
    Sample(
        "CloudWatch::Dashboard",
        of("CloudWatch::Dashboard", DashboardBody='{"widgets": []}'),
        lambda c, ref, _: c("cloudwatch").get_dashboard(DashboardName=ref)["DashboardBody"],
        '{"widgets": []}',
    ),
    Sample(
        "IAM::Role",
        ROLE,
        lambda c, ref, _: c("iam").list_attached_role_policies(RoleName=ref)["AttachedPolicies"][0][
            "PolicyName"
        ],
        "AWSXRayDaemonWriteAccess",
        {},
        ("Arn", "RoleId"),
    ),
    Sample(
        "IAM::Policy",
        of("IAM::Policy", PolicyName="more", PolicyDocument=POLICY, Roles=[ref("Role")]),
        lambda c, _, known: c("iam").get_role_policy(RoleName=known["Role"], PolicyName="more")[
            "PolicyDocument"
        ]["Statement"],
        POLICY["Statement"],
        {"Role": ROLE},
    ),
    Sample(
        "IAM::RolePolicy",
        of("IAM::RolePolicy", PolicyName="more", PolicyDocument=POLICY, RoleName=ref("Role")),
        lambda c, _, known: c("iam").get_role_policy(RoleName=known["Role"], PolicyName="more")[
            "PolicyDocument"
        ]["Statement"],
        POLICY["Statement"],
        {"Role": ROLE},
    ),
    Sample(
        "IAM::ManagedPolicy",
        of("IAM::ManagedPolicy", PolicyDocument=POLICY, Roles=[ref("Role")]),
        lambda c, ref, known: [
            item["PolicyArn"]
            for item in c("iam").list_attached_role_policies(RoleName=known["Role"])[
                "AttachedPolicies"
            ]
            if item["PolicyArn"] == ref
        ],
        lambda ref, _: [ref],
        {"Role": ROLE},
        ("PolicyArn",),
    ),
    Sample(
        "IAM::InstanceProfile",
        of("IAM::InstanceProfile", Roles=[ref("Role")]),
        lambda c, ref, _: c("iam").get_instance_profile(InstanceProfileName=ref)["InstanceProfile"][
            "Roles"
        ][0]["RoleName"],
        lambda _, known: known["Role"],
        {"Role": ROLE},
        ("Arn",),
    ),
    Sample(
        "XRay::Group",
        of(
            "XRay::Group", GroupName={"Fn::Sub": "${AWS::StackName}-slow"}, FilterExpression="fault"
        ),
        lambda c, ref, _: c("xray").get_group(GroupARN=ref)["Group"]["FilterExpression"],
        "fault",
        {},
        ("GroupARN",),
    ),
    Sample(
        "XRay::SamplingRule",
        of(
            "XRay::SamplingRule",
            SamplingRule={
                "RuleName": {"Fn::Sub": "${AWS::StackName}-rule"},
                "Priority": "5",
                "FixedRate": "0.5",
                "ReservoirSize": 0,
                "ServiceName": "*",
                "ServiceType": "*",
                "Host": "*",
                "HTTPMethod": "*",
                "URLPath": "*",
                "ResourceARN": "*",
                "Version": 1,
            },
        ),
        lambda c, ref, _: [
            item["SamplingRule"]["FixedRate"]
            for item in c("xray").get_sampling_rules()["SamplingRuleRecords"]
            if item["SamplingRule"]["RuleARN"] == ref
        ],
        [0.5],
        {},
        ("RuleARN",),
    ),
    Sample(
        "XRay::ResourcePolicy",
        of(
            "XRay::ResourcePolicy",
            PolicyName={"Fn::Sub": "${AWS::StackName}"},
            PolicyDocument=json.dumps(
                allows(
                    "xray:PutTraceSegments",
                    Principal={"Service": "sns.amazonaws.com"},
                    Resource="*",
                )
            ),
        ),
        lambda c, ref, _: [
            item["PolicyName"]
            for item in c("xray").list_resource_policies()["ResourcePolicies"]
            if item["PolicyName"] == ref
        ],
        lambda ref, _: [ref],
    ),
    Sample(
        "SSM::Parameter",
        of("SSM::Parameter", Type="String", Value="v"),
        lambda c, ref, _: c("ssm").get_parameter(Name=ref)["Parameter"]["Value"],
        "v",
        {},
        ("Type", "Value"),
    ),
)


def _picked(members: Json, *names: str) -> list[Any]:
    return [members[name] for name in names]
