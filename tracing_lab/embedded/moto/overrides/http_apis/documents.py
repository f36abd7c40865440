"""Reads the operations of OpenAPI documents with API Gateway's extensions. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.embedded.apigateway.http_apis.routing import METHODS
from tracing_lab.embedded.apigateway.http_apis.specs import DEFAULT_ROUTE
from tracing_lab.embedded.moto.api_documents import ANY_METHOD, EXTENSION

from .finding import reject

_INTEGRATION = f"{EXTENSION}integration"
_SHARED = "#/components/x-amazon-apigateway-integrations/"
_IAM = "awsSigv4"


@dataclass(frozen=True)
class ImportedRoute:
    """A route of a document: its integration has the members of CreateIntegration."""

    key: str
    integration: Mapping[str, Any] | None = None
    security: str | None = None  # the name of an authorizer, or "AWS_IAM"
    name: str | None = None


def operations_of(document: Mapping[str, Any]) -> Iterator[ImportedRoute]:
    """Yield the operations of a document.

    Examples
    --------
    >>> integration = {"type": "aws_proxy", "uri": "arn:f", "payloadFormatVersion": "2.0"}
    >>> method = {"x-amazon-apigateway-integration": integration}
    >>> [operation] = operations_of({"paths": {"/orders": {"get": method}}})
    >>> operation.key, operation.integration["integrationUri"]
    ('GET /orders', 'arn:f')
    """
    for path, item in (document.get("paths") or {}).items():
        for method, operation in (item or {}).items():
            key = _key(path, method)
            if key is not None:
                yield ImportedRoute(
                    key,
                    _integration(document, operation.get(_INTEGRATION)),
                    _security(document, operation),
                    operation.get("operationId"),
                )


def security_of(operation: ImportedRoute, authorizers: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the authorization type of an operation, and the id of its authorizer.

    Examples
    --------
    >>> security_of(ImportedRoute("$default", security="a"), {"a": "id1"})
    ('CUSTOM', 'id1')
    """
    authorizer_id = authorizers.get(operation.security or "")
    return ("CUSTOM", authorizer_id) if authorizer_id else (operation.security or "NONE", None)


def _key(path: str, method: str) -> str | None:
    """Return a route key; None for what is no method, such as ``parameters``."""
    verb = "ANY" if method == ANY_METHOD else method.upper()
    if verb not in METHODS:
        return None
    return DEFAULT_ROUTE if path.lstrip("/") == DEFAULT_ROUTE else f"{verb} {path}"


def _integration(document: Mapping[str, Any], found: Any) -> Mapping[str, Any] | None:
    if found is None:
        return None
    reference = str(found.get("$ref", ""))
    if reference.startswith(_SHARED):
        shared = (document.get("components") or {}).get(f"{EXTENSION}integrations") or {}
        found = shared.get(reference.removeprefix(_SHARED)) or {}
    if str(found.get("type", "")).upper() != "AWS_PROXY" or "integrationSubtype" in found:
        reject(f"Integration type {found.get('type')} is not simulated: only Lambda is called")
    return {**found, "integrationUri": found.get("uri")}


def _security(document: Mapping[str, Any], operation: Mapping[str, Any]) -> str | None:
    wanted = operation.get("security", document.get("security")) or []
    names = [name for requirement in wanted for name in requirement]
    if not names:
        return None
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    scheme = schemes.get(names[0]) or {}
    return "AWS_IAM" if scheme.get(f"{EXTENSION}authtype") == _IAM else str(names[0])
