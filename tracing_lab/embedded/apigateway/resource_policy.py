"""Resource policies of REST APIs: who may call a method, by the address that they call from.

Nobody signs requests to methods without authorisation, so that what no statement allows is denied;
with IAM authorisation the caller's own policies may allow it, too. Only statements about everybody
are looked at. A policy takes effect with the next deployment.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.iam.policy import Decision, Question, as_list, decide

from .authorization import IAM, access_key
from .model import Exchange, Failure, Refusal, Route

ACTION = "execute-api:Invoke"

Denial = Callable[[str, Question], str | None]
"""Tells why the owner of an access key may not do something; None when it may."""

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


def policy_refusal(exchange: Exchange, route: Route, denial: Denial) -> Refusal | None:
    """Tell why policies do not let a request in, or None.

    Parameters
    ----------
    exchange
        The request.
    route
        The method that serves it.
    denial
        Asks the policies of who has signed a request, for methods with IAM authorisation.
    """
    policy, signed = exchange.stage.policy, route.method.authorization == IAM
    if policy is None and not signed:
        return None
    question = _question(exchange)
    decision = Decision.NOT_ALLOWED if policy is None else decide([policy], question)
    if decision is Decision.ALLOWED:
        return None
    if signed and decision is Decision.NOT_ALLOWED:
        message = denial(access_key(exchange.request), question)
    else:
        resource = question.resource
        message = f"User: anonymous is not authorized to perform: {ACTION} on resource: {resource}"
        message += f" {_REASONS[decision]}"
    return None if message is None else Refusal(Failure.NOT_AUTHORIZED, _masked(message, exchange))


def _question(exchange: Exchange) -> Question:
    request, stage = exchange.request, exchange.stage
    place = f"{stage.api_id}/{stage.stage_name}/{request.method}{request.path}"
    context = {
        "aws:SourceIp": request.source_ip,
        "aws:UserAgent": request.header("User-Agent") or "",
        "aws:Referer": request.header("Referer") or "",
    }
    return Question(ACTION, f"{_api_arn(exchange.region, exchange.account_id)}:{place}", context)


def _masked(message: str, exchange: Exchange) -> str:
    """Show the last digits of the API's account only, as AWS does."""
    account_id = exchange.account_id
    hidden = "*" * (len(account_id) - _SHOWN_DIGITS) + account_id[-_SHOWN_DIGITS:]
    region = exchange.region
    return message.replace(_api_arn(region, account_id), _api_arn(region, hidden))


def _api_arn(region: str, account_id: str) -> str:
    return f"arn:aws:execute-api:{region}:{account_id}"


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
