"""What PutMethod gets for an operation of an OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from .model import Members
from .openapi import EXTENSION, OpenApi, models_of

_PLACES = {"header": "header", "path": "path", "query": "querystring"}
_SIGNED = "awsSigv4"


def verb_of(name: str) -> str:
    """Return a method's verb.

    Examples
    --------
    >>> verb_of("get"), verb_of("x-amazon-apigateway-any-method")
    ('GET', 'ANY')
    """
    return "ANY" if name.startswith(EXTENSION) else name.upper()


def method_members(
    operation: Mapping[str, Any], document: OpenApi, ids: Mapping[str, Mapping[str, Any]]
) -> Members:
    """Return the members of PutMethod but those that name the method.

    Parameters
    ----------
    operation
        The operation.
    document
        Its document.
    ids
        Validators and authorizers that were made, by name.
    """
    found: Members = {"authorizationType": "NONE", **_security(operation, document, ids)}
    parameters, models = _parameters(operation), _models(operation, document)
    validator = operation.get(
        f"{EXTENSION}request-validator", document.content.get(f"{EXTENSION}request-validator")
    )
    if parameters:
        found["requestParameters"] = parameters
    if models:
        found["requestModels"] = models
    if validator in ids["validators"]:
        found["requestValidatorId"] = ids["validators"][validator]
    if "operationId" in operation:
        found["operationName"] = operation["operationId"]
    return found


def _parameters(operation: Mapping[str, Any]) -> dict[str, bool]:
    return {
        f"method.request.{_PLACES[item['in']]}.{item['name']}": bool(item.get("required"))
        for item in operation.get("parameters") or []
        if item.get("in") in _PLACES
    }


def _models(operation: Mapping[str, Any], document: OpenApi) -> dict[str, str]:
    content = (operation.get("requestBody") or {}).get("content") or {}
    kinds = operation.get("consumes") or document.content.get("consumes") or ["application/json"]
    bodies = [item for item in operation.get("parameters") or [] if item.get("in") == "body"]
    return models_of({**{kind: bodies[0] for kind in kinds if bodies}, **content})


def _security(
    operation: Mapping[str, Any], document: OpenApi, ids: Mapping[str, Mapping[str, Any]]
) -> Members:
    found: Members = {}
    if (operation.get(f"{EXTENSION}auth") or {}).get("type") == "AWS_IAM":
        found["authorizationType"] = "AWS_IAM"
    needed = operation.get("security", document.content.get("security")) or []
    for name in (name for item in needed for name in item):
        scheme = document.schemes.get(name) or {}
        if name in ids["authorizers"]:
            found |= ids["authorizers"][name]
        elif scheme.get(f"{EXTENSION}authtype") == _SIGNED:
            found["authorizationType"] = "AWS_IAM"
        elif str(scheme.get("name", "")).lower() == "x-api-key":
            found["apiKeyRequired"] = True
    return found
