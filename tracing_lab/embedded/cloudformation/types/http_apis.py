"""API Gateway's types for HTTP APIs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

import json

from .api_parts import ApiParts
from .model import Context, Made, Members, Properties, ResourceType, changed, gone
from .tagging import change_tags, gateway_arn

_SERVICE = "apigatewayv2"
_BODY = frozenset({"BasePath", "Body", "BodyS3Location", "FailOnWarnings"})
_APART = _BODY | {"Tags"}


async def _create_api(context: Context, properties: Properties) -> Made:
    document = await _document(context, properties)
    if document is None:
        return _made(await context.apply(_SERVICE, "CreateApi", _without(properties, _BODY)))
    made = _made(await context.apply(_SERVICE, "ImportApi", properties, Body=document))
    context.note_partial(made)
    await _change_api(context, made.ref, properties)
    await _tag(context, made.ref, {}, properties)
    return made


def _made(api: Members) -> Made:
    return Made(api["ApiId"], {name: api[name] for name in ("ApiId", "ApiEndpoint")})


async def _update_api(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    document = await _document(context, new)
    if document is not None and changed(old, new) & _BODY:
        await context.apply(_SERVICE, "ReimportApi", new, ApiId=made.ref, Body=document)
    await _change_api(context, made.ref, new)
    await _tag(context, made.ref, old, new)
    return made


async def _change_api(context: Context, api_id: str, properties: Properties) -> None:
    settings = _without(properties, _APART)
    if settings:
        await context.apply(_SERVICE, "UpdateApi", settings, ApiId=api_id)


async def _document(context: Context, properties: Properties) -> str | None:
    """Return the OpenAPI document of an API; None if it has none."""
    location = properties.get("BodyS3Location")
    if location is not None:
        where = {"Bucket": location["Bucket"], "Key": location["Key"]}
        found = await context.call("s3", "GetObject", **where)
        return str(found["Body"], "utf-8")
    body = properties.get("Body")
    return json.dumps(body) if body else None


async def _tag(context: Context, api_id: str, old: Properties, new: Properties) -> None:
    arn = gateway_arn(context, f"/apis/{api_id}")
    await change_tags(context, _SERVICE, old, new, ResourceArn=arn)


async def _delete_api(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call(_SERVICE, "DeleteApi", ApiId=made.ref))


async def _change_part(
    context: Context, operation: str, where: Members, _: Properties, new: Properties
) -> None:
    await context.apply(_SERVICE, operation, {**new, **where})


def _without(properties: Properties, names: frozenset[str]) -> Members:
    return {name: value for name, value in properties.items() if name not in names}


_PARTS = ApiParts("AWS::ApiGatewayV2::", _SERVICE, "ApiId", _change_part)
TYPES = (
    ResourceType(
        name="AWS::ApiGatewayV2::Api",
        create=_create_api,
        update=_update_api,
        delete=_delete_api,
        calls=((_SERVICE, "CreateApi"),),
        properties=_BODY,
        replaced_by=frozenset({"ProtocolType"}),
    ),
    _PARTS.type_of("Authorizer", key="AuthorizerId", required=("AuthorizerType", "Name")),
    _PARTS.type_of("Deployment", key="DeploymentId", replaced_by=("StageName",)),
    _PARTS.type_of("Integration", key="IntegrationId", required=("IntegrationType",)),
    _PARTS.type_of("Route", key="RouteId", required=("RouteKey",)),
    _PARTS.type_of(
        "Stage",
        key="StageName",
        has_attribute=False,
        required=("StageName",),
        replaced_by=("StageName",),
    ),
)
