"""Evaluates resource policies of REST APIs, by the caller's address.

Requests to methods without authorization are unsigned, so that what no statement allows is denied;
with IAM authorization the caller's own policies may allow it, too. Only statements about everybody
are evaluated. A policy takes effect with the next deployment.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.apigateway.integrations.function_calls import method_arn
from tracing_lab.embedded.apigateway.model import Exchange, Failure, GatewayRejection, MethodRoute
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision, as_list, decide

from .authorization import IAM, access_key, condition_values

ACTION = "execute-api:Invoke"

Denial = Callable[[str, AuthorizationRequest], str | None]
"""Returns why an action is denied to the owner of an access key; None if it is allowed."""

_SHORT_FORM = "execute-api:/"
_EVERYBODY = ("*", {"AWS": "*"}, {"AWS": ["*"]})
_SHOWN_DIGITS = 4
_REASONS = {
    Decision.DENIED: "with an explicit deny in a resource-based policy",
    Decision.NOT_ALLOWED: f"because no resource-based policy allows the {ACTION} action",
}


def read_policy(text: str, arn: str) -> Mapping[str, Any] | None:
    """Return an API's policy: its statements about everybody, with full ARNs.

    Parameters
    ----------
    text
        The policy document; empty for an API without a policy.
    arn
        The API's ARN: ``arn:aws:execute-api:region:account:api-id``.

    Returns
    -------
    policy
        None for an API without a policy. An invalid policy denies everything.

    Examples
    --------
    >>> text = '{"Statement": {"Principal": "*", "Resource": "execute-api:/*"}}'
    >>> read_policy(text, "arn:api")["Statement"][0]["Resource"]
    ['arn:api/*']
    >>> read_policy("", "arn:api") is None
    True
    """
    if not text.strip():
        return None
    try:
        statements = as_list(json.loads(text).get("Statement", []))
    except (ValueError, AttributeError):
        statements = []
    about_all = (
        statement
        for statement in statements
        if isinstance(statement, dict) and statement.get("Principal") in _EVERYBODY
    )
    return {"Statement": [_with_whole_arns(statement, arn) for statement in about_all]}


def policy_rejection(
    exchange: Exchange, route: MethodRoute, denial: Denial
) -> GatewayRejection | None:
    """Return why policies reject a request, or None.

    Parameters
    ----------
    exchange
        The request.
    route
        Its method.
    denial
        Evaluates the signer's policies, for methods with IAM authorization.
    """
    policy, signed = exchange.stage.policy, route.method.authorization == IAM
    if policy is None and not signed:
        return None
    authorization = authorization_of(exchange)
    decision = Decision.NOT_ALLOWED if policy is None else decide([policy], authorization)
    if decision is Decision.ALLOWED:
        return None
    if signed and decision is Decision.NOT_ALLOWED:
        message = denial(access_key(exchange.request), authorization)
    else:
        resource = authorization.resource
        message = f"User: anonymous is not authorized to perform: {ACTION} on resource: {resource}"
        message += f" {_REASONS[decision]}"
    return (
        None
        if message is None
        else GatewayRejection(Failure.NOT_AUTHORIZED, _masked(message, exchange))
    )


def authorization_of(exchange: Exchange) -> AuthorizationRequest:
    """Return the authorization request for the method that a request calls."""
    return AuthorizationRequest(ACTION, method_arn(exchange), condition_values(exchange.request))


def _masked(message: str, exchange: Exchange) -> str:
    """Return a message with the last digits of the API's account only, as on AWS."""
    account_id = exchange.account_id
    hidden = "*" * (len(account_id) - _SHOWN_DIGITS) + account_id[-_SHOWN_DIGITS:]
    apis = f":execute-api:{exchange.region}:"
    return message.replace(f"{apis}{account_id}", f"{apis}{hidden}")


def _with_whole_arns(statement: Mapping[str, Any], arn: str) -> dict[str, Any]:
    whole = {
        member: [_whole(str(pattern), arn) for pattern in as_list(statement[member])]
        for member in ("Resource", "NotResource")
        if member in statement
    }
    return {**statement, **whole}


def _whole(resource: str, arn: str) -> str:
    """Return the full ARN of the short form that API Gateway accepts."""
    if resource.startswith(_SHORT_FORM):
        return f"{arn}/{resource.removeprefix(_SHORT_FORM)}"
    return resource
