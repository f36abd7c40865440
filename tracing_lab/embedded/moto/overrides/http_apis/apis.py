"""HTTP APIs: their address, and what a quick create makes, both of which moto lacks.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.apigateway.http_apis.specs import DEFAULT_ROUTE, DEFAULT_STAGE
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import (
    CallNext,
    content_of,
    succeeded,
    with_content,
)
from tracing_lab.embedded.protocol.api_call import ApiCall

from .checks import check_cors, is_route_key
from .deployments import deploy_automatically
from .finding import api_of, reject
from .specs import SERVICE

_MANAGED = (
    "tracing_lab_managed"  # attribute of moto's APIs: integration and route of a quick create
)


def create_api(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateApi; with a target, there are an integration, a route and a stage, too."""
    members = call.members
    _check(members)
    if members.get("target") is None and (members.get("routeKey") or members.get("credentialsArn")):
        reject("RouteKey and CredentialsArn need a Target")
    response = call_next(call)
    if not succeeded(response):
        return response
    api = backend(SERVICE, call.region).apis[content_of(response)["apiId"]]
    if members.get("target"):
        _create_quickly(api, members)
    return json_response(201, shown_api(call, api.to_json()))


def update_api(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to UpdateApi, which may change what a quick create made."""
    api, members = api_of(call), call.members
    _check(members)
    managed = getattr(api, _MANAGED, None)
    wanted = {name: members[name] for name in ("target", "routeKey") if members.get(name)}
    if wanted and managed is None:
        reject("Target and RouteKey can be changed if the API was made with a Target")
    response = call_next(call)
    if succeeded(response) and managed is not None:
        integration, route = managed
        integration.integration_uri = wanted.get("target", integration.integration_uri)
        route.route_key = wanted.get("routeKey", route.route_key)
    return with_address(call, lambda _call: response)


def delete_api(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to DeleteApi."""
    api_of(call)
    response = call_next(call)
    return HttpResponse(204) if succeeded(response) else response


def with_address(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Show the address by which the API can be called on this server."""
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    if "items" in content:
        shown = [shown_api(call, api) for api in content["items"]]
        return with_content(response, {**content, "items": shown})
    return with_content(response, shown_api(call, content))


def shown_api(call: ApiCall, api: Mapping[str, Any]) -> dict[str, Any]:
    """Return an API with its address as the caller reaches this server.

    It is a path, because hosts below ``localhost`` are not resolved everywhere. Stages and paths
    are appended to it, as on AWS.
    """
    host = call.request.header("Host") or "127.0.0.1"
    return {**api, "apiEndpoint": f"http://{host}/_aws/execute-api/{api['apiId']}"}


def _check(members: Mapping[str, Any]) -> None:
    check_cors(members.get("corsConfiguration"))
    key = members.get("routeKey")
    if key is not None and not is_route_key(key):
        reject(f"RouteKey {key!r} is not formatted properly")


def _create_quickly(api: Any, members: Mapping[str, Any]) -> None:
    integration = api.create_integration(
        connection_type="INTERNET",
        description=None,
        integration_method="POST",
        integration_type="AWS_PROXY",
        integration_uri=members["target"],
        credentials_arn=members.get("credentialsArn"),
        payload_format_version="2.0",
    )
    route = api.create_route(
        api_key_required=False,
        authorization_scopes=None,
        authorization_type="NONE",
        route_key=members.get("routeKey") or DEFAULT_ROUTE,
        target=f"integrations/{integration.id}",
    )
    stage = api.create_stage({"stageName": DEFAULT_STAGE, "autoDeploy": True})
    stage.managed = True
    setattr(api, _MANAGED, (integration, route))
    deploy_automatically(api)
