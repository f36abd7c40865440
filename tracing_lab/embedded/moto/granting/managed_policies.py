"""AWS's own managed policies, such as AWSLambdaBasicExecutionRole, created on demand.

moto ships all of them, but loads them only with an option that makes 1,500 objects per process.
"""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import unquote

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend

_GLOBAL = "aws"  # IAM has no regions; moto files it under the partition
_ARN = re.compile(r"arn:aws:iam::aws:policy/[\w+=,.@/-]+")


def provide_managed_policies(request: HttpRequest) -> None:
    """Create the AWS managed policies that a call names."""
    text = unquote(request.body.decode(errors="replace")) + unquote(request.query)
    iam = backend("iam", _GLOBAL)
    for arn in _ARN.findall(text):
        found = _content().get(arn.rpartition("/")[2])
        if found is None or arn in iam.managed_policies:
            continue  # moto reports the error
        policy = AWSManagedPolicy.from_data(arn.rpartition("/")[2], ACCOUNT_ID, _GLOBAL, found)
        if policy.arn == arn:
            iam.managed_policies[arn] = policy
            iam.aws_managed_policies.append(policy)


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(aws_managed_policies_data)
    return content
