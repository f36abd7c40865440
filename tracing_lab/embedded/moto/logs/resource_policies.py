"""The resource policies of CloudWatch Logs: which AWS services may write to log groups."""

import json
from collections.abc import Iterator
from typing import Any

from tracing_lab.arns import Arn
from tracing_lab.embedded.iam.policy import as_list
from tracing_lab.embedded.iam.resource_policy import service_may
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend


def service_may_log(region: str, group: str, stream: str, *, principal: str) -> bool:
    """Return whether the policies of a region let a service write to a log stream.

    The caller holds the control plane's lock.

    Parameters
    ----------
    region, group, stream
        The stream, which does not need to exist.
    principal
        The service, for example ``xray.amazonaws.com``. It acts for itself in this account.
    """
    service = principal.partition(".")[0]
    return service_may(
        {"Statement": list(_statements(region))},
        "logs:PutLogEvents",
        str(Arn("logs", region, ACCOUNT_ID, f"log-group:{group}:log-stream:{stream}")),
        principal=principal,
        source_arn=str(Arn(service, region, ACCOUNT_ID, "spans")),
    )


def _statements(region: str) -> Iterator[Any]:
    for policy in backend("logs", region).resource_policies.values():
        try:
            document = json.loads(policy.policy_document)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield from as_list(document.get("Statement", []))
