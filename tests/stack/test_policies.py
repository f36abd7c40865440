"""Roles may do what they need and no more."""

import pytest
from stacks import CONFIG, SITE, wanted

from tracing_lab.config import SERVICES
from tracing_lab.stack import Names


@pytest.mark.parametrize("service", SERVICES)
def test_roles_allow_only_own_log_traces_and_own_bus(service: str) -> None:
    names = Names(CONFIG, SITE)
    policy = wanted()[f"{service}-role"].properties["Policies"]["least-privilege"]
    granted = {item["Sid"]: item["Resource"] for item in policy["Statement"]}
    group = f"/aws/lambda/{names.function(service)}"
    expected = {
        "WriteOwnLog": f"arn:aws:logs:us-east-1:123456789012:log-group:{group}:*",
        "WriteTraces": "*",
    }
    if service != "notification":
        expected["PublishToOwnBus"] = names.bus_arn
    assert granted == expected
