"""The AWS services that HTTP APIs call themselves, by subtype of integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from collections.abc import Mapping
from typing import NamedTuple


class Subtype(NamedTuple):
    """An operation of a service, with the parameters that it has to have and may have."""

    service: str
    operation: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


SUBTYPES: Mapping[str, Subtype] = {
    "EventBridge-PutEvents": Subtype(
        "events",
        "PutEvents",
        ("Detail", "DetailType", "Source"),
        ("EventBusName", "Resources", "Time", "TraceHeader"),
    ),
    "SQS-DeleteMessage": Subtype("sqs", "DeleteMessage", ("QueueUrl", "ReceiptHandle")),
    "SQS-PurgeQueue": Subtype("sqs", "PurgeQueue", ("QueueUrl",)),
    "SQS-SendMessage": Subtype(
        "sqs",
        "SendMessage",
        ("MessageBody", "QueueUrl"),
        (
            "DelaySeconds",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageSystemAttributes",
        ),
    ),
}
"""Those that are simulated."""
