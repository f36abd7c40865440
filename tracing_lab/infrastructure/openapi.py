"""The REST API as an OpenAPI document, which all three formats embed.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
_EXTENSION = "x-amazon-apigateway-"
_HEADER = "method.response.header."
_KEY_SCHEME = "api_key"


def document(wanted: Mapping[str, Any]) -> Json:
    """Return an API as OpenAPI with API Gateway's extensions.

    Parameters
    ----------
    wanted
        The API's properties in the stack's description: name, methods, models, validators.

    Returns
    -------
    dict[str, Any]
        The document; strings may hold references.

    Examples
    --------
    >>> post = {"Type": "AWS_PROXY", "Uri": "arn:aws:apigateway:...", "ApiKeyRequired": True}
    >>> made = document({"Name": "shop", "Methods": {"/orders/{id}": {"POST": post}}})
    >>> operation = made["paths"]["/orders/{id}"]["post"]
    >>> operation["parameters"][0]["name"], operation["security"]
    ('id', [{'api_key': []}])
    """
    paths = {
        path: {verb.lower(): _operation(path, method) for verb, method in by_verb.items()}
        for path, by_verb in wanted["Methods"].items()
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": wanted["Name"], "version": "1"},
        **_components(wanted),
        **_validators(wanted),
        "paths": paths,
    }


def _components(wanted: Mapping[str, Any]) -> Json:
    methods = [method for by_verb in wanted["Methods"].values() for method in by_verb.values()]
    found: Json = {}
    if any(method.get("ApiKeyRequired") for method in methods):
        scheme = {"type": "apiKey", "name": "x-api-key", "in": "header"}
        found["securitySchemes"] = {_KEY_SCHEME: scheme}
    if wanted.get("Models"):
        # OpenAPI itself determines the draft of JSON Schema.
        found["schemas"] = {
            name: {key: value for key, value in schema.items() if key != "$schema"}
            for name, schema in wanted["Models"].items()
        }
    return {"components": found} if found else {}


def _validators(wanted: Mapping[str, Any]) -> Json:
    validators = {
        name: {key[0].lower() + key[1:]: value for key, value in checks.items()}
        for name, checks in wanted.get("Validators", {}).items()
    }
    return {_EXTENSION + "request-validators": validators} if validators else {}


def _operation(path: str, method: Mapping[str, Any]) -> Json:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\+?\}", path)
    ]
    made = _mock(method) if method["Type"] == "MOCK" else _proxy(method)
    return {**({"parameters": parameters} if parameters else {}), **_demands(method), **made}


def _demands(method: Mapping[str, Any]) -> Json:
    """Return what a method requires of a request."""
    found: Json = {}
    if method.get("ApiKeyRequired"):
        found["security"] = [{_KEY_SCHEME: []}]
    if "RequestModels" in method:
        content = {
            kind: {"schema": {"$ref": f"#/components/schemas/{model}"}}
            for kind, model in method["RequestModels"].items()
        }
        found["requestBody"] = {"required": True, "content": content}
    if "RequestValidator" in method:
        found[_EXTENSION + "request-validator"] = method["RequestValidator"]
    return found


def _proxy(method: Mapping[str, Any]) -> Json:
    extension = {
        "type": "aws_proxy",
        "httpMethod": "POST",  # Lambda's Invoke is a POST, whatever the client sent
        "uri": method["Uri"],
        "passthroughBehavior": "when_no_match",
    }
    answers = {"200": {"description": "What the function answers"}}
    return {"responses": answers, _EXTENSION + "integration": extension}


def _mock(method: Mapping[str, Any]) -> Json:
    headers = method["ResponseHeaders"]
    schema = {"schema": {"type": "string"}}
    answer = {"description": "The preflight's answer", "headers": dict.fromkeys(headers, schema)}
    parameters = {_HEADER + name: value for name, value in headers.items()}
    extension = {
        "type": "mock",
        "requestTemplates": dict(method["RequestTemplates"]),
        "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200", "responseParameters": parameters}},
    }
    return {"responses": {"200": answer}, _EXTENSION + "integration": extension}
