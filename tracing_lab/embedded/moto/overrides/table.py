"""Calls of the control plane that moto handles wrongly or not at all, by service and operation.

Each override works on moto's own state, so that moto's responses show it afterwards. An override
that a newer moto makes superfluous is deleted.
"""

from collections.abc import Mapping

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.calling import CallNext, Override, chained
from tracing_lab.embedded.moto.data.tables.batches import write_batch
from tracing_lab.embedded.moto.data.tables.stream_api import STREAM_OVERRIDES
from tracing_lab.embedded.moto.queues import dead_letters, trace_headers
from tracing_lab.embedded.protocol.api_call import JSON_PROTOCOLS, ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from . import (
    api_account,
    api_authorizers,
    api_imports,
    api_integrations,
    api_media_types,
    api_policies,
    api_tags,
    dashboards,
    event_buses,
    event_targets,
    events,
    http_apis,
    logs,
    schedules,
    stages,
    usage_plans,
    waf,
)
from .functions import (
    account,
    downloads,
    event_configs,
    limits,
    lists,
    mappings,
    policies,
    settings,
    url_permissions,
    urls,
)

_FUNCTION = chained(limits.with_limits, settings.with_settings)
_INTEGRATION = chained(api_integrations.with_valid_integration, api_integrations.with_transfer_mode)
_API = chained(api_policies.with_valid_policy, api_media_types.with_media_types)

OVERRIDES: Mapping[tuple[str, str], Override] = {
    ("apigateway", "CreateAuthorizer"): api_authorizers.create_authorizer,
    ("apigateway", "CreateDeployment"): stages.create_deployment,
    ("apigateway", "CreateRestApi"): _API,
    ("apigateway", "GetIntegration"): api_integrations.with_transfer_mode,
    ("apigateway", "GetMethod"): api_integrations.with_transfer_mode,
    ("apigateway", "GetResource"): api_integrations.with_transfer_mode,
    ("apigateway", "GetResources"): api_integrations.with_transfer_mode,
    ("apigateway", "GetTags"): api_tags.get_tags,
    ("apigateway", "ImportRestApi"): api_imports.import_api,
    ("apigateway", "PutIntegration"): _INTEGRATION,
    ("apigateway", "PutIntegrationResponse"): api_integrations.with_valid_response,
    ("apigateway", "PutMethod"): api_authorizers.with_known_authorizer,
    ("apigateway", "PutRestApi"): api_imports.import_api,
    ("apigateway", "TagResource"): api_tags.tag_resource,
    ("apigateway", "UntagResource"): api_tags.untag_resource,
    ("apigateway", "UpdateAccount"): api_account.update_account,
    ("apigateway", "UpdateAuthorizer"): api_authorizers.update_authorizer,
    ("apigateway", "UpdateRestApi"): _API,
    ("apigateway", "UpdateUsagePlan"): usage_plans.update_usage_plan,
    **{
        ("apigatewayv2", operation): override for operation, override in http_apis.OVERRIDES.items()
    },
    ("cloudwatch", "DeleteAlarms"): dashboards.with_tags_kept,
    ("cloudwatch", "DeleteDashboards"): dashboards.with_tags_kept,
    ("cloudwatch", "PutDashboard"): dashboards.with_tags_kept,
    ("cloudwatch", "TagResource"): dashboards.with_tagged_dashboards,
    ("cloudwatch", "UntagResource"): dashboards.with_tagged_dashboards,
    ("events", "CreateArchive"): events.with_valid_pattern,
    ("events", "CreateEventBus"): event_buses.create_bus,
    ("events", "DescribeEventBus"): event_buses.describe_bus,
    ("events", "DescribeRule"): event_targets.with_known_rule,
    ("events", "DisableRule"): event_targets.with_known_rule,
    ("events", "EnableRule"): event_targets.with_known_rule,
    ("events", "ListEventBuses"): event_buses.list_buses,
    ("events", "ListTargetsByRule"): chained(
        event_targets.with_known_rule, event_targets.list_targets
    ),
    ("events", "PutPermission"): event_buses.put_permission,
    ("events", "PutRule"): events.with_valid_rule,
    ("events", "PutTargets"): event_targets.put_targets,
    ("events", "StartReplay"): events.start_replay,
    ("events", "TestEventPattern"): events.try_event_pattern,
    ("events", "UpdateArchive"): events.with_valid_pattern,
    ("events", "UpdateEventBus"): event_buses.update_bus,
    ("lambda", "AddPermission"): chained(
        policies.add_permission, url_permissions.with_url_conditions
    ),
    ("lambda", "CreateFunction"): _FUNCTION,
    ("lambda", "CreateEventSourceMapping"): mappings.create,
    ("lambda", "CreateFunctionUrlConfig"): urls.create,
    ("lambda", "DeleteFunction"): account.delete_function,
    ("lambda", "DeleteFunctionEventInvokeConfig"): event_configs.delete,
    ("lambda", "DeleteLayerVersion"): account.delete_layer_version,
    ("lambda", "DeleteFunctionUrlConfig"): urls.delete,
    ("lambda", "GetAccountSettings"): account.get_account_settings,
    ("lambda", "GetFunction"): chained(downloads.with_location, settings.with_settings),
    ("lambda", "GetFunctionConfiguration"): settings.with_settings,
    ("lambda", "GetFunctionEventInvokeConfig"): event_configs.get,
    ("lambda", "GetFunctionUrlConfig"): urls.get,
    ("lambda", "GetLayerVersion"): downloads.with_location,
    ("lambda", "GetLayerVersionByArn"): chained(
        downloads.with_location, account.get_layer_version_by_arn
    ),
    ("lambda", "GetPolicy"): policies.get_policy,
    ("lambda", "ListAliases"): lists.paged("Aliases"),
    ("lambda", "ListEventSourceMappings"): lists.paged("EventSourceMappings", size=100),
    ("lambda", "ListFunctionEventInvokeConfigs"): event_configs.list_configs,
    ("lambda", "ListFunctionUrlConfigs"): urls.list_configs,
    ("lambda", "ListFunctions"): lists.list_functions,
    ("lambda", "ListLayerVersions"): lists.paged("LayerVersions"),
    ("lambda", "ListLayers"): lists.paged("Layers"),
    ("lambda", "ListVersionsByFunction"): lists.list_versions,
    ("lambda", "PublishVersion"): settings.publish_version,
    ("lambda", "PutFunctionEventInvokeConfig"): event_configs.put,
    ("lambda", "RemovePermission"): policies.remove_permission,
    ("lambda", "UpdateEventSourceMapping"): mappings.update,
    ("lambda", "UpdateFunctionCode"): _FUNCTION,
    ("lambda", "UpdateFunctionConfiguration"): _FUNCTION,
    ("lambda", "UpdateFunctionEventInvokeConfig"): event_configs.update,
    ("lambda", "UpdateFunctionUrlConfig"): urls.update,
    ("dynamodb", "BatchWriteItem"): write_batch,
    **STREAM_OVERRIDES,
    **{("logs", operation): override for operation, override in logs.OVERRIDES.items()},
    ("scheduler", "CreateSchedule"): schedules.create_schedule,
    ("scheduler", "CreateScheduleGroup"): schedules.create_group,
    ("scheduler", "DeleteScheduleGroup"): schedules.delete_group,
    ("scheduler", "UpdateSchedule"): schedules.update_schedule,
    ("sqs", "CreateQueue"): dead_letters.create_queue,
    ("sqs", "GetQueueAttributes"): dead_letters.get_attributes,
    ("sqs", "ReceiveMessage"): dead_letters.receive,
    ("sqs", "SendMessage"): trace_headers.send,
    ("sqs", "SendMessageBatch"): trace_headers.send,
    ("sqs", "SetQueueAttributes"): dead_letters.set_attributes,
    ("wafv2", "AssociateWebACL"): waf.associate_web_acl,
}
"""Overrides read and write JSON; calls in the older query protocol go to moto as they are."""


def with_overrides(
    call: ApiCall, call_next: CallNext, own: Mapping[tuple[str, str], Override]
) -> HttpResponse:
    """Respond to a call with its override, or with moto where there is none.

    Parameters
    ----------
    call
        The call.
    call_next
        moto.
    own
        Further overrides, for every protocol.
    """
    override = own.get(call.key)
    if override is None and call.protocol in JSON_PROTOCOLS:
        override = OVERRIDES.get(call.key)
    try:
        return call_next(call) if override is None else override(call, call_next)
    except ApiError as error:
        return error.response(call)
