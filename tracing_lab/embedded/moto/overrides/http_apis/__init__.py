"""HTTP APIs (API Gateway's version 2): what moto lacks of deployments, stages and checks."""

from collections.abc import Mapping

from tracing_lab.embedded.moto.calling import Override

from . import apis, deployments, imports, parts, stages
from .deployments import deploying

OVERRIDES: Mapping[str, Override] = {
    "CreateApi": apis.create_api,
    "CreateAuthorizer": deploying(parts.create_authorizer),
    "CreateDeployment": deployments.create_deployment,
    "CreateIntegration": deploying(parts.create_integration),
    "CreateRoute": deploying(parts.create_route),
    "CreateStage": stages.create_stage,
    "DeleteAccessLogSettings": stages.delete_access_log_settings,
    "DeleteApi": apis.delete_api,
    "DeleteAuthorizer": deploying(parts.deleting("authorizers", "AuthorizerId")),
    "DeleteDeployment": deployments.delete_deployment,
    "DeleteIntegration": deploying(parts.deleting("integrations", "IntegrationId")),
    "DeleteRoute": deploying(parts.deleting("routes", "RouteId")),
    "DeleteRouteSettings": stages.delete_route_settings,
    "DeleteStage": stages.delete_stage,
    "GetApi": apis.with_address,
    "GetApis": apis.with_address,
    "GetAuthorizers": parts.get_authorizers,
    "GetDeployment": deployments.get_deployment,
    "GetDeployments": deployments.get_deployments,
    "GetStage": stages.get_stage,
    "GetStages": stages.get_stages,
    "ImportApi": imports.import_api,
    "ReimportApi": imports.reimport_api,
    "UpdateApi": deploying(apis.update_api),
    "UpdateAuthorizer": deploying(parts.update_authorizer),
    "UpdateDeployment": deployments.update_deployment,
    "UpdateIntegration": deploying(parts.update_integration),
    "UpdateRoute": deploying(parts.update_route),
    "UpdateStage": stages.update_stage,
}
"""What moto handles wrongly or not at all."""
