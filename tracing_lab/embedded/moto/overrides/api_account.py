"""API Gateway accepts a log role for the account only if it can log with it; moto accepts any.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.iam.policy import AuthorizationRequest, Decision, decide
from tracing_lab.embedded.moto.calling import CallNext, patch_operations
from tracing_lab.embedded.moto.granting.roles import assumable, role_policies
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

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
_CODE = "BadRequestException"
_MESSAGE = (
    "The role ARN does not have required permissions configured. Please grant trust permission "
    "for API Gateway and add the required role policy."
)


def update_account(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject an UpdateAccount whose role could not log."""
    roles = [
        operation.get("value")
        for operation in patch_operations(call)
        if operation.get("path") == _PATH
    ]
    if all(may_log(str(arn)) for arn in roles if arn):
        return call_next(call)
    raise ApiError(_CODE, _MESSAGE)


def may_log(role_arn: str) -> bool:
    """Return whether API Gateway can log with a role."""
    try:
        documents = role_policies(role_arn)
    except KeyError:
        return False
    allowed = all(
        decide(documents, AuthorizationRequest(action)) is Decision.ALLOWED for action in _ACTIONS
    )
    return allowed and assumable(role_arn, _SERVICE)
