"""Exercises of notebook 01: plans and permissions."""

from types import MappingProxyType
from typing import Any

from .compare import CheckTable, Hint, items, number

_LOG_GROUPS = 5
_PUBLISHERS = frozenset({"order", "payment", "inventory"})


def updates(answer: Any) -> Hint:
    """Check how many resources another retention changes: each function's log, and the API's."""
    hint = "Plan with config.replace(lambda_log_retention_days=30), and count its steps."
    return number(answer, _LOG_GROUPS, hint=hint)


def publishers(answer: Any) -> Hint:
    """Check which services may put events on the bus."""
    hint = "Look for events:PutEvents in the policy of each service's role."
    return items(answer, _PUBLISHERS, hint=hint)


CHECKS: CheckTable = MappingProxyType({"01.updates": updates, "01.publishers": publishers})
