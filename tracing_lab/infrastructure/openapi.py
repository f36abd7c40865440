"""The REST API's methods as an OpenAPI document, which all three formats can carry.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]
_HEADER = "method.response.header."


def document(title: str, methods: Mapping[str, Mapping[str, Any]]) -> Json:
    """Describe methods as OpenAPI with API Gateway's extensions.

    Parameters
    ----------
    title
        The API's name.
    methods
        Path to HTTP method to integration, as in the stack's description.

    Returns
    -------
    dict[str, Any]
        The document; texts may hold references.

    Examples
    --------
    >>> post = {"Type": "AWS_PROXY", "Uri": "arn:aws:apigateway:..."}
    >>> made = document("shop", {"/orders/{id}": {"POST": post}})
    >>> made["paths"]["/orders/{id}"]["post"]["parameters"][0]["name"]
    'id'
    """
    paths = {
        path: {verb.lower(): _operation(path, one) for verb, one in by_verb.items()}
        for path, by_verb in methods.items()
    }
    return {"openapi": "3.0.1", "info": {"title": title, "version": "1"}, "paths": paths}


def _operation(path: str, integration: Mapping[str, Any]) -> Json:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\+?\}", path)
    ]
    made = _mock(integration) if integration["Type"] == "MOCK" else _proxy(integration)
    return ({"parameters": parameters} if parameters else {}) | made


def _proxy(integration: Mapping[str, Any]) -> Json:
    extension = {
        "type": "aws_proxy",
        "httpMethod": "POST",  # Lambda's Invoke is a POST, whatever the client sent
        "uri": integration["Uri"],
        "passthroughBehavior": "when_no_match",
    }
    answers = {"200": {"description": "What the function answers"}}
    return {"responses": answers, "x-amazon-apigateway-integration": extension}


def _mock(integration: Mapping[str, Any]) -> Json:
    headers = integration["ResponseHeaders"]
    schema = {"schema": {"type": "string"}}
    answer = {"description": "The preflight's answer", "headers": dict.fromkeys(headers, schema)}
    parameters = {_HEADER + name: value for name, value in headers.items()}
    extension = {
        "type": "mock",
        "requestTemplates": dict(integration["RequestTemplates"]),
        "passthroughBehavior": "when_no_match",
        "responses": {"default": {"statusCode": "200", "responseParameters": parameters}},
    }
    return {"responses": {"200": answer}, "x-amazon-apigateway-integration": extension}
