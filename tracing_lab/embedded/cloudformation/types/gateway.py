"""API Gateway's types for REST APIs, but for methods and stages.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from typing import Any

import yaml

from .api_parts import ApiParts
from .gateway_import import import_parts, remove_parts
from .gateway_patches import lowered, patch, patches_of
from .model import Context, Made, Members, Properties, ResourceType, changed, gone
from .openapi import OpenApi
from .tagging import change_tags, gateway_arn

_SERVICE = "apigateway"
_BODY = frozenset({"Body", "BodyS3Location", "FailOnWarnings", "Mode", "Parameters"})


async def _create_api(context: Context, properties: Properties) -> Made:
    document = await _document(context, properties)
    settings = {name: value for name, value in properties.items() if name not in _BODY}
    described = document.settings if document is not None else {}
    wanted = {"Name": context.new_name(255), **described, **settings}
    api = await context.apply(_SERVICE, "CreateRestApi", wanted)
    made = Made(api["id"], {"RestApiId": api["id"], "RootResourceId": api["rootResourceId"]})
    if document is not None:
        context.note_partial(made)
        await import_parts(context, made.ref, made.attributes["RootResourceId"], document)
    return made


async def _document(context: Context, properties: Properties) -> OpenApi | None:
    """Return the OpenAPI document of an API; None if it has none."""
    location = properties.get("BodyS3Location")
    if location is None:
        body = properties.get("Body")
        return OpenApi(body) if body else None
    found = await context.call("s3", "GetObject", Bucket=location["Bucket"], Key=location["Key"])
    content: Any = yaml.safe_load(found["Body"])  # JSON is YAML, too
    return OpenApi(content)


async def _update_api(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    root_id = made.attributes["RootResourceId"]
    if changed(old, new) & _BODY:
        document = await _document(context, new)
        if new.get("Mode") != "merge":
            await remove_parts(context, made.ref, root_id)
        if document is not None:
            await import_parts(context, made.ref, root_id, document)
    skipped = _BODY | {"Tags", "CloneFrom", "EndpointConfiguration", "BinaryMediaTypes"}
    operations = [*patches_of(old, new, but=skipped), *_media_types(old, new)]
    await patch(context, "UpdateRestApi", operations, restApiId=made.ref)
    await _tag(context, f"/restapis/{made.ref}", old, new)
    return made


async def _tag(context: Context, path: str, old: Properties, new: Properties) -> None:
    await change_tags(context, _SERVICE, old, new, resourceArn=gateway_arn(context, path))


def _media_types(old: Properties, new: Properties) -> list[Members]:
    before, after = set(old.get("BinaryMediaTypes", [])), set(new.get("BinaryMediaTypes", []))
    steps = [("add", kind) for kind in sorted(after - before)]
    steps += [("remove", kind) for kind in sorted(before - after)]
    return [
        {"op": op, "path": f"/binaryMediaTypes/{kind.replace('/', '~1')}"} for op, kind in steps
    ]


async def _delete_api(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call(_SERVICE, "DeleteRestApi", restApiId=made.ref))


async def _change_part(
    context: Context, operation: str, where: Members, old: Properties, new: Properties
) -> None:
    operations = patches_of(old, new, but={"RestApiId"})
    await patch(context, operation, operations, **{lowered(key): where[key] for key in where})


async def _create_model(context: Context, properties: Properties) -> Made:
    wanted = {"Name": context.new_name(100), **properties}
    return Made((await context.apply(_SERVICE, "CreateModel", wanted))["name"])


async def _update_model(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    await _delete_model(context, made, old)
    return await _create_model(context, {**new, "Name": made.ref})


async def _delete_model(context: Context, made: Made, properties: Properties) -> None:
    api = properties["RestApiId"]
    await gone(context.call(_SERVICE, "DeleteModel", restApiId=api, modelName=made.ref))


async def _put_response(context: Context, properties: Properties) -> Made:
    await context.apply(_SERVICE, "PutGatewayResponse", properties)
    identifier = context.new_name(100)
    return Made(identifier, {"Id": identifier})


async def _update_response(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await context.apply(_SERVICE, "PutGatewayResponse", new)
    return made


async def _delete_response(context: Context, _: Made, properties: Properties) -> None:
    await gone(context.apply(_SERVICE, "DeleteGatewayResponse", properties))


async def _set_account(context: Context, properties: Properties) -> Made:
    await _update_account(context, properties.get("CloudWatchRoleArn", ""))
    identifier = context.new_name(100)
    return Made(identifier, {"Id": identifier})


async def _change_account(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await _update_account(context, new.get("CloudWatchRoleArn", ""))
    return made


async def _update_account(context: Context, role: str) -> None:
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    await patch(context, "UpdateAccount", [operation])


async def _keep_account(_context: Context, _made: Made, _properties: Properties) -> None:
    """Leave the account as it is, as AWS does: other stacks may need its role."""


async def _create_key(context: Context, properties: Properties) -> Made:
    wanted = {"Name": context.new_name(100), **properties}
    made = await context.apply(_SERVICE, "CreateApiKey", wanted)
    return Made(made["id"], {"APIKeyId": made["id"]})


async def _update_key(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    operations = patches_of(old, new, but={"StageKeys", "Tags"})
    await patch(context, "UpdateApiKey", operations, apiKey=made.ref)
    await _tag(context, f"/apikeys/{made.ref}", old, new)
    return made


async def _delete_key(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call(_SERVICE, "DeleteApiKey", apiKey=made.ref))


def _of_plan(context: Context, properties: Properties) -> Members:
    name = properties.get("UsagePlanName") or context.new_name(100)
    return {"Name": name, **{k: v for k, v in properties.items() if k != "UsagePlanName"}}


async def _create_plan(context: Context, properties: Properties) -> Made:
    made = await context.apply(_SERVICE, "CreateUsagePlan", _of_plan(context, properties))
    return Made(made["id"], {"Id": made["id"]})


async def _update_plan(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    skipped = {"ApiStages", "Quota", "Tags", "Throttle", "UsagePlanName"}
    operations = patches_of(old, new, but=skipped)
    if changed(old, new) & {"UsagePlanName"} and "UsagePlanName" in new:
        name = str(new["UsagePlanName"])
        operations.append({"op": "replace", "path": "/name", "value": name})
    for setting in ("Quota", "Throttle"):
        operations += _setting_patches(setting, old.get(setting, {}), new.get(setting, {}))
    operations += _stage_patches(old, new)
    await patch(context, "UpdateUsagePlan", operations, usagePlanId=made.ref)
    await _tag(context, f"/usageplans/{made.ref}", old, new)
    return made


def _setting_patches(setting: str, old: Properties, new: Properties) -> list[Members]:
    path = f"/{setting.lower()}"
    if old and not new:
        return [{"op": "remove", "path": path}]
    return patches_of(old, new, prefix=path)


def _stage_patches(old: Properties, new: Properties) -> list[Members]:
    before, after = (
        {f"{item['ApiId']}:{item['Stage']}" for item in properties.get("ApiStages", [])}
        for properties in (old, new)
    )
    steps = [("add", stage) for stage in sorted(after - before)]
    steps += [("remove", stage) for stage in sorted(before - after)]
    return [{"op": op, "path": "/apiStages", "value": stage} for op, stage in steps]


async def _delete_plan(context: Context, made: Made, properties: Properties) -> None:
    where = {"usagePlanId": made.ref}
    operations = _stage_patches(properties, {})
    await gone(patch(context, "UpdateUsagePlan", operations, **where))
    await gone(context.call(_SERVICE, "DeleteUsagePlan", **where))


async def _create_plan_key(context: Context, properties: Properties) -> Made:
    made = await context.apply(_SERVICE, "CreateUsagePlanKey", properties)
    identifier = f"{made['id']}:{properties['UsagePlanId']}"
    return Made(identifier, {"Id": identifier})


async def _delete_plan_key(context: Context, _: Made, properties: Properties) -> None:
    where = {"usagePlanId": properties["UsagePlanId"], "keyId": properties["KeyId"]}
    await gone(context.call(_SERVICE, "DeleteUsagePlanKey", **where))


_PARTS = ApiParts("AWS::ApiGateway::", _SERVICE, "RestApiId", _change_part)
TYPES = (
    ResourceType(
        name="AWS::ApiGateway::RestApi",
        create=_create_api,
        update=_update_api,
        delete=_delete_api,
        calls=((_SERVICE, "CreateRestApi"),),
        properties=_BODY,
        replaced_by=frozenset({"CloneFrom", "EndpointConfiguration"}),
    ),
    _PARTS.type_of(
        "Resource",
        key="ResourceId",
        ref="id",
        required=("ParentId", "PathPart"),
        replaced_by=("ParentId", "PathPart"),
    ),
    _PARTS.type_of("Authorizer", key="AuthorizerId", ref="id", required=("Name", "Type")),
    _PARTS.type_of("RequestValidator", key="RequestValidatorId", ref="id", replaced_by=("Name",)),
    ResourceType(
        name="AWS::ApiGateway::Model",
        create=_create_model,
        update=_update_model,
        delete=_delete_model,
        calls=((_SERVICE, "CreateModel"),),
        required=frozenset({"RestApiId"}),
        replaced_by=frozenset({"ContentType", "Name", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::GatewayResponse",
        create=_put_response,
        update=_update_response,
        delete=_delete_response,
        calls=((_SERVICE, "PutGatewayResponse"),),
        required=frozenset({"ResponseType", "RestApiId"}),
        replaced_by=frozenset({"ResponseType", "RestApiId"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::Account",
        create=_set_account,
        update=_change_account,
        delete=_keep_account,
        properties=frozenset({"CloudWatchRoleArn"}),
    ),
    ResourceType(
        name="AWS::ApiGateway::ApiKey",
        create=_create_key,
        update=_update_key,
        delete=_delete_key,
        calls=((_SERVICE, "CreateApiKey"),),
        replaced_by=frozenset({"GenerateDistinctId", "Name", "StageKeys", "Value"}),
        named_by="Name",
    ),
    ResourceType(
        name="AWS::ApiGateway::UsagePlan",
        create=_create_plan,
        update=_update_plan,
        delete=_delete_plan,
        properties=frozenset(
            {"ApiStages", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"}
        ),
    ),
    ResourceType(
        name="AWS::ApiGateway::UsagePlanKey",
        create=_create_plan_key,
        delete=_delete_plan_key,
        calls=((_SERVICE, "CreateUsagePlanKey"),),
        required=frozenset({"KeyId", "KeyType", "UsagePlanId"}),
    ),
)
