"""The operations that are simulated: for each, a test that shows it, and the members it has.

The second part of an entry is a text that the test's file has to contain: how it calls the
operation. What is neither here nor in the table of what is not simulated fails
`tests/embedded/unsimulated/test_walk.py`.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Shown(NamedTuple):
    """A test that shows an operation, and the members that have an effect."""

    path: str
    text: str
    members: str = ""


OVERRIDES = "tests/embedded/moto/overrides/"
FUNCTIONS = f"{OVERRIDES}test_functions.py"
TARGETS = f"{OVERRIDES}test_event_targets.py"
EVENTS = f"{OVERRIDES}test_events.py"
SERVER = "tests/embedded/test_event_server.py"
LAMBDAS = "tests/embedded/test_lambda_server.py"
SPECS = "tests/embedded/moto/specs/test_api_specs.py"
HTTP_APIS = f"{OVERRIDES}test_http_apis.py"
HTTP_IMPORTS = f"{OVERRIDES}test_http_imports.py"
URLS = "tests/embedded/test_function_url_server.py"
AUTHORIZERS = "tests/embedded/test_authorizer_server.py"
AUTHORIZER_CHECKS = f"{OVERRIDES}test_api_authorizers.py"
INTEGRATIONS = "tests/embedded/test_integration_server.py"
INTEGRATION_CHECKS = f"{OVERRIDES}test_api_integrations.py"
STORE = "tests/embedded/moto/queues/test_store.py"
ITEMS = "tests/embedded/moto/data/tables/test_store.py"
STREAMS = "tests/embedded/moto/data/tables/test_streams.py"
CALLS = "tests/embedded/moto/data/tables/test_calls.py"
OBJECTS = "tests/embedded/moto/data/buckets/test_store.py"
NOTIFICATIONS = "tests/embedded/moto/test_bucket_events.py"
TOPICS = "tests/embedded/moto/queues/test_topics.py"
SCHEDULES = f"{OVERRIDES}test_schedules.py"
LOGS = "tests/embedded/moto/logs/"

_RETRIES = "MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"
_SETTINGS = (
    "Runtime Role Handler Timeout MemorySize DeadLetterConfig Environment TracingConfig Layers "
    "EphemeralStorage LoggingConfig RevisionId Publish"
)
_MAPPING = (
    "FunctionName Enabled BatchSize FilterCriteria ScalingConfig MaximumBatchingWindowInSeconds "
    "FunctionResponseTypes StartingPosition BisectBatchOnFunctionError MaximumRetryAttempts "
    "MaximumRecordAgeInSeconds DestinationConfig"
)
_MESSAGE = (
    "QueueUrl MessageBody DelaySeconds MessageAttributes MessageSystemAttributes "
    "MessageDeduplicationId MessageGroupId Entries"
)
_QUERY = (
    "logGroupName logGroupNames logGroupIdentifiers startTime endTime queryString limit "
    "queryLanguage"
)
_AUTHORIZER = (
    "AuthorizerCredentialsArn AuthorizerPayloadFormatVersion AuthorizerResultTtlInSeconds "
    "AuthorizerType AuthorizerUri EnableSimpleResponses IdentitySource"
)
_INTEGRATION = (
    "ConnectionType CredentialsArn IntegrationSubtype IntegrationType IntegrationUri "
    "PayloadFormatVersion RequestParameters TimeoutInMillis"
)
_ROUTE = "AuthorizationType AuthorizerId RouteKey Target"
_STAGE = (
    "AccessLogSettings AutoDeploy DefaultRouteSettings DeploymentId RouteSettings StageVariables"
)
_ALARM = (
    "AlarmName ActionsEnabled OKActions AlarmActions InsufficientDataActions MetricName Namespace "
    "Statistic ExtendedStatistic Dimensions Period Unit EvaluationPeriods DatapointsToAlarm "
    "Threshold ComparisonOperator TreatMissingData Metrics"
)

_SCHEDULE = (
    "GroupName ScheduleExpression StartDate EndDate ScheduleExpressionTimezone State Target "
    "FlexibleTimeWindow ActionAfterCompletion Arn RoleArn DeadLetterConfig RetryPolicy Input "
    "EventBridgeParameters SqsParameters"
)
STACKS = "tests/embedded/cloudformation/"
_TEMPLATE = "StackName TemplateBody TemplateURL Parameters Capabilities"

_EXPRESSION = (
    "Expected ConditionExpression ExpressionAttributeNames ExpressionAttributeValues "
    "ReturnConsumedCapacity ReturnValues ReturnValuesOnConditionCheckFailure"
)

SIMULATED: Mapping[tuple[str, str], Shown] = {
    ("dynamodb", "BatchExecuteStatement"): Shown(ITEMS, "batch_execute_statement", "Statements"),
    ("dynamodb", "BatchWriteItem"): Shown(
        ITEMS, "batch_write_item", "RequestItems ReturnConsumedCapacity"
    ),
    ("dynamodb", "CreateBackup"): Shown(ITEMS, "create_backup", "BackupName"),
    ("dynamodb", "CreateTable"): Shown(
        STREAMS,
        "create_table",
        "AttributeDefinitions DeletionProtectionEnabled GlobalSecondaryIndexes KeySchema "
        "LocalSecondaryIndexes StreamSpecification",
    ),
    ("dynamodb", "ExecuteStatement"): Shown(ITEMS, "execute_statement", "Parameters Statement"),
    ("dynamodb", "ExecuteTransaction"): Shown(ITEMS, "execute_transaction", "TransactStatements"),
    ("dynamodb", "ExportTableToPointInTime"): Shown(
        CALLS,
        "export_table_to_point_in_time",
        "ExportFormat ExportType S3Bucket S3Prefix TableArn",
    ),
    ("dynamodb", "ImportTable"): Shown(
        ITEMS,
        "import_table",
        "InputCompressionType InputFormat S3BucketSource TableCreationParameters",
    ),
    ("dynamodb", "PutItem"): Shown(ITEMS, "put_item", f"Item {_EXPRESSION}"),
    ("dynamodb", "RestoreTableFromBackup"): Shown(
        ITEMS, "restore_table_from_backup", "BackupArn TargetTableName"
    ),
    ("dynamodb", "RestoreTableToPointInTime"): Shown(
        CALLS,
        "restore_table_to_point_in_time",
        "SourceTableName TargetTableName UseLatestRestorableTime",
    ),
    ("dynamodb", "TransactWriteItems"): Shown(
        CALLS, "transact_write_items", "ClientRequestToken ReturnConsumedCapacity TransactItems"
    ),
    ("dynamodb", "UpdateItem"): Shown(
        ITEMS, "update_item", f"AttributeUpdates Key UpdateExpression {_EXPRESSION}"
    ),
    ("dynamodb", "UpdateTable"): Shown(
        STREAMS,
        "update_table",
        "AttributeDefinitions DeletionProtectionEnabled GlobalSecondaryIndexUpdates "
        "StreamSpecification",
    ),
    ("dynamodb", "UpdateTimeToLive"): Shown(
        CALLS, "update_time_to_live", "TimeToLiveSpecification"
    ),
    ("s3", "AbortMultipartUpload"): Shown(OBJECTS, "abort_multipart_upload"),
    ("s3", "CompleteMultipartUpload"): Shown(
        OBJECTS, "complete_multipart_upload", "MultipartUpload"
    ),
    ("s3", "CopyObject"): Shown(OBJECTS, "copy_object"),
    ("s3", "CreateBucket"): Shown(OBJECTS, "create_bucket", "CreateBucketConfiguration"),
    ("s3", "CreateMultipartUpload"): Shown(OBJECTS, "create_multipart_upload"),
    ("s3", "PutBucketNotification"): Shown(
        NOTIFICATIONS, "put_bucket_notification", "NotificationConfiguration"
    ),
    ("s3", "PutBucketNotificationConfiguration"): Shown(
        NOTIFICATIONS, "put_bucket_notification_configuration", "NotificationConfiguration"
    ),
    ("s3", "PutBucketPolicy"): Shown(OBJECTS, "put_bucket_policy", "Policy"),
    ("s3", "PutBucketVersioning"): Shown(
        OBJECTS, "put_bucket_versioning", "VersioningConfiguration"
    ),
    ("s3", "PutObject"): Shown(OBJECTS, "put_object", "Body"),
    ("s3", "PutObjectLegalHold"): Shown(OBJECTS, "put_object_legal_hold", "LegalHold"),
    ("s3", "PutObjectLockConfiguration"): Shown(
        OBJECTS, "put_object_lock_configuration", "ObjectLockConfiguration"
    ),
    ("s3", "PutObjectRetention"): Shown(OBJECTS, "put_object_retention", "Retention"),
    ("s3", "PutObjectTagging"): Shown(OBJECTS, "put_object_tagging", "Tagging"),
    ("s3", "UploadPart"): Shown(OBJECTS, "upload_part", "Body"),
    ("s3", "UploadPartCopy"): Shown(OBJECTS, "upload_part_copy"),
    ("cloudformation", "CreateChangeSet"): Shown(
        f"{STACKS}test_updates.py",
        "create_change_set",
        f"{_TEMPLATE} UsePreviousTemplate ChangeSetName ChangeSetType OnStackFailure",
    ),
    ("cloudformation", "CreateStack"): Shown(
        f"{STACKS}test_templates.py",
        "create_stack",
        f"{_TEMPLATE} DisableRollback OnFailure EnableTerminationProtection RetainExceptOnCreate",
    ),
    ("cloudformation", "ExecuteChangeSet"): Shown(
        f"{STACKS}test_updates.py",
        "execute_change_set",
        "ChangeSetName StackName DisableRollback RetainExceptOnCreate",
    ),
    ("cloudformation", "SetStackPolicy"): Shown(
        f"{STACKS}test_failures.py", "set_stack_policy", "StackName"
    ),
    ("cloudformation", "UpdateStack"): Shown(
        f"{STACKS}conftest.py",
        "update_stack",
        f"{_TEMPLATE} UsePreviousTemplate DisableRollback RetainExceptOnCreate",
    ),
    ("cloudformation", "UpdateTerminationProtection"): Shown(
        f"{STACKS}test_failures.py",
        "update_termination_protection",
        "EnableTerminationProtection StackName",
    ),
    ("lambda", "AddPermission"): Shown(
        FUNCTIONS,
        "add_permission",
        "StatementId Action Principal SourceArn SourceAccount RevisionId FunctionUrlAuthType "
        "InvokedViaFunctionUrl",
    ),
    ("lambda", "CreateAlias"): Shown(FUNCTIONS, "create_alias", "FunctionVersion RoutingConfig"),
    ("lambda", "CreateEventSourceMapping"): Shown(
        FUNCTIONS, "create_event_source_mapping", _MAPPING
    ),
    ("lambda", "CreateFunction"): Shown(FUNCTIONS, "create_function", f"FunctionName {_SETTINGS}"),
    ("lambda", "CreateFunctionUrlConfig"): Shown(
        URLS, "create_function_url_config", "AuthType Cors InvokeMode"
    ),
    ("lambda", "Invoke"): Shown("tests/embedded/functions/test_invoke_api.py", "Invoke", "Payload"),
    ("lambda", "InvokeAsync"): Shown(
        "tests/embedded/functions/test_invoke_api.py", "invoke-async", "InvokeArgs"
    ),
    ("lambda", "PublishLayerVersion"): Shown(LAMBDAS, "publish_layer_version", "Content"),
    ("lambda", "PublishVersion"): Shown(FUNCTIONS, "publish_version", "CodeSha256 RevisionId"),
    ("lambda", "PutFunctionConcurrency"): Shown(
        LAMBDAS, "put_function_concurrency", "ReservedConcurrentExecutions"
    ),
    ("lambda", "PutFunctionEventInvokeConfig"): Shown(
        FUNCTIONS, "put_function_event_invoke_config", _RETRIES
    ),
    ("lambda", "UpdateAlias"): Shown(FUNCTIONS, "update_alias", "FunctionVersion RoutingConfig"),
    ("lambda", "UpdateEventSourceMapping"): Shown(
        FUNCTIONS, "update_event_source_mapping", _MAPPING
    ),
    ("lambda", "UpdateFunctionCode"): Shown(
        FUNCTIONS, "update_function_code", "ZipFile S3Bucket S3Key Publish DryRun RevisionId"
    ),
    ("lambda", "UpdateFunctionConfiguration"): Shown(
        FUNCTIONS, "update_function_configuration", _SETTINGS
    ),
    ("lambda", "UpdateFunctionEventInvokeConfig"): Shown(
        FUNCTIONS, "update_function_event_invoke_config", _RETRIES
    ),
    ("lambda", "UpdateFunctionUrlConfig"): Shown(
        URLS, "update_function_url_config", "AuthType Cors InvokeMode"
    ),
    ("events", "CreateArchive"): Shown(SERVER, "create_archive", "EventSourceArn EventPattern"),
    ("events", "CreateEventBus"): Shown(TARGETS, "create_event_bus"),
    ("events", "DisableRule"): Shown(TARGETS, "disable_rule"),
    ("events", "EnableRule"): Shown(TARGETS, "enable_rule"),
    ("events", "PutEvents"): Shown(SERVER, "put_events", "Entries"),
    ("events", "PutPermission"): Shown(
        TARGETS, "put_permission", "Action Principal StatementId Condition Policy"
    ),
    ("events", "PutRule"): Shown(
        "tests/embedded/region/scheduling/test_region_schedules.py",
        "put_rule",
        "EventPattern ScheduleExpression State",
    ),
    ("events", "PutTargets"): Shown(
        TARGETS,
        "put_targets",
        "Targets Id Arn Input InputPath InputTransformer SqsParameters HttpParameters "
        "DeadLetterConfig RetryPolicy",
    ),
    ("events", "StartReplay"): Shown(
        SERVER, "start_replay", "EventSourceArn EventStartTime EventEndTime Destination"
    ),
    ("events", "UpdateArchive"): Shown(EVENTS, "UpdateArchive", "EventPattern"),
    ("events", "UpdateEventBus"): Shown(TARGETS, "update_event_bus"),
    ("apigateway", "CreateAuthorizer"): Shown(
        AUTHORIZERS,
        "create_authorizer",
        "authType authorizerUri authorizerCredentials identitySource identityValidationExpression "
        "authorizerResultTtlInSeconds",
    ),
    ("apigateway", "CreateApiKey"): Shown(SPECS, "/apikeys", "enabled value"),
    ("apigateway", "CreateDeployment"): Shown(SPECS, "/deployments", "variables tracingEnabled"),
    ("apigateway", "CreateModel"): Shown(SPECS, "/models", "schema contentType"),
    ("apigateway", "CreateRequestValidator"): Shown(
        SPECS, "/requestvalidators", "validateRequestBody validateRequestParameters"
    ),
    ("apigateway", "CreateResource"): Shown(SPECS, "pathPart", "pathPart"),
    ("apigateway", "CreateRestApi"): Shown(
        SPECS, '"/restapis"', "binaryMediaTypes policy apiKeySource"
    ),
    ("apigateway", "CreateStage"): Shown(SPECS, "/stages", "deploymentId variables tracingEnabled"),
    ("apigateway", "CreateUsagePlan"): Shown(SPECS, "/usageplans", "apiStages throttle quota"),
    ("apigateway", "CreateUsagePlanKey"): Shown(SPECS, "/keys", "keyId keyType"),
    ("apigateway", "ImportRestApi"): Shown(SPECS, "import_rest_api", "body"),
    ("apigateway", "PutGatewayResponse"): Shown(
        SPECS, "/gatewayresponses", "statusCode responseParameters responseTemplates"
    ),
    ("apigateway", "PutIntegration"): Shown(
        INTEGRATIONS,
        "put_integration",
        "integrationHttpMethod credentials requestParameters requestTemplates passthroughBehavior "
        "timeoutInMillis",
    ),
    ("apigateway", "PutIntegrationResponse"): Shown(
        INTEGRATIONS, "respond(", "selectionPattern responseParameters responseTemplates"
    ),
    ("apigateway", "PutMethod"): Shown(
        SPECS,
        "methods",
        "authorizerId apiKeyRequired requestParameters requestModels requestValidatorId",
    ),
    ("apigateway", "PutMethodResponse"): Shown(
        INTEGRATION_CHECKS, "put_method_response", "responseParameters"
    ),
    ("apigateway", "PutRestApi"): Shown(SPECS, 'api.call("PUT", "", ', "body"),
    ("apigateway", "UpdateAccount"): Shown(
        f"{OVERRIDES}test_api_account.py", "update_account", "patchOperations"
    ),
    ("apigateway", "UpdateApiKey"): Shown(SPECS, "/apikeys", "patchOperations"),
    ("apigateway", "UpdateAuthorizer"): Shown(
        AUTHORIZER_CHECKS, "update_authorizer", "patchOperations"
    ),
    ("apigateway", "UpdateRequestValidator"): Shown(SPECS, "/requestvalidators", "patchOperations"),
    ("apigateway", "UpdateRestApi"): Shown(SPECS, '"PATCH", ""', "patchOperations"),
    ("apigateway", "UpdateStage"): Shown(SPECS, "/stages", "patchOperations"),
    ("apigateway", "UpdateUsagePlan"): Shown(
        f"{OVERRIDES}test_overrides.py", "update_usage_plan", "patchOperations"
    ),
    ("apigatewayv2", "CreateApi"): Shown(
        HTTP_APIS,
        "create_api",
        "ProtocolType CorsConfiguration CredentialsArn DisableExecuteApiEndpoint RouteKey Target",
    ),
    ("apigatewayv2", "CreateAuthorizer"): Shown(HTTP_APIS, "create_authorizer", _AUTHORIZER),
    ("apigatewayv2", "CreateDeployment"): Shown(HTTP_APIS, "create_deployment", "StageName"),
    ("apigatewayv2", "CreateIntegration"): Shown(HTTP_APIS, "create_integration", _INTEGRATION),
    ("apigatewayv2", "CreateRoute"): Shown(HTTP_APIS, "create_route", _ROUTE),
    ("apigatewayv2", "CreateStage"): Shown(HTTP_APIS, "create_stage", f"StageName {_STAGE}"),
    ("apigatewayv2", "ImportApi"): Shown(HTTP_IMPORTS, "import_api", "Body"),
    ("apigatewayv2", "ReimportApi"): Shown(HTTP_IMPORTS, "reimport_api", "Body"),
    ("apigatewayv2", "UpdateApi"): Shown(
        HTTP_APIS,
        "update_api",
        "CorsConfiguration CredentialsArn DisableExecuteApiEndpoint RouteKey Target",
    ),
    ("apigatewayv2", "UpdateAuthorizer"): Shown(HTTP_APIS, "update_authorizer", _AUTHORIZER),
    ("apigatewayv2", "UpdateDeployment"): Shown(HTTP_APIS, "update_deployment"),
    ("apigatewayv2", "UpdateIntegration"): Shown(HTTP_APIS, "update_integration", _INTEGRATION),
    ("apigatewayv2", "UpdateRoute"): Shown(HTTP_APIS, "update_route", _ROUTE),
    ("apigatewayv2", "UpdateStage"): Shown(HTTP_APIS, "update_stage", _STAGE),
    ("logs", "CreateLogGroup"): Shown(f"{LOGS}test_subscriptions.py", "create_log_group"),
    ("logs", "CreateLogStream"): Shown(f"{LOGS}test_subscriptions.py", "create_log_stream"),
    ("logs", "PutLogEvents"): Shown(f"{LOGS}test_writing.py", "put_log_events", "logEvents"),
    ("logs", "PutMetricFilter"): Shown(
        f"{LOGS}test_metric_filters.py", "put_metric_filter", "filterPattern metricTransformations"
    ),
    ("logs", "PutQueryDefinition"): Shown(
        f"{LOGS}test_query_definitions.py",
        "put_query_definition",
        "name queryString logGroupNames queryDefinitionId queryLanguage parameters",
    ),
    ("logs", "PutSubscriptionFilter"): Shown(
        f"{LOGS}test_subscriptions.py", "put_subscription_filter", "filterPattern destinationArn"
    ),
    ("logs", "StartQuery"): Shown(f"{LOGS}test_insights.py", "start_query", _QUERY),
    ("scheduler", "CreateSchedule"): Shown(SCHEDULES, "create_schedule", _SCHEDULE),
    ("scheduler", "CreateScheduleGroup"): Shown(SCHEDULES, "create_schedule_group"),
    ("scheduler", "UpdateSchedule"): Shown(SCHEDULES, "update_schedule", _SCHEDULE),
    ("sqs", "ChangeMessageVisibility"): Shown(
        STORE, "ChangeMessageVisibility", "ReceiptHandle VisibilityTimeout"
    ),
    ("sqs", "ChangeMessageVisibilityBatch"): Shown(STORE, "ChangeMessageVisibility", "Entries"),
    ("sqs", "CreateQueue"): Shown(SERVER, "create_queue", "Attributes"),
    ("sqs", "PurgeQueue"): Shown(STORE, "PurgeQueue"),
    ("sqs", "ReceiveMessage"): Shown(
        SERVER,
        "receive_message",
        "AttributeNames MessageSystemAttributeNames MessageAttributeNames MaxNumberOfMessages "
        "VisibilityTimeout WaitTimeSeconds",
    ),
    ("sqs", "SendMessage"): Shown(STORE, "send_message", _MESSAGE),
    ("sqs", "SendMessageBatch"): Shown(SERVER, "send_message_batch", _MESSAGE),
    ("sqs", "SetQueueAttributes"): Shown(SERVER, "set_queue_attributes", "Attributes"),
    ("sns", "CreateTopic"): Shown(SERVER, "create_topic", "Attributes"),
    ("sns", "Publish"): Shown(
        TOPICS,
        "publish",
        "TopicArn Message Subject MessageStructure MessageAttributes MessageDeduplicationId "
        "MessageGroupId",
    ),
    ("sns", "PublishBatch"): Shown(TOPICS, "publish", "PublishBatchRequestEntries"),
    ("sns", "SetSubscriptionAttributes"): Shown(
        TOPICS, "RawMessageDelivery", "AttributeName AttributeValue"
    ),
    ("sns", "SetTopicAttributes"): Shown(
        SERVER, "set_topic_attributes", "AttributeName AttributeValue"
    ),
    ("sns", "Subscribe"): Shown(TOPICS, "subscribe", "Endpoint Attributes Protocol"),
    ("sns", "Unsubscribe"): Shown(TOPICS, "subscribe"),
    ("cloudwatch", "DisableAlarmActions"): Shown(TOPICS, "ActionsEnabled", "AlarmNames"),
    ("cloudwatch", "EnableAlarmActions"): Shown(TOPICS, "ActionsEnabled", "AlarmNames"),
    ("cloudwatch", "PutDashboard"): Shown(
        f"{OVERRIDES}test_overrides.py", "put_dashboard", "DashboardBody"
    ),
    ("cloudwatch", "PutMetricAlarm"): Shown(
        "tests/embedded/moto/alarms/test_states.py", "put_metric_alarm", _ALARM
    ),
    ("cloudwatch", "PutMetricData"): Shown(
        "tests/embedded/moto/metrics/test_calls.py", "put_metric_data", "MetricData"
    ),
    ("cloudwatch", "SetAlarmState"): Shown(TOPICS, "set_alarm_state", "StateValue StateReason"),
}
"""By service and operation."""

# fmt: off
DESCRIPTIONS = frozenset((
    "ActionName", "AlarmDescription", "AlarmName", "AlarmNames", "ArchiveName",
    "AttributeName", "AuthenticateOnUnsubscribe", "DashboardName", "Description",
    "EventBusName", "FunctionName", "Label", "LayerName", "LicenseInfo", "Name", "Namespace",
    "BackupName", "OperationName",
    "QueueName", "QueueUrl", "ReplayName", "ReturnSubscriptionArn", "Rule",
    "StateReasonData", "SubscriptionArn", "TableName", "Tags", "TopicArn", "Version", "customerId",
    "description",
    "documentationVersion", "filterName", "generateDistinctId", "logGroupName",
    "logStreamName", "name", "operationName", "stageDescription", "stageName", "tags",
    "version",
))
# fmt: on
"""Members that name, describe or tag something."""
