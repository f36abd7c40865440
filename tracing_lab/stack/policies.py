"""The permissions of the stack's roles: least privilege for each service."""

from typing import Any

from .names import Names
from .references import Text

PUBLISHERS = ("order", "payment", "inventory")
"""The services that put events on the bus."""

_API_LOG_ACTIONS = (
    "CreateLogGroup",
    "CreateLogStream",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "FilterLogEvents",
    "GetLogEvents",
    "PutLogEvents",
)

Document = dict[str, Any]


def trust(service: str) -> Document:
    """Return a trust policy that allows an AWS service to assume a role.

    Parameters
    ----------
    service
        For example ``lambda``.
    """
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )


def function_policy(names: Names, service: str) -> Document:
    """Return a function's policy: write its own log and traces, and publish to its own bus.

    Events can only be published under the service's own source. With dead-letter queues, Lambda
    sends failed events with the function's role.

    Returns
    -------
    dict[str, Any]
        The policy. X-Ray's write actions know no resources, hence the ``*``.
    """
    statements: list[Document] = [
        {
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": Text(names.log_group_arn(service), ":*"),
        },
        {
            "Sid": "WriteTraces",
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": "*",
        },
    ]
    if service in PUBLISHERS:
        publish = _allow("PublishToOwnBus", "events:PutEvents", names.bus_arn)
        only_own = {"StringEquals": {"events:source": f"{service}.service"}}
        statements.append({**publish, "Condition": only_own})
    if names.config.enable_dead_letter_queues:
        queue = names.queue_arn(service)
        statements.append(_allow("KeepOwnDeadLetters", "sqs:SendMessage", queue))
    return _document(*statements)


def api_log_policy() -> Document:
    """Return the policy that allows API Gateway to log for all APIs of the account.

    The actions are those of AWS's managed policy AmazonAPIGatewayPushToCloudWatchLogs; API
    Gateway rejects a role that lacks one of them (API Gateway guide, "Set up CloudWatch logging").
    """
    return _document(
        {
            "Sid": "WriteApiLogs",
            "Effect": "Allow",
            "Action": [f"logs:{action}" for action in _API_LOG_ACTIONS],
            "Resource": "*",
        }
    )


def _allow(sid: str, action: str, resource: str) -> Document:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def _document(*statements: Document) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}
