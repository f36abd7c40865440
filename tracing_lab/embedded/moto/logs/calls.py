"""What the calls of CloudWatch Logs that we answer ourselves have in common."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.cloudwatch.log_patterns import (
    LogPattern,
    LogPatternError,
    compile_log_pattern,
)
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend

Members = Mapping[str, Any]

_TARGET_PREFIX = "Logs_20140328."


class LogsError(Exception):
    """A call that CloudWatch Logs rejects.

    Parameters
    ----------
    code
        The error's name, for example ``InvalidParameterException``.
    message
        What is wrong.
    **members
        What else the error says.
    """

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.members = members

    def response(self) -> HttpResponse:
        """Return the error as a response of Logs' JSON protocol."""
        content = {"__type": self.code, "message": str(self), **self.members}
        return json_response(400, content, headers={"x-amzn-ErrorType": self.code})


def invalid_parameter(message: str) -> LogsError:
    """Return the error for parameters that cannot be, or cannot be together."""
    return LogsError("InvalidParameterException", message)


def logs_operation(request: HttpRequest) -> str | None:
    """Return the operation of Logs that a request calls; None for other services.

    Examples
    --------
    >>> target = (("X-Amz-Target", "Logs_20140328.StartQuery"),)
    >>> logs_operation(HttpRequest("POST", "/", headers=target))
    'StartQuery'
    """
    target = request.header("X-Amz-Target") or ""
    return target.removeprefix(_TARGET_PREFIX) if target.startswith(_TARGET_PREFIX) else None


def log_group(name_or_arn: str, region: str) -> Any:
    """Return moto's log group of a name or ARN.

    Raises
    ------
    LogsError
        If there is no such group.
    """
    name = name_or_arn.partition(":log-group:")[2] or name_or_arn
    group = backend("logs", region).groups.get(name.removesuffix(":*"))
    if group is None:
        code, message = "ResourceNotFoundException", "The specified log group does not exist."
        raise LogsError(code, message)
    return group


def filter_pattern(members: Members, name: str = "filterPattern") -> LogPattern:
    """Return the filter pattern of a request; one that matches everything if it has none.

    Raises
    ------
    LogsError
        If the pattern is malformed.
    """
    try:
        return compile_log_pattern(members.get(name) or "")
    except LogPatternError as error:
        message = f"Invalid filter pattern: {error}"
        raise invalid_parameter(message) from error
