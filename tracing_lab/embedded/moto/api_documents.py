"""Reads OpenAPI 3 and Swagger 2 documents with API Gateway's extensions. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

EXTENSION = "x-amazon-apigateway-"
ANY_METHOD = f"{EXTENSION}any-method"

_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "any")
_PARAMETERS = "parameters"
_PLACES = {"header": "header", "path": "path", "query": "querystring"}
_REFERENCE = re.compile(r'"#/(?:definitions|components/schemas)/([^"/]+)"')
_JSON = "application/json"


@dataclass(frozen=True)
class DocumentedMethod:
    """A method of a document.

    Parameters
    ----------
    path, verb
        Where it is; the verb in capitals, also ``ANY``.
    content
        What the document says about it.
    parameters
        The request's parameters, as ``method.request.header.X``, and whether they are required.
    bodies
        The schemas of bodies by content type.
    """

    path: str
    verb: str
    content: Mapping[str, Any]
    parameters: Mapping[str, bool] = field(default_factory=dict)
    bodies: Mapping[str, Any] = field(default_factory=dict)

    def extension(self, name: str) -> Any:
        """Return what an extension of API Gateway has; None without it."""
        return self.content.get(f"{EXTENSION}{name}")


@dataclass(frozen=True)
class MethodAuthorization:
    """Who may call a method.

    Parameters
    ----------
    kind
        ``NONE``, ``AWS_IAM`` or ``CUSTOM``.
    authorizer
        The name of the authorizer's scheme.
    needs_key
        Whether an API key is required.
    """

    kind: str = "NONE"
    authorizer: str | None = None
    needs_key: bool = False


def openapi(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as moto imports it: OpenAPI 3, described, with only methods in its paths.

    Examples
    --------
    >>> paths = {"/a": {"parameters": [], "x-amazon-apigateway-any-method": {}}}
    >>> openapi({"swagger": "2.0", "info": {"title": "t"}, "paths": paths})["paths"]
    {'/a': {'any': {}}}
    """
    info = document.get("info")
    paths = {
        path: {
            ("any" if name == ANY_METHOD else name.lower()): _with_integration(method)
            for name, method in methods.items()
            if (name == ANY_METHOD or name.lower() in _VERBS) and isinstance(method, dict)
        }
        for path, methods in document["paths"].items()
        if isinstance(methods, dict)
    }
    kept = {name: value for name, value in document.items() if name != "swagger"}
    version = {"openapi": "3.0.1"} if "swagger" in document else {}
    described = {"description": "", **info} if isinstance(info, dict) else info
    return {**kept, **version, "info": described, "paths": paths}


def _with_integration(method: dict[str, Any]) -> dict[str, Any]:
    """Return a method whose integration has all that moto's import needs; mocks have no URI."""
    found = method.get(f"{EXTENSION}integration")
    if not isinstance(found, dict):
        return method
    kind = str(found.get("type", "")).upper()
    empty = {"uri": "", "httpMethod": "POST"} if kind == "MOCK" else {}
    return {**method, f"{EXTENSION}integration": {**empty, **found, "type": kind}}


def methods_of(document: Mapping[str, Any]) -> Iterator[DocumentedMethod]:
    """Yield the methods of a document."""
    for path, methods in document["paths"].items():
        shared = _dicts(methods.get(_PARAMETERS)) if isinstance(methods, dict) else []
        for name, content in methods.items() if isinstance(methods, dict) else ():
            if not isinstance(content, dict) or (name != ANY_METHOD and name.lower() not in _VERBS):
                continue
            parameters = [*shared, *_dicts(content.get(_PARAMETERS))]
            verb = "ANY" if name == ANY_METHOD else name.upper()
            bodies = _bodies(document, content, parameters)
            yield DocumentedMethod(path, verb, content, _required(parameters), bodies)


def schemas_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of a document by name."""
    return {**_dict(document.get("definitions")), **_component(document, "schemas")}


def schemes_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the security schemes of a document by name."""
    older = _dict(document.get("securityDefinitions"))
    return {**older, **_component(document, "securitySchemes")}


def authorizers_of(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the authorizers of a document, as members of CreateAuthorizer, by their schemes."""
    for name, scheme in schemes_of(document).items():
        found = scheme.get(f"{EXTENSION}authorizer") if isinstance(scheme, dict) else None
        if isinstance(found, dict):
            source = found.get("identitySource") or f"method.request.header.{scheme.get('name')}"
            kind = str(found.get("type", "")).upper()
            yield name, {**found, "name": name, "type": kind, "identitySource": source}


def authorization_of(document: Mapping[str, Any], method: DocumentedMethod) -> MethodAuthorization:
    """Return who may call a method: by its own requirements, or else by the document's."""
    own = str(_dict(method.extension("auth")).get("type", "NONE")).upper()
    found, schemes = MethodAuthorization(own), schemes_of(document)
    for needed in _dicts(method.content.get("security", document.get("security"))):
        for name in needed:
            found = _with_scheme(found, name, _dict(schemes.get(name)))
    return found


def with_model_addresses(schema: Any, api_id: str) -> str:
    """Return a schema as text, its references as addresses of an API's models.

    Examples
    --------
    >>> with_model_addresses({"$ref": "#/definitions/Order"}, "a1")
    '{"$ref": "https://apigateway.amazonaws.com/restapis/a1/models/Order"}'
    """
    address = f"https://apigateway.amazonaws.com/restapis/{api_id}/models"
    return _REFERENCE.sub(lambda match: f'"{address}/{match[1]}"', json.dumps(schema))


def model_name(method: DocumentedMethod, schema: Any) -> str:
    """Return the name of a body's model: that which it refers to, or one after its method.

    Examples
    --------
    >>> model_name(DocumentedMethod("/a/{b}", "POST", {}), {"$ref": "#/definitions/Order"})
    'Order'
    >>> model_name(DocumentedMethod("/a/{b}", "POST", {}), {"type": "object"})
    'abPOSTBody'
    """
    found = _REFERENCE.fullmatch(json.dumps(_dict(schema).get("$ref")))
    return found[1] if found else re.sub(r"\W", "", f"{method.path}{method.verb}Body")


def _with_scheme(
    found: MethodAuthorization, name: str, scheme: Mapping[str, Any]
) -> MethodAuthorization:
    if isinstance(scheme.get(f"{EXTENSION}authorizer"), dict):
        return MethodAuthorization("CUSTOM", name, found.needs_key)
    if str(scheme.get(f"{EXTENSION}authtype", "")).lower() == "awssigv4":
        return MethodAuthorization("AWS_IAM", None, found.needs_key)
    if str(scheme.get("name", "")).lower() == "x-api-key":
        return MethodAuthorization(found.kind, found.authorizer, needs_key=True)
    return found


def _required(parameters: list[dict[str, Any]]) -> dict[str, bool]:
    return {
        f"method.request.{_PLACES[parameter['in']]}.{parameter.get('name')}": parameter.get(
            "required"
        )
        is True
        for parameter in parameters
        if str(parameter.get("in")) in _PLACES
    }


def _bodies(
    document: Mapping[str, Any], content: Mapping[str, Any], parameters: list[dict[str, Any]]
) -> dict[str, Any]:
    older = [body["schema"] for body in parameters if body.get("in") == "body" and "schema" in body]
    kinds = content.get("consumes") or document.get("consumes") or [_JSON]
    found = {str(kind): schema for schema in older for kind in kinds}
    media = _dict(_dict(content.get("requestBody")).get("content"))
    return found | {kind: body["schema"] for kind, body in media.items() if "schema" in _dict(body)}


def _component(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    return _dict(_dict(document.get("components")).get(name))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
