"""The methods of a REST API, compared and changed as one nested mapping.

Single calls are used instead of an OpenAPI import because they change exactly what differs, and
because imports of mock integrations differ between AWS and its emulators.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.aws.gateway import Gateway

Methods = Mapping[str, Mapping[str, Any]]
_HEADER = "method.response.header."
# The members that are compared, with what AWS returns where nobody has set them. The others are
# part of the description anyway or without effect; one that AWS adds later is no difference.
_METHOD_DEFAULTS: Mapping[str, Any] = {
    "apiKeyRequired": False,
    "authorizationScopes": [],
    "authorizationType": "NONE",
    "authorizerId": None,
    "operationName": None,
    "requestModels": {},
    "requestParameters": {},
    "requestValidatorId": None,
}
_INTEGRATION_DEFAULTS: Mapping[str, Any] = {
    "cacheKeyParameters": [],
    "connectionId": None,
    "connectionType": "INTERNET",
    "contentHandling": None,
    "credentials": None,
    "httpMethod": "POST",
    "integrationTarget": None,
    "passthroughBehavior": "WHEN_NO_MATCH",
    "requestParameters": {},
    "responseTransferMode": "BUFFERED",
    "timeoutInMillis": 29000,
    "tlsConfig": {"insecureSkipVerification": False},
}


def observed_methods(
    api_resources: Iterable[Mapping[str, Any]], validators: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return an API's methods in the form of the wanted ones.

    Parameters
    ----------
    api_resources
        What GetResources returns with methods embedded.
    validators
        Ids of the API's request validators by name.

    Returns
    -------
    dict[str, dict[str, Any]]
        Integration and validation by path and HTTP method; only paths that have methods.
    """
    names = {id_: name for name, id_ in validators.items()}
    return {
        item["path"]: {
            method: _method(settings, names) for method, settings in item["resourceMethods"].items()
        }
        for item in api_resources
        if item.get("resourceMethods")
    }


def sync_methods(
    gateway: Gateway, api_id: str, wanted: Methods, validators: Mapping[str, str]
) -> None:
    """Create, update and delete an API's methods so that they are as wanted."""
    api_resources = gateway.resources(api_id)
    present = observed_methods(api_resources, validators)
    ids = {item["path"]: item["id"] for item in api_resources}
    for path, methods in present.items():
        for method, integration in methods.items():
            if wanted.get(path, {}).get(method) != integration:
                gateway.delete_method(api_id, ids[path], method)
    for path, wanted_methods in wanted.items():
        resource_id = _ensure_path(gateway, api_id, path, ids)
        for method, integration in wanted_methods.items():
            if present.get(path, {}).get(method) != integration:
                settings = _method_settings(integration, validators)
                gateway.put_method(api_id, resource_id, method, **settings)
                _put_integration(gateway, api_id, resource_id, method, integration)


def _ensure_path(gateway: Gateway, api_id: str, path: str, ids: dict[str, str]) -> str:
    """Create a path's resource and its parents where they are missing."""
    if path not in ids:
        above, _, part = path.rpartition("/")
        parent = _ensure_path(gateway, api_id, above or "/", ids)
        ids[path] = gateway.create_resource(api_id, parent_id=parent, path_part=part)
    return ids[path]


def _method_settings(wanted: Mapping[str, Any], validators: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "ApiKeyRequired" in wanted:
        found["apiKeyRequired"] = wanted["ApiKeyRequired"]
    if "RequestModels" in wanted:
        found["requestModels"] = wanted["RequestModels"]
    if "RequestValidator" in wanted:
        found["requestValidatorId"] = validators[wanted["RequestValidator"]]
    return found


def _put_integration(
    gateway: Gateway, api_id: str, resource_id: str, method: str, integration: Mapping[str, Any]
) -> None:
    if integration["Type"] == "MOCK":
        gateway.put_mock_integration(
            api_id,
            resource_id,
            method,
            request_templates=integration["RequestTemplates"],
            headers=integration["ResponseHeaders"],
        )
    elif integration["Type"] == "AWS":
        gateway.put_custom_integration(
            api_id,
            resource_id,
            method,
            uri=integration["Uri"],
            parameters=integration["RequestParameters"],
            statuses=integration["Answers"],
        )
    else:
        gateway.put_proxy_integration(api_id, resource_id, method, uri=integration["Uri"])


def _method(found: Mapping[str, Any], validator_names: Mapping[str, str]) -> dict[str, Any]:
    integration = found.get("methodIntegration", {})
    described = {
        **_unusual(found, _METHOD_DEFAULTS),
        **_unusual(integration, _INTEGRATION_DEFAULTS),
        **_integration(integration),
    }
    validator_id = described.pop("RequestValidatorId", None)
    if validator_id is not None:
        described["RequestValidator"] = validator_names.get(validator_id, validator_id)
    return described


def _integration(found: Mapping[str, Any]) -> dict[str, Any]:
    if found.get("type") != "MOCK":
        own = {"Type": found.get("type"), "Uri": found.get("uri")}
        answered = {"Answers": sorted(found.get("integrationResponses", {}))}
        return {**answered, **own} if found.get("type") == "AWS" else own
    answers = dict(found.get("integrationResponses", {}))
    headers = answers.pop("200", {}).get("responseParameters") or {}
    return {
        **({"OtherAnswers": sorted(answers)} if answers else {}),
        "RequestTemplates": found.get("requestTemplates") or {},
        "ResponseHeaders": {key.removeprefix(_HEADER): value for key, value in headers.items()},
        "Type": "MOCK",
    }


def _unusual(found: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the known settings whose values are not API Gateway's defaults."""
    unusual = {}
    for key, default in defaults.items():
        value = found.get(key)
        if default and isinstance(default, Mapping):
            value = _unusual(value or {}, default)
        if value and value != default:
            unusual[key[0].upper() + key[1:]] = value
    return unusual
