"""Makes the parts of a REST API that an OpenAPI document describes, each by a call of its own.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from .gateway_operations import method_members, verb_of
from .model import Context, Members
from .openapi import OpenApi
from .shaping import text

_SERVICE = "apigateway"
_DRAFT = "http://json-schema.org/draft-04/schema#"
_BUILT_IN = frozenset({"Empty", "Error"})


async def import_parts(context: Context, api_id: str, root_id: str, document: OpenApi) -> None:
    """Make models, validators, authorizers, responses, resources and methods of an API.

    Parameters
    ----------
    context
        The API's resource in its stack.
    api_id, root_id
        The API, and its root resource.
    document
        Describes it.
    """
    api = {"restApiId": api_id}
    for name, schema in document.schemas.items():
        made = {"name": name, "contentType": "application/json"}
        await context.call(_SERVICE, "CreateModel", **api, **made, schema=_model(schema, api_id))
    ids: dict[str, Mapping[str, Any]] = {
        "validators": await _validators(context, api, document),
        "authorizers": await _authorizers(context, api, document),
    }
    for kind, response in document.gateway_responses.items():
        await context.apply(_SERVICE, "PutGatewayResponse", response, **api, responseType=kind)
    resources = {"/": root_id}
    for path, operations in document.paths.items():
        resource = await _resource(context, api_id, path.rstrip("/") or "/", resources)
        for verb, operation in operations.items():
            where = {**api, "resourceId": resource, "httpMethod": verb_of(verb)}
            await _method(context, where, document, operation, ids)


async def remove_parts(context: Context, api_id: str, root_id: str) -> None:
    """Delete all that an import made, before another one."""
    api = {"restApiId": api_id}
    resources = await context.call(_SERVICE, "GetResources", **api, limit=500)
    for item in resources["items"]:
        if item["id"] == root_id:
            for verb in item.get("resourceMethods", {}):
                where = {**api, "resourceId": root_id, "httpMethod": verb}
                await context.call(_SERVICE, "DeleteMethod", **where)
        elif item.get("parentId") == root_id:
            await context.call(_SERVICE, "DeleteResource", **api, resourceId=item["id"])
    for name, key in (
        ("Model", "name"),
        ("RequestValidator", "id"),
        ("Authorizer", "id"),
        ("GatewayResponse", "responseType"),
    ):
        await _remove_all(context, api, name, key)


async def _remove_all(context: Context, api: Members, name: str, key: str) -> None:
    found = await context.call(_SERVICE, f"Get{name}s", **api)
    member = {
        "Model": "modelName",
        "RequestValidator": "requestValidatorId",
        "Authorizer": "authorizerId",
        "GatewayResponse": "responseType",
    }[name]
    for item in found.get("items", []):
        if item[key] not in _BUILT_IN and not item.get("defaultResponse"):
            await context.call(_SERVICE, f"Delete{name}", **api, **{member: item[key]})


def _model(schema: Any, api_id: str) -> str:
    """Return a schema as API Gateway keeps it: with its draft, and its own form of references."""
    models = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/"
    written = text({"$schema": _DRAFT, **schema})
    for prefix in ("#/components/schemas/", "#/definitions/"):
        written = written.replace(f'"{prefix}', f'"{models}')
    return written


async def _validators(context: Context, api: Members, document: OpenApi) -> dict[str, str]:
    made = {}
    for name, checks in document.validators.items():
        response = await context.apply(_SERVICE, "CreateRequestValidator", checks, **api, name=name)
        made[name] = response["id"]
    return made


async def _authorizers(context: Context, api: Members, document: OpenApi) -> dict[str, Members]:
    made = {}
    for name, authorizer in document.authorizers.items():
        wanted = {**authorizer, **api, "name": name}
        response = await context.apply(_SERVICE, "CreateAuthorizer", wanted)
        is_pool = str(wanted["type"]) == "COGNITO_USER_POOLS"
        kind = "COGNITO_USER_POOLS" if is_pool else "CUSTOM"
        made[name] = {"authorizationType": kind, "authorizerId": response["id"]}
    return made


async def _resource(context: Context, api_id: str, path: str, known: dict[str, str]) -> str:
    """Return the id of a path's resource, which is made with those above it when needed."""
    if path not in known:
        above, _, part = path.rpartition("/")
        parent = await _resource(context, api_id, above or "/", known)
        made = await context.call(
            _SERVICE, "CreateResource", restApiId=api_id, parentId=parent, pathPart=part
        )
        known[path] = made["id"]
    return known[path]


async def _method(
    context: Context,
    where: Members,
    document: OpenApi,
    operation: Mapping[str, Any],
    ids: Mapping[str, Mapping[str, Any]],
) -> None:
    wanted = method_members(operation, document, ids)
    await context.apply(_SERVICE, "PutMethod", wanted, **where)
    for status, response in document.responses(operation).items():
        await context.apply(_SERVICE, "PutMethodResponse", response, **where, statusCode=status)
    integration = document.integration(operation)
    if integration is None:
        return
    await context.apply(_SERVICE, "PutIntegration", integration, **where, **_verb(integration))
    for response in _integration_responses(integration):
        await context.apply(_SERVICE, "PutIntegrationResponse", response, **where)


def _verb(integration: Mapping[str, Any]) -> Members:
    verb = integration.get("integrationHttpMethod")
    return {"integrationHttpMethod": verb} if verb else {}


def _integration_responses(integration: Mapping[str, Any]) -> Iterator[Members]:
    for pattern, response in (integration.get("responses") or {}).items():
        chosen = {} if pattern == "default" else {"selectionPattern": pattern}
        yield {**response, **chosen}
