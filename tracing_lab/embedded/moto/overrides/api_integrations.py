"""Checks integrations of REST APIs when they are put: mappings, templates, services.

What a template has that is not simulated is rejected here, by name.
Source: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.apigateway.integrations.service_uris import parse_uri
from tracing_lab.embedded.apigateway.mapping.checking import (
    invalid_expression,
    mapping_problem,
    pattern_problem,
    undeclared,
)
from tracing_lab.embedded.apigateway.routing import path_parameter_names
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

BAD_REQUEST = "BadRequestException"

_PROXY_NEEDS_LAMBDA = (
    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
    "invocations."
)
_NOT_FOUND = "NotFoundException"
_NEEDS_ROLE = "Role ARN must be specified for AWS integrations"
_PASSTHROUGH = frozenset({"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"})


def with_valid_integration(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a PutIntegration that API Gateway rejects, or whose mapping is not simulated."""
    members = call.members
    method, path = _method(call)
    check_integration(members, call.region)
    if method is not None:
        declared = {**(method.request_parameters or {}), **dict.fromkeys(_of_path(path))}
        problem = undeclared(members.get("requestParameters") or {}, declared)
        _reject(problem)
    return call_next(call)


def with_valid_response(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a PutIntegrationResponse without a method response, or with an invalid mapping."""
    members, (method, _path) = call.members, _method(call)
    check_response(members)
    if method is not None:
        declared = method.method_responses.get(call.path_members["statusCode"])
        if declared is None:
            message = "Invalid Response status code specified"
            raise ApiError(_NOT_FOUND, message, status=404)
        for name in members.get("responseParameters") or {}:
            if name not in (declared.response_parameters or {}):
                _reject(invalid_expression(name))
    return call_next(call)


def with_transfer_mode(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Show how integrations pass responses on, which moto does not; each buffers them here."""
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    for integration in _integrations(content):
        integration.setdefault("responseTransferMode", "BUFFERED")
    return with_content(response, content)


def check_integration(members: Mapping[str, Any], region: str) -> None:
    """Return if an integration is valid and simulated.

    Raises
    ------
    ApiError
        It is not.
    """
    kind = str(members.get("type", "")).upper()
    passthrough = members.get("passthroughBehavior")
    if passthrough is not None and str(passthrough).upper() not in _PASSTHROUGH:
        _reject(f"Enumeration value of passthroughBehavior must be one of {sorted(_PASSTHROUGH)}")
    _reject(_service_problem(kind, members, region))
    templates = members.get("requestTemplates") or {}
    parameters = members.get("requestParameters") or {}
    _reject(mapping_problem(templates, parameters, "request"))


def check_response(members: Mapping[str, Any]) -> None:
    """Return if an integration response is valid and simulated.

    Raises
    ------
    ApiError
        It is not.
    """
    templates = members.get("responseTemplates") or {}
    parameters = members.get("responseParameters") or {}
    _reject(mapping_problem(templates, parameters, "response"))
    _reject(pattern_problem(members.get("selectionPattern")))


def _service_problem(kind: str, members: Mapping[str, Any], region: str) -> str | None:
    uri = parse_uri(str(members.get("uri") or ""))
    if uri is None or kind not in ("AWS", "AWS_PROXY"):
        return None  # moto rejects what is no URI
    if kind == "AWS_PROXY" and uri.service != "lambda":
        return _PROXY_NEEDS_LAMBDA
    if uri.service != "lambda" and not members.get("credentials"):
        return _NEEDS_ROLE
    if uri.service != "lambda" and uri.region != region:
        return (
            f"apigateway PutIntegration with uri is not simulated: services are those of {region}."
        )
    return None


def _integrations(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the integrations in a response: of an integration, method, resource or list."""
    if "type" in content:
        return [content]
    nested = (
        content.get("methodIntegration"),
        *(content.get("resourceMethods") or {}).values(),
        *(content.get("item") or ()),
    )
    return [found for part in nested if part for found in _integrations(part)]


def _method(call: ApiCall) -> tuple[Any, str]:
    """Return moto's method that a call is about, and its path; None if there is none."""
    names = call.path_members
    api = backend("apigateway", call.region).apis.get(names["restApiId"])
    resource = None if api is None else api.resources.get(names["resourceId"])
    if resource is None:
        return None, ""
    return resource.resource_methods.get(names["httpMethod"]), resource.get_path()


def _of_path(path: str) -> list[str]:
    return [f"method.request.path.{name}" for name in path_parameter_names(path)]


def _reject(problem: str | None) -> None:
    if problem is not None:
        raise ApiError(BAD_REQUEST, problem)
