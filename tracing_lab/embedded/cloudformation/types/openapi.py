"""OpenAPI documents, of version 2 (Swagger) or 3, as API Gateway reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

EXTENSION = "x-amazon-apigateway-"
_ANY = f"{EXTENSION}any-method"
_VERBS = frozenset({"delete", "get", "head", "options", "patch", "post", "put", _ANY})


@dataclass(frozen=True)
class OpenApi:
    """A document.

    Parameters
    ----------
    content
        What it says.
    """

    content: Mapping[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """The properties of the API itself that it says."""
        info = self.content.get("info") or {}
        found = {
            "Name": info.get("title"),
            "Description": info.get("description"),
            "ApiKeySourceType": self.content.get(f"{EXTENSION}api-key-source"),
            "BinaryMediaTypes": self.content.get(f"{EXTENSION}binary-media-types"),
            "MinimumCompressionSize": self.content.get(f"{EXTENSION}minimum-compression-size"),
            "Policy": self.content.get(f"{EXTENSION}policy"),
        }
        return {name: value for name, value in found.items() if value is not None}

    @cached_property
    def schemas(self) -> Mapping[str, Any]:
        """The models by name."""
        components = self.content.get("components") or {}
        return components.get("schemas") or self.content.get("definitions") or {}

    @cached_property
    def schemes(self) -> Mapping[str, Any]:
        """The ways to sign in by name."""
        components = self.content.get("components") or {}
        found = components.get("securitySchemes") or self.content.get("securityDefinitions")
        return found or {}

    @property
    def validators(self) -> Mapping[str, Any]:
        """The request validators by name."""
        return self.content.get(f"{EXTENSION}request-validators") or {}

    @property
    def gateway_responses(self) -> Mapping[str, Any]:
        """The gateway responses by type."""
        return self.content.get(f"{EXTENSION}gateway-responses") or {}

    @cached_property
    def authorizers(self) -> Mapping[str, Any]:
        """The authorizers by the name of their scheme, with the members of CreateAuthorizer."""
        return {
            name: _authorizer(scheme)
            for name, scheme in self.schemes.items()
            if f"{EXTENSION}authorizer" in scheme
        }

    @property
    def paths(self) -> Mapping[str, Mapping[str, Any]]:
        """The operations by path and verb, paths sorted."""
        return {
            path: {verb: item for verb, item in verbs.items() if verb.lower() in _VERBS}
            for path, verbs in sorted((self.content.get("paths") or {}).items())
        }

    def responses(self, operation: Mapping[str, Any]) -> dict[str, Any]:
        """Return what PutMethodResponse gets for each status of an operation.

        A status that only the integration responds with is declared, too, with its headers.
        """
        found = {
            str(status): _response(response)
            for status, response in (operation.get("responses") or {}).items()
            if str(status).isdigit()
        }
        integration = operation.get(f"{EXTENSION}integration") or {}
        for response in (integration.get("responses") or {}).values():
            status = str(response["statusCode"])
            declared = found.setdefault(status, {"responseParameters": {}})
            for name in response.get("responseParameters") or {}:
                declared["responseParameters"].setdefault(name, False)
        return found

    def integration(self, operation: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what PutIntegration gets for an operation; None if it has no integration."""
        found = operation.get(f"{EXTENSION}integration")
        if found is None:
            return None
        made = {**found, "type": str(found["type"]).upper()}
        if "httpMethod" in made:
            made["integrationHttpMethod"] = made.pop("httpMethod")
        if "passthroughBehavior" in made:
            made["passthroughBehavior"] = str(made["passthroughBehavior"]).upper()
        return made


def _authorizer(scheme: Mapping[str, Any]) -> dict[str, Any]:
    """Return an authorizer, whose source is the scheme's header unless it says another one."""
    found = dict(scheme[f"{EXTENSION}authorizer"])
    found["type"] = str(found["type"]).upper()
    if "name" in scheme and scheme.get("in") == "header":
        found.setdefault("identitySource", f"method.request.header.{scheme['name']}")
    return found


def _response(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a response's headers and models.

    Examples
    --------
    >>> _response({"headers": {"Allow": {}}})
    {'responseParameters': {'method.response.header.Allow': False}}
    """
    headers = response.get("headers") or {}
    found: dict[str, Any] = {
        "responseParameters": {f"method.response.header.{name}": False for name in headers}
    }
    models = models_of(response.get("content") or {})
    return {**found, "responseModels": models} if models else found


def models_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the model of each media type.

    Examples
    --------
    >>> models_of({"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}})
    {'application/json': 'Order'}
    """
    return {
        kind: item["schema"]["$ref"].rpartition("/")[2]
        for kind, item in content.items()
        if "$ref" in (item.get("schema") or {})
    }
