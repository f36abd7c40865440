"""Methods, deployments and stages of REST APIs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from collections.abc import Iterator

from .gateway_patches import lowered, patch, patches_of
from .model import Context, Made, Members, Properties, ResourceType, changed, gone
from .shaping import text
from .tagging import change_tags, gateway_arn

_SERVICE = "apigateway"
_METHOD_SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}
_OF_STAGE = ("CacheClusterEnabled", "CacheClusterSize", "TracingEnabled", "Variables")
_APART = frozenset({"AccessLogSetting", "MethodSettings"})


async def _create_method(context: Context, properties: Properties) -> Made:
    made = Made(context.new_name(100))
    context.note_partial(made)
    await _put_method(context, properties)
    return made


async def _put_method(context: Context, properties: Properties) -> None:
    where = _of_method(properties)
    await context.apply(_SERVICE, "PutMethod", {"AuthorizationType": "NONE", **properties})
    for response in properties.get("MethodResponses", []):
        await context.apply(_SERVICE, "PutMethodResponse", response, **where)
    integration = properties.get("Integration")
    if integration is None:
        return
    verb = integration.get("IntegrationHttpMethod")
    await context.apply(
        _SERVICE,
        "PutIntegration",
        {name: value for name, value in integration.items() if name != "IntegrationResponses"},
        **where,
        **({"integrationHttpMethod": verb} if verb else {}),
    )
    for response in integration.get("IntegrationResponses", []):
        await context.apply(_SERVICE, "PutIntegrationResponse", response, **where)


def _of_method(properties: Properties) -> Members:
    return {
        "restApiId": properties["RestApiId"],
        "resourceId": properties["ResourceId"],
        "httpMethod": properties["HttpMethod"],
    }


async def _update_method(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    await _delete_method(context, made, old)
    await _put_method(context, new)
    return made


async def _delete_method(context: Context, _: Made, properties: Properties) -> None:
    await gone(context.call(_SERVICE, "DeleteMethod", **_of_method(properties)))


async def _create_deployment(context: Context, properties: Properties) -> Made:
    described = properties.get("StageDescription", {})
    name = properties.get("StageName")
    settings = {key: value for key, value in properties.items() if key != "StageDescription"}
    of_stage = {name: described[name] for name in _OF_STAGE if name in described}
    if "Description" in described:
        of_stage["StageDescription"] = described["Description"]
    deployment = await context.apply(_SERVICE, "CreateDeployment", {**settings, **of_stage})
    made = Made(deployment["id"], {"DeploymentId": deployment["id"]})
    context.note_partial(made)
    if name:
        where = {"restApiId": properties["RestApiId"], "stageName": name}
        await patch(context, "UpdateStage", _deployed_patches(described), **where)
    return made


def _deployed_patches(described: Properties) -> list[Members]:
    """Return how a stage changes that was made with its deployment.

    Settings for all its methods stand in its description itself.
    """
    default = {name: described[name] for name in _METHOD_SETTINGS if name in described}
    settings = [{"HttpMethod": "*", "ResourcePath": "/*", **default}] if default else []
    settings += described.get("MethodSettings", [])
    return [
        *_setting_patches({**described, "MethodSettings": settings}),
        *_log_patches(described),
    ]


async def _delete_deployment(context: Context, made: Made, properties: Properties) -> None:
    api = {"restApiId": properties["RestApiId"]}
    if properties.get("StageName"):
        await gone(_delete_stage_of(context, made.ref, api, properties["StageName"]))
    await gone(context.call(_SERVICE, "DeleteDeployment", **api, deploymentId=made.ref))


async def _delete_stage_of(context: Context, deployment: str, api: Members, name: str) -> None:
    """Delete the stage that came with a deployment, unless it has got a later one."""
    stage = await context.call(_SERVICE, "GetStage", **api, stageName=name)
    if stage["deploymentId"] == deployment:
        await context.call(_SERVICE, "DeleteStage", **api, stageName=name)


async def _create_stage(context: Context, properties: Properties) -> Made:
    name = str(properties.get("StageName") or "default")
    settings = {key: value for key, value in properties.items() if key not in _APART}
    await context.apply(_SERVICE, "CreateStage", settings, stageName=name)
    made = Made(name)
    context.note_partial(made)
    operations = [*_setting_patches(properties), *_log_patches(properties)]
    await patch(
        context, "UpdateStage", operations, restApiId=properties["RestApiId"], stageName=name
    )
    return made


async def _update_stage(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    skipped = _APART | {"CanarySetting", "Tags", "Variables"}
    operations = patches_of(old, new, but=skipped)
    operations += _variable_patches(old.get("Variables", {}), new.get("Variables", {}))
    if old.get("AccessLogSetting") and not new.get("AccessLogSetting"):
        operations.append({"op": "remove", "path": "/accessLogSettings"})
    operations += [*_removed_settings(old, new), *_setting_patches(new), *_log_patches(new)]
    where = {"restApiId": new["RestApiId"], "stageName": made.ref}
    await patch(context, "UpdateStage", operations, **where)
    arn = gateway_arn(context, f"/restapis/{new['RestApiId']}/stages/{made.ref}")
    await change_tags(context, _SERVICE, old, new, resourceArn=arn)
    return made


def _variable_patches(old: Properties, new: Properties) -> Iterator[Members]:
    for name in sorted(changed(old, new)):
        if name in new:
            yield {"op": "replace", "path": f"/variables/{name}", "value": text(new[name])}
        else:
            yield {"op": "remove", "path": f"/variables/{name}"}


def _method_path(setting: Properties) -> str:
    """Return how paths of operations write the methods that a setting is for.

    Examples
    --------
    >>> _method_path({"ResourcePath": "/*", "HttpMethod": "*"})
    '*/*'
    >>> _method_path({"ResourcePath": "/orders/{id}", "HttpMethod": "GET"})
    '~1orders~1{id}/GET'
    """
    path, verb = setting.get("ResourcePath", "/*"), setting.get("HttpMethod", "*")
    return f"{'*' if path in {'/*', '*'} else path.replace('/', '~1')}/{verb}"


def _setting_patches(properties: Properties) -> list[Members]:
    return [
        {
            "op": "replace",
            "path": f"/{_method_path(setting)}/{_METHOD_SETTINGS[name]}",
            "value": text(value),
        }
        for setting in properties.get("MethodSettings", [])
        for name, value in setting.items()
        if name in _METHOD_SETTINGS
    ]


def _removed_settings(old: Properties, new: Properties) -> list[Members]:
    before, after = (
        {_method_path(setting) for setting in properties.get("MethodSettings", [])}
        for properties in (old, new)
    )
    return [{"op": "remove", "path": f"/{path}"} for path in sorted(before - after)]


def _log_patches(properties: Properties) -> list[Members]:
    setting = properties.get("AccessLogSetting") or {}
    return [
        {"op": "replace", "path": f"/accessLogSettings/{lowered(name)}", "value": str(value)}
        for name, value in setting.items()
    ]


async def _delete_stage(context: Context, made: Made, properties: Properties) -> None:
    where = {"restApiId": properties["RestApiId"], "stageName": made.ref}
    await gone(context.call(_SERVICE, "DeleteStage", **where))


TYPES = (
    ResourceType(
        name="AWS::ApiGateway::Method",
        create=_create_method,
        update=_update_method,
        delete=_delete_method,
        calls=((_SERVICE, "PutMethod"),),
        properties=frozenset({"Integration", "MethodResponses"}),
        required=frozenset({"HttpMethod", "ResourceId", "RestApiId"}),
        replaced_by=frozenset({"HttpMethod", "ResourceId", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::Deployment",
        create=_create_deployment,
        delete=_delete_deployment,
        properties=frozenset({"Description", "RestApiId", "StageDescription", "StageName"}),
        required=frozenset({"RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::Stage",
        create=_create_stage,
        update=_update_stage,
        delete=_delete_stage,
        calls=((_SERVICE, "CreateStage"),),
        properties=_APART,
        required=frozenset({"RestApiId"}),
        replaced_by=frozenset({"RestApiId", "StageName"}),
    ),
)
