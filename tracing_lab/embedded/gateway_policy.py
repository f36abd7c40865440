"""Resource policies of REST APIs: who may call a method, by the address that they call from.

Nobody signs requests to methods without authorisation, so that what no statement allows is denied;
with IAM authorisation the caller's own policies may allow it, too. Only statements about everybody
are looked at. A policy takes effect with the next deployment.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

import json
from collections.abc import Mapping
from typing import Any

from .gateway_authorization import IAM
from .gateway_model import Exchange, Failure, Refusal, Route
from .iam_policy import Decision, Question, as_list, decide

ACTION = "execute-api:Invoke"

_SHORT_FORM = "execute-api:/"
_EVERYBODY = ("*", {"AWS": "*"}, {"AWS": ["*"]})
_SHOWN_DIGITS = 4
_REASONS = {
    Decision.DENIED: "with an explicit deny in a resource-based policy",
    Decision.NOT_ALLOWED: f"because no resource-based policy allows the {ACTION} action",
}


def read_policy(text: str, arn: str) -> Mapping[str, Any] | None:
    """Read an API's policy: its statements about everybody, with whole ARNs.

    Parameters
    ----------
    text
        The policy document; an API that has none has an empty text.
    arn
        Of the API: ``arn:aws:execute-api:region:account:api-id``.

    Returns
    -------
    policy
        None for an API without a policy. What is no policy denies everything.

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
        one for one in statements if isinstance(one, dict) and one.get("Principal") in _EVERYBODY
    )
    return {"Statement": [_with_whole_arns(one, arn) for one in about_all]}


def policy_refusal(exchange: Exchange, route: Route) -> Refusal | None:
    """Tell why the API's policy does not let a request in, or None.

    Parameters
    ----------
    exchange
        The request.
    route
        The method that serves it.
    """
    policy = exchange.stage.policy
    if policy is None:
        return None
    request = exchange.request
    place = f"{exchange.stage.api_id}/{exchange.stage.stage_name}/{request.method}{request.path}"
    context = {
        "aws:SourceIp": request.source_ip,
        "aws:UserAgent": request.header("User-Agent") or "",
        "aws:Referer": request.header("Referer") or "",
    }
    account_id = exchange.account_id
    resource = f"arn:aws:execute-api:{exchange.region}:{account_id}:{place}"
    decision = decide([policy], Question(ACTION, resource, context))
    reason = _REASONS.get(decision)
    signed = route.method.authorization == IAM  # then the caller's own policies may allow it
    if reason is None or (signed and decision is Decision.NOT_ALLOWED):
        return None
    hidden = "*" * (len(account_id) - _SHOWN_DIGITS) + account_id[-_SHOWN_DIGITS:]
    shown = f"arn:aws:execute-api:{exchange.region}:{hidden}:{place}"
    message = (
        f"User: anonymous is not authorized to perform: {ACTION} on resource: {shown} {reason}"
    )
    return Refusal(Failure.NOT_AUTHORIZED, message)


def _with_whole_arns(statement: Mapping[str, Any], arn: str) -> dict[str, Any]:
    whole = {
        member: [_whole(str(one), arn) for one in as_list(statement[member])]
        for member in ("Resource", "NotResource")
        if member in statement
    }
    return {**statement, **whole}


def _whole(resource: str, arn: str) -> str:
    """Write out the short form that API Gateway accepts."""
    if resource.startswith(_SHORT_FORM):
        return f"{arn}/{resource.removeprefix(_SHORT_FORM)}"
    return resource
