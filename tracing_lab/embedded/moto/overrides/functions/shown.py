"""What responses show of a function's configuration, where moto's differs from Lambda's.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.functions.platform_log import runtime_version_arn

from .logging import logging_config

DEAD_LETTER_CONFIG = "tracing_lab_dead_letter_config"
"""The attribute of moto's functions for the dead-letter target, which moto drops."""

CREATING: Mapping[str, str] = {
    "State": "Pending",
    "StateReason": "The function is being created.",
    "StateReasonCode": "Creating",
}
"""The state in the response to CreateFunction; the next call says that it is active."""

UPDATING: Mapping[str, str] = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}
"""The state in the response to an update."""

_WITHOUT_REVISION = frozenset({"LastModified", *CREATING, *UPDATING})
_MILLISECONDS = len("2026-01-01T00:00:00.000")


def configuration(function: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of one of moto's functions as Lambda shows it.

    Parameters
    ----------
    function
        The function.
    content
        The configuration that moto shows.
    """
    shown = {name: value for name, value in content.items() if value is not None}
    shown["LoggingConfig"] = logging_config(function)
    if dead_letter_arn(function) is not None:
        shown["DeadLetterConfig"] = {"TargetArn": dead_letter_arn(function)}
    shown |= {
        "Architectures": function.architectures,
        "EphemeralStorage": {"Size": function.ephemeral_storage},
        "TracingConfig": function.tracing_config,
    }
    shown["LastModified"] = last_modified(shown["LastModified"])
    if function.run_time:
        arn = runtime_version_arn(str(function.run_time), region=function.region)
        shown["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    return shown | {"RevisionId": _revision_id(shown)}


def dead_letter_arn(function: Any) -> str | None:
    """Return the ARN of the dead-letter queue or topic of one of moto's functions."""
    config: dict[str, str] = getattr(function, DEAD_LETTER_CONFIG, {})
    return config.get("TargetArn") or None


def last_modified(moment: str) -> str:
    """Return the time of a change in Lambda's form, from moto's with nanoseconds.

    Examples
    --------
    >>> last_modified("2026-11-29T07:15:56.280718000Z")
    '2026-11-29T07:15:56.280+0000'
    """
    return f"{moment[:_MILLISECONDS]}+0000"


def _revision_id(shown: Mapping[str, Any]) -> str:
    """Return an id that changes with the configuration, and stays over a restart."""
    content = {name: value for name, value in shown.items() if name not in _WITHOUT_REVISION}
    text = json.dumps(content, sort_keys=True, default=str)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, text))
