"""The outcome of a run, and the error JSON of the platform."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

MAX_RESPONSE_BYTES = 6 * 1024**2 + 100
"""Largest response of a synchronous run, as in Lambda's error message."""

_LEGACY_TIMEOUT_RUNTIMES = frozenset(
    {"python3.8", "python3.9", "python3.10", "python3.11", "nodejs16.x", "nodejs18.x"}
)


class Ending(StrEnum):
    """The ways in which a run ends."""

    SUCCESS = "success"
    ERROR = "error"  # the handler raised, or its response was rejected
    INIT_ERROR = "init error"  # the module did not load, so no handler ran
    EXIT = "exit"  # the process ended in the middle
    TIMEOUT = "timeout"


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of one run of a function.

    Parameters
    ----------
    ending
        How.
    payload
        The response, or the error JSON.
    started_ns
        When the runtime got the event, in epoch nanoseconds.
    ended_ns
        When it responded, or was given up, in epoch nanoseconds.
    error_type
        For example ``KeyError`` or ``Runtime.ExitError``; empty on success.
    cause
        X-Ray cause object that the runtime sent along.
    """

    ending: Ending
    payload: bytes
    started_ns: int
    ended_ns: int
    error_type: str = ""
    cause: Mapping[str, Any] | None = None

    @property
    def failed(self) -> bool:
        """Whether the run ended with a function error."""
        return self.ending is not Ending.SUCCESS

    @property
    def duration_ms(self) -> float:
        """Duration of the handler in milliseconds."""
        return (self.ended_ns - self.started_ns) / 1e6


def error_json(error_type: str, message: str) -> bytes:
    """Return the error object of Lambda itself.

    Examples
    --------
    >>> error_json("Runtime.ExitError", "gone")
    b'{"errorType": "Runtime.ExitError", "errorMessage": "gone"}'
    """
    return json.dumps({"errorType": error_type, "errorMessage": message}).encode()


def exit_message(request_id: str, return_code: int | None) -> str:
    """Return the message about a process that ended before its response.

    Examples
    --------
    >>> exit_message("r-1", 3)
    'RequestId: r-1 Error: Runtime exited with error: exit status 3'
    >>> exit_message("r-1", -9)
    'RequestId: r-1 Error: Runtime exited with error: signal: killed'
    """
    prefix = f"RequestId: {request_id} Error: "
    if not return_code:
        return f"{prefix}Runtime exited without providing a reason"
    if return_code > 0:
        return f"{prefix}Runtime exited with error: exit status {return_code}"
    name = {-9: "killed", -11: "segmentation fault", -6: "aborted", -15: "terminated"}
    return f"{prefix}Runtime exited with error: signal: {name.get(return_code, -return_code)}"


def timeout_json(runtime: str, request_id: str, timeout_s: float, *, now_ns: int) -> bytes:
    """Return Lambda's response to a timeout.

    Runtimes on Amazon Linux 2023 (python3.12, nodejs20.x and later) have a newer form.

    Examples
    --------
    >>> timeout_json("python3.13", "r-1", 3, now_ns=0)[:34]
    b'{"errorType": "Sandbox.Timedout", '
    """
    text = f"Task timed out after {timeout_s:.2f} seconds"
    if runtime in _LEGACY_TIMEOUT_RUNTIMES:
        return json.dumps({"errorMessage": f"{iso_ms(now_ns)} {request_id} {text}"}).encode()
    return error_json("Sandbox.Timedout", f"RequestId: {request_id} Error: {text}")


def too_large_json(size_bytes: int) -> bytes:
    """Return Lambda's response to a result over the limit."""
    message = (
        f"Response payload size ({size_bytes} bytes) exceeded maximum allowed payload size "
        f"({MAX_RESPONSE_BYTES} bytes)."
    )
    return error_json("Function.ResponseSizeTooLarge", message)


def iso_ms(time_ns: int) -> str:
    """Return a time in the format of Lambda's log lines.

    Examples
    --------
    >>> iso_ms(1_500_000_000)
    '1970-01-01T00:00:01.500Z'
    """
    moment = datetime.fromtimestamp(time_ns // 1_000_000 / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
