"""API Gateway's types for HTTP APIs.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html
"""

import json
from collections.abc import Iterable
from typing import Any

from .model import Context, Made, Members, Properties, ResourceType, changed, gone
from .tagging import change_tags, gateway_arn

_SERVICE = "apigatewayv2"
_BODY = frozenset({"BasePath", "Body", "BodyS3Location", "FailOnWarnings"})
_APART = _BODY | {"Tags"}


async def _create_api(context: Context, properties: Properties) -> Made:
    document = await _document(context, properties)
    if document is None:
        made = await context.apply(_SERVICE, "CreateApi", _without(properties, _BODY))
    else:
        made = await context.call(_SERVICE, "ImportApi", Body=document)
        await _change_api(context, made["ApiId"], properties)
        await _tag(context, made["ApiId"], {}, properties)
    api_id = made["ApiId"]
    return Made(api_id, {"ApiId": api_id, "ApiEndpoint": made["ApiEndpoint"]})


async def _update_api(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    document = await _document(context, new)
    if document is not None and changed(old, new) & _BODY:
        await context.call(_SERVICE, "ReimportApi", ApiId=made.ref, Body=document)
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


def _part(
    name: str,
    *,
    key: str,
    required: Iterable[str] = (),
    replaced_by: Iterable[str] = (),
    attributes: Iterable[str] = (),
) -> ResourceType:
    """Return a type whose resources belong to an API.

    Parameters
    ----------
    name
        The last part of the type's name.
    key
        The member with the resource's id or name, which ``Ref`` gives.
    required, replaced_by
        Properties, besides ApiId.
    attributes
        Members of responses that ``Fn::GetAtt`` gives.
    """

    async def create(context: Context, properties: Properties) -> Made:
        made = await context.apply(_SERVICE, f"Create{name}", properties)
        return Made(made[key], {attribute: made[attribute] for attribute in attributes})

    async def update(context: Context, made: Made, _: Properties, new: Properties) -> Made:
        where: dict[str, Any] = {"ApiId": new["ApiId"], key: made.ref}
        await context.apply(_SERVICE, f"Update{name}", new, **where)
        return made

    async def delete(context: Context, made: Made, properties: Properties) -> None:
        where = {"ApiId": properties["ApiId"], key: made.ref}
        await gone(context.call(_SERVICE, f"Delete{name}", **where))

    return ResourceType(
        name=f"AWS::ApiGatewayV2::{name}",
        create=create,
        update=update,
        delete=delete,
        calls=((_SERVICE, f"Create{name}"),),
        required=frozenset({"ApiId", *required}),
        replaced_by=frozenset({"ApiId", *replaced_by}),
    )


def _without(properties: Properties, names: frozenset[str]) -> Members:
    return {name: value for name, value in properties.items() if name not in names}


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
    _part(
        "Authorizer",
        key="AuthorizerId",
        required=("AuthorizerType", "Name"),
        attributes=("AuthorizerId",),
    ),
    _part(
        "Deployment", key="DeploymentId", replaced_by=("StageName",), attributes=("DeploymentId",)
    ),
    _part(
        "Integration",
        key="IntegrationId",
        required=("IntegrationType",),
        attributes=("IntegrationId",),
    ),
    _part("Route", key="RouteId", required=("RouteKey",), attributes=("RouteId",)),
    _part("Stage", key="StageName", required=("StageName",), replaced_by=("StageName",)),
)
