"""What the calls of CloudWatch Logs that moto does not handle have in common."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.arns import log_group_in
from tracing_lab.embedded.cloudwatch.log_patterns import (
    LogPattern,
    LogPatternError,
    compile_log_pattern,
)
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.protocol.errors import ApiError

Members = Mapping[str, Any]


def invalid_parameter(message: str) -> ApiError:
    """Return the error for invalid parameters or combinations of them."""
    return ApiError("InvalidParameterException", message)


def log_group(name_or_arn: str, region: str) -> Any:
    """Return moto's log group by name or ARN.

    Raises
    ------
    ApiError
        If there is no such group.
    """
    name = log_group_in(name_or_arn) or name_or_arn
    group = backend("logs", region).groups.get(name)
    if group is None:
        code, message = "ResourceNotFoundException", "The specified log group does not exist."
        raise ApiError(code, message)
    return group


def filter_pattern(members: Members, name: str = "filterPattern") -> LogPattern:
    """Return the filter pattern of a request; one that matches everything if it has none.

    Raises
    ------
    ApiError
        If the pattern is malformed.
    """
    try:
        return compile_log_pattern(members.get(name) or "")
    except LogPatternError as error:
        message = f"Invalid filter pattern: {error}"
        raise invalid_parameter(message) from error
