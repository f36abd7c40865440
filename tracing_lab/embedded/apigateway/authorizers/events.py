"""The events of authorizers' functions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
"""

from typing import Any

from tracing_lab.embedded.apigateway.model import Exchange, MethodRoute
from tracing_lab.embedded.apigateway.proxy_events import proxy_event
from tracing_lab.embedded.model import AuthorizerSpec

from .identity import TOKEN

_MAPS = (
    "headers",
    "multiValueHeaders",
    "queryStringParameters",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
)


def authorizer_event(
    authorizer: AuthorizerSpec,
    exchange: Exchange,
    route: MethodRoute,
    *,
    method_arn: str,
    identity: tuple[str, ...],
) -> dict[str, Any]:
    """Return the event of an authorizer's function.

    Parameters
    ----------
    authorizer, exchange, route
        Whose function, for which request, of which method.
    method_arn
        The ARN of the method that is called.
    identity
        The values of the identity sources.
    """
    if authorizer.kind == TOKEN:
        return {
            "type": TOKEN,
            "methodArn": method_arn,
            "authorizationToken": identity[0] if identity else "",
        }
    event = proxy_event(exchange, route)
    return {
        "type": authorizer.kind,
        "methodArn": method_arn,
        **{name: event[name] for name in ("resource", "path", "httpMethod")},
        **{name: event[name] or {} for name in _MAPS},
        "requestContext": event["requestContext"],
    }
