"""ImportRestApi and PutRestApi: what moto's import lacks or does not check.

moto makes resources, methods and integrations. Here are authorizers and who may call a method,
request validators and models, gateway responses, policies, media types, methods for any verb, and
Swagger 2, as tools write it. What is not simulated is rejected as in calls.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html
"""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.api_documents import (
    EXTENSION,
    DocumentedMethod,
    authorization_of,
    authorizers_of,
    methods_of,
    model_name,
    openapi,
    schemas_of,
    with_model_addresses,
)
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded
from tracing_lab.embedded.moto.specs.integration_specs import DEFAULT_TTL_S
from tracing_lab.embedded.protocol.api_call import ApiCall, plain_body
from tracing_lab.embedded.protocol.errors import ApiError

from .api_authorizers import check_authorizer
from .api_integrations import BAD_REQUEST, check_integration, check_response
from .api_policies import INVALID_POLICY, is_policy

_SIMULATED = ("AWS", "AWS_PROXY", "MOCK")


def import_api(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to ImportRestApi and PutRestApi."""
    document, apis = _document(call), backend("apigateway", call.region)
    _check(document, call.region)
    before = set(apis.apis)
    response = call_next(call.with_members(openapi(document)))
    if succeeded(response):
        _complete(apis, apis.apis[content_of(response)["id"]], document)
    else:
        for api_id in set(apis.apis) - before:  # which moto leaves
            del apis.apis[api_id]
    return response


def _document(call: ApiCall) -> Mapping[str, Any]:
    """Return a document in JSON or YAML; empty for what is neither."""
    body = plain_body(call.request)
    try:
        found = json.loads(body) if body.lstrip().startswith(b"{") else yaml.safe_load(body)
        found = json.loads(json.dumps(found, default=str))  # YAML has numbers as names, and dates
    except (TypeError, ValueError, RecursionError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _check(document: Mapping[str, Any], region: str) -> None:
    """Return if a document can be imported.

    Raises
    ------
    ApiError
        It cannot.
    """
    if not isinstance(document.get("paths"), dict) or not {"openapi", "swagger"} & set(document):
        message = "Invalid OpenAPI input: a document has swagger or openapi, and paths."
        raise ApiError(BAD_REQUEST, message)
    try:
        _check_members(document)
        _check_parts(document, region)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ApiError(BAD_REQUEST, f"Invalid OpenAPI input: {error!r}") from error


def _check_members(document: Mapping[str, Any]) -> None:
    info, kinds = document.get("info"), document.get(f"{EXTENSION}binary-media-types", [])
    if not isinstance(info, dict) or not info.get("title"):
        raise ApiError(BAD_REQUEST, "Invalid OpenAPI input: info has no title.")
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise ApiError(BAD_REQUEST, "Invalid OpenAPI input: media types are a list of texts.")
    for name in ("gateway-responses", "request-validators"):
        _check_objects(f"{EXTENSION}{name}", document.get(f"{EXTENSION}{name}"))


def _check_objects(name: str, value: Any) -> None:
    if value and not (isinstance(value, dict) and all(isinstance(v, dict) for v in value.values())):
        raise ApiError(BAD_REQUEST, f"Invalid OpenAPI input: {name} has objects by their names.")


def _check_parts(document: Mapping[str, Any], region: str) -> None:
    for method in methods_of(document):
        _check_integration(method.extension("integration"), region)
    for _name, members in authorizers_of(document):
        check_authorizer(members)
    policy = document.get(f"{EXTENSION}policy")
    if policy is not None and not is_policy(json.dumps(policy)):
        raise ApiError(BAD_REQUEST, INVALID_POLICY)


def _check_integration(integration: Any, region: str) -> None:
    if not isinstance(integration, dict):
        return
    kind = str(integration.get("type", "")).upper()
    if kind not in _SIMULATED or str(integration.get("connectionType", "")).upper() == "VPC_LINK":
        message = f"Integrations of type {kind} are not simulated; use {', '.join(_SIMULATED)}."
        raise ApiError(BAD_REQUEST, message)
    check_integration(integration, region)
    _check_objects("responses", integration.get("responses"))
    for pattern, response in (integration.get("responses") or {}).items():
        check_response({**response, "selectionPattern": None if pattern == "default" else pattern})


def _complete(apis: Any, api: Any, document: Mapping[str, Any]) -> None:
    """Add to an imported API what moto's import leaves out."""
    _merge_resources(api)
    _set_api(api, document)
    for name, schema in schemas_of(document).items():
        _put_model(api, name, schema)
    authorizers = {
        name: _put_authorizer(apis, api, made) for name, made in authorizers_of(document)
    }
    validators = _put_validators(api, document)
    for method in methods_of(document):
        resource = api.get_resource_for_path(method.path)
        made = None if resource is None else resource.resource_methods.get(method.verb)
        if made is not None:
            _set_authorization(made, document, method, authorizers)
            _set_validation(api, made, document, method, validators)


def _merge_resources(api: Any) -> None:
    """Make one resource of those with the same path, which moto creates again in each import."""
    first: dict[str, Any] = {}
    for resource in list(api.resources.values()):
        known = first.setdefault(resource.get_path(), resource)
        if known is not resource:
            known.resource_methods.update(resource.resource_methods)
            del api.resources[resource.id]


def _set_api(api: Any, document: Mapping[str, Any]) -> None:
    api.api_key_source = document.get(f"{EXTENSION}api-key-source") or api.api_key_source
    if f"{EXTENSION}policy" in document:
        api.policy = json.dumps(document[f"{EXTENSION}policy"])
    if f"{EXTENSION}binary-media-types" in document:
        api.binaryMediaTypes = list(document[f"{EXTENSION}binary-media-types"])
    for kind, response in (document.get(f"{EXTENSION}gateway-responses") or {}).items():
        api.put_gateway_response(
            kind,
            status_code=response.get("statusCode"),
            response_parameters=response.get("responseParameters"),
            response_templates=response.get("responseTemplates"),
        )


def _put_model(api: Any, name: str, schema: Any) -> None:
    api.add_model(
        name=name,
        description="",
        schema=with_model_addresses(schema, api.id),
        content_type="application/json",
    )


def _put_validators(api: Any, document: Mapping[str, Any]) -> dict[str, str]:
    """Create the validators of a document, in place of those of the same names; return the ids."""
    found = document.get(f"{EXTENSION}request-validators") or {}
    for known in [known for known in api.get_request_validators() if known.name in found]:
        del api.request_validators[known.id]
    return {
        name: api.create_request_validator(
            name=name,
            validateRequestBody=validator.get("validateRequestBody"),
            validateRequestParameters=validator.get("validateRequestParameters"),
        ).id
        for name, validator in found.items()
    }


def _set_authorization(
    made: Any,
    document: Mapping[str, Any],
    method: DocumentedMethod,
    authorizers: Mapping[str, Any],
) -> None:
    found = authorization_of(document, method)
    made.authorization_type, made.api_key_required = found.kind, found.needs_key
    made.authorizer_id = authorizers[found.authorizer].id if found.authorizer else None


def _set_validation(
    api: Any,
    made: Any,
    document: Mapping[str, Any],
    method: DocumentedMethod,
    validators: Mapping[str, str],
) -> None:
    made.request_parameters = dict(method.parameters)
    made.request_models = {kind: model_name(method, body) for kind, body in method.bodies.items()}
    for schema in method.bodies.values():
        if model_name(method, schema) not in api.models:
            _put_model(api, model_name(method, schema), schema)
    name = method.extension("request-validator") or document.get(f"{EXTENSION}request-validator")
    made.request_validator_id = validators.get(str(name))


def _put_authorizer(apis: Any, api: Any, members: Mapping[str, Any]) -> Any:
    """Create an authorizer, in place of one of the same name."""
    for known in [known for known in api.authorizers.values() if known.name == members["name"]]:
        del api.authorizers[known.id]
    authorizer = apis.create_authorizer(
        api.id,
        members["name"],
        members["type"],
        auth_type="custom",
        authorizer_uri=members.get("authorizerUri"),
        authorizer_credentials=members.get("authorizerCredentials"),
        identity_source=members["identitySource"],
        authorizer_result_ttl=members.get("authorizerResultTtlInSeconds", DEFAULT_TTL_S),
    )
    authorizer.identity_validation_expression = members.get("identityValidationExpression")
    return authorizer
