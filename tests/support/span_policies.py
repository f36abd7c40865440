"""The resource policy of CloudWatch Logs with which X-Ray may write spans."""

import json
from typing import Any

GROUPS = ("aws/spans", "/aws/application-signals/data")


def span_policy(region: str, account_id: str = "123456789012", **changes: Any) -> str:
    """Return the policy of AWS's guide.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Enable-TransactionSearch.html
    """
    statement = {
        "Sid": "TransactionSearchXRayAccess",
        "Effect": "Allow",
        "Principal": {"Service": "xray.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": [f"arn:aws:logs:{region}:{account_id}:log-group:{name}:*" for name in GROUPS],
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:xray:{region}:{account_id}:*"},
            "StringEquals": {"aws:SourceAccount": account_id},
        },
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})


def turn_on_transaction_search(xray: Any, logs: Any) -> None:
    """Allow X-Ray to write spans to CloudWatch Logs, and turn it on."""
    policy = span_policy(logs.meta.region_name)
    logs.put_resource_policy(policyName="spans", policyDocument=policy)
    xray.update_trace_segment_destination(Destination="CloudWatchLogs")
