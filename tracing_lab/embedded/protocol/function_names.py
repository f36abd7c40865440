"""The forms in which a call may name a Lambda function."""

import re
from dataclasses import replace
from urllib.parse import quote

from .api_call import ApiCall

_NAME = "FunctionName"
_PREFIX = re.compile(
    r"(?:arn:[^:]+:lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"function:(?P<name>.+)"
)


def with_plain_function(call: ApiCall, *, account_id: str) -> ApiCall:
    """Return a call whose path has its function's name alone, with the qualifier if it has one.

    Lambda accepts a name, an ARN and parts of that; what is behind need not know them.
    Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

    Parameters
    ----------
    call
        Any call; those without a function in their path are returned as they are.
    account_id
        The account; functions of others, and of other regions, keep their form.

    Examples
    --------
    >>> from tracing_lab.embedded.http.messages import HttpRequest
    >>> from .api_call import read_call
    >>> from .signature import SigningScope
    >>> scope = SigningScope("k", "us-east-1", "lambda")
    >>> path = "/2015-03-31/functions/123456789012%3Afunction%3Apay%3Alive/invocations"
    >>> call = with_plain_function(
    ...     read_call(HttpRequest("POST", path), scope), account_id="123456789012"
    ... )
    >>> call.path_members["FunctionName"], call.request.path
    ('pay:live', '/2015-03-31/functions/pay%3Alive/invocations')
    """
    text = call.path_members.get(_NAME) if call.service == "lambda" else None
    match = _PREFIX.fullmatch(text) if text else None
    if text is None or match is None:
        return call
    if match["region"] not in {None, call.region} or match["account"] not in {None, account_id}:
        return call
    before, slash, rest = call.request.path.partition("/functions/")
    _, _, behind = rest.partition("/")
    path = f"{before}{slash}{quote(match['name'], safe='')}" + (f"/{behind}" if behind else "")
    members = {**call.path_members, _NAME: match["name"]}
    return replace(call, request=replace(call.request, path=path), path_members=members)
