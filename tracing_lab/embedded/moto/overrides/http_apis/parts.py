"""Routes, integrations and authorizers of HTTP APIs, which moto does not check.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html
"""

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.calling import CallNext, Override, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall

from .checks import check_authorizer, check_integration, check_route
from .finding import api_of, found


def create_route(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateRoute."""
    api = api_of(call)
    check_route(api, call.members, route_id=None)
    return call_next(call)


def update_route(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to UpdateRoute."""
    api, route_id = api_of(call), call.path_members["RouteId"]
    before = found(api.routes, route_id, "Route")
    after = {
        "authorizationType": before.authorization_type,
        "authorizerId": before.authorizer_id,
        **call.members,
    }
    check_route(api, after, route_id=route_id)
    return call_next(call)


def create_integration(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateIntegration."""
    api_of(call)
    check_integration(call.members, is_new=True)
    return call_next(call)


def update_integration(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to UpdateIntegration."""
    integrations = api_of(call).integrations
    before = found(integrations, call.path_members["IntegrationId"], "Integration")
    members = {name: value for name, value in call.members.items() if value is not None}
    if before.integration_subtype:
        members = {
            "integrationSubtype": before.integration_subtype,
            "credentialsArn": before.credentials_arn,
            **members,
            "requestParameters": {
                **(before.request_parameters or {}),
                **members.get("requestParameters", {}),
            },
        }
    check_integration(members, is_new=False)
    return call_next(call)


def create_authorizer(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateAuthorizer."""
    api_of(call)
    check_authorizer(call.members, is_new=True)
    return call_next(call)


def update_authorizer(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to UpdateAuthorizer."""
    before = found(api_of(call).authorizers, call.path_members["AuthorizerId"], "Authorizer")
    after = {
        "authorizerPayloadFormatVersion": before.auth_payload_format_version,
        "enableSimpleResponses": before.enable_simple_response,
        "identitySource": before.identity_source,
        "authorizerResultTtlInSeconds": before.auth_result_ttl,
        **{name: value for name, value in call.members.items() if value is not None},
    }
    check_authorizer(after, is_new=False)
    return call_next(call)


def get_authorizers(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetAuthorizers, which moto lacks."""
    items = [authorizer.to_json() for authorizer in api_of(call).authorizers.values()]
    return json_response(200, {"items": items})


def deleting(parts: str, member: str) -> Override:
    """Return an override that deletes a part of an API, if there is one.

    Parameters
    ----------
    parts
        The attribute of moto's APIs that has the parts.
    member
        The member with the id, for example ``RouteId``.
    """

    def delete(call: ApiCall, call_next: CallNext) -> HttpResponse:
        found(getattr(api_of(call), parts), call.path_members[member], member.removesuffix("Id"))
        response = call_next(call)
        return HttpResponse(204) if succeeded(response) else response

    return delete
