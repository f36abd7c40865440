"""API Gateway takes a log role for the account only if it could log with it; moto takes any.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import json
from collections.abc import Callable

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.iam.policy import Decision, Question, decide
from tracing_lab.embedded.moto.roles import assumable, role_policies

_PATH = "/cloudwatchRoleArn"
_SERVICE = "apigateway.amazonaws.com"
_ACTIONS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)
_MESSAGE = (
    "The role ARN does not have required permissions configured. Please grant trust permission "
    "for API Gateway and add the required role policy."
)

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_account(request: HttpRequest) -> bool:
    """Tell whether a call is API Gateway's UpdateAccount."""
    return request.method == "PATCH" and request.path == "/account"


def answer_account(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:  # noqa: ARG001 - roles have no region
    """Answer UpdateAccount.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    if all(may_log(arn) for arn in _wanted_roles(request)):
        return answer(request)
    return error_response(400, "BadRequestException", _MESSAGE)


def may_log(role_arn: str) -> bool:
    """Tell whether API Gateway could log with a role."""
    try:
        documents = role_policies(role_arn)
    except KeyError:
        return False
    allowed = all(decide(documents, Question(one)) is Decision.ALLOWED for one in _ACTIONS)
    return allowed and assumable(role_arn, _SERVICE)


def _wanted_roles(request: HttpRequest) -> list[str]:
    """Find the roles that a call would set; what is malformed is for moto to refuse."""
    try:
        operations = json.loads(request.body).get("patchOperations") or []
        return [one["value"] for one in operations if one["path"] == _PATH and one.get("value")]
    except (ValueError, AttributeError, KeyError, TypeError):
        return []
