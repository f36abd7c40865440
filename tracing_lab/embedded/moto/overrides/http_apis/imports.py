"""HTTP APIs from OpenAPI documents, which moto reads only in part.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.api_documents import EXTENSION
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall

from .apis import shown_api
from .checks import check_authorizer, check_cors, check_integration, check_route_key
from .deployments import deploy_automatically
from .documents import ImportedRoute, operations_of, security_of
from .finding import api_of, reject
from .specs import SERVICE


@dataclass(frozen=True)
class _Plan:
    """What an API becomes by a document; `fill` cannot fail any more."""

    fill: Callable[[Any], None]
    tags: Mapping[str, str]


def import_api(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to ImportApi."""
    plan = _plan(_document(call))
    api = backend(SERVICE, call.region).create_api(
        api_key_selection_expression=None,
        cors_configuration=None,
        description=None,
        disable_schema_validation=None,
        disable_execute_api_endpoint=None,
        name=None,
        protocol_type="HTTP",
        route_selection_expression=None,
        tags=plan.tags,
        version=None,
    )
    plan.fill(api)
    return json_response(201, shown_api(call, api.to_json()))


def reimport_api(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to ReimportApi: its routes, integrations and authorizers are replaced."""
    api = api_of(call)
    plan = _plan(_document(call))
    for parts in (api.routes, api.integrations, api.authorizers):
        parts.clear()
    plan.fill(api)
    deploy_automatically(api)
    return json_response(201, shown_api(call, api.to_json()))


def _document(call: ApiCall) -> Mapping[str, Any]:
    """Return the OpenAPI document of a call.

    Raises
    ------
    ApiError
        It is none.
    """
    try:
        document = yaml.safe_load(str(call.members.get("body") or ""))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reject(f"Unable to parse the OpenAPI document: {error}")
    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3."):
        reject("Invalid OpenAPI input: HTTP APIs are imported from OpenAPI 3.0 documents")
    return document


def _plan(document: Mapping[str, Any]) -> _Plan:
    """Return what an API becomes by a document.

    Raises
    ------
    ApiError
        The document has something that an API cannot have.
    """
    try:
        return _checked_plan(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reject(f"Invalid OpenAPI input: {error!r}")


def _checked_plan(document: Mapping[str, Any]) -> _Plan:
    """Return what an API becomes by a document, all of which is checked before."""
    attributes, tags = _attributes(document), _tags(document)
    operations = list(operations_of(document))
    authorizers = dict(_authorizers(document))
    keys = [operation.key for operation in operations]
    for number, operation in enumerate(operations):
        check_route_key(operation.key, keys[:number])
        if operation.integration is not None:
            check_integration(operation.integration, is_new=True)
        if operation.security not in {None, "AWS_IAM", *authorizers}:
            reject(f"The security scheme {operation.security} of {operation.key} does not exist")

    def fill(api: Any) -> None:
        vars(api).update(attributes)
        ids = {name: _made_authorizer(api, name, found) for name, found in authorizers.items()}
        for operation in operations:
            _make_route(api, operation, ids)

    return _Plan(fill, tags)


def _attributes(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of moto's API that a document sets."""
    info, cors = document.get("info") or {}, document.get(f"{EXTENSION}cors")
    check_cors(cors)
    return {
        "name": str(info.get("title") or ""),
        "version": str(info.get("version") or "") or None,
        "description": info.get("description"),
        "cors_configuration": cors,
    }


def _authorizers(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the Lambda authorizers of a document, with the members of CreateAuthorizer."""
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for name, scheme in schemes.items():
        found = scheme.get(f"{EXTENSION}authorizer")
        if found is None:
            continue
        if str(found.get("type")).lower() != "request":
            reject(f"Authorizer {name} is not simulated: only those of type request are")
        sources = found.get("identitySource") or []
        listed = sources.split(",") if isinstance(sources, str) else sources
        members = {**found, "identitySource": [source.strip() for source in listed]}
        check_authorizer(members, is_new=True)
        yield name, members


def _made_authorizer(api: Any, name: str, members: Mapping[str, Any]) -> str:
    made = api.create_authorizer(
        auth_creds_arn=members.get("authorizerCredentials"),
        auth_payload_format_version=members["authorizerPayloadFormatVersion"],
        auth_result_ttl=members.get("authorizerResultTtlInSeconds"),
        authorizer_type="REQUEST",
        authorizer_uri=members["authorizerUri"],
        enable_simple_response=members.get("enableSimpleResponses"),
        identity_source=members["identitySource"],
        identity_validation_expr=None,
        jwt_config=None,
        name=name,
    )
    return str(made.id)


def _make_route(api: Any, operation: ImportedRoute, authorizers: Mapping[str, str]) -> None:
    members = operation.integration
    target = None
    if members is not None:
        integration = api.create_integration(
            connection_type="INTERNET",
            credentials_arn=members.get("credentials"),
            description=members.get("description"),
            integration_method="POST",
            integration_type="AWS_PROXY",
            integration_uri=members["integrationUri"],
            payload_format_version=members["payloadFormatVersion"],
            timeout_in_millis=members.get("timeoutInMillis"),
        )
        target = f"integrations/{integration.id}"
    authorization, authorizer_id = security_of(operation, authorizers)
    api.create_route(
        api_key_required=False,
        authorization_scopes=None,
        authorization_type=authorization,
        authorizer_id=authorizer_id,
        operation_name=operation.name,
        route_key=operation.key,
        target=target,
    )


def _tags(document: Mapping[str, Any]) -> dict[str, str]:
    tags = document.get("tags") or []
    value = f"{EXTENSION}tag-value"
    return {tag["name"]: str(tag[value]) for tag in tags if value in tag}
