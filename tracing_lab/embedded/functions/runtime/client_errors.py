"""Formats errors of handlers and of the runtime for the built-in runtime client.

Belongs to `client` and is as stand-alone.
"""

import json
import os
import traceback
from typing import Any

_MAX_CAUSE_BYTES = 1024 * 1024


class RuntimeFault(Exception):  # noqa: N818 - named as the documented condition
    """An error of the runtime itself, such as a missing handler."""

    def __init__(self, message: str, *, kind: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = f"Runtime.{kind}"
        self.trace = trace or []


def error_json(
    error: Exception, request_id: str, frames: list[traceback.FrameSummary]
) -> dict[str, Any]:
    """Return an error as JSON for the Runtime API and the log."""
    if isinstance(error, RuntimeFault):
        kind, trace = error.kind, error.trace
    else:
        plain = [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames]
        kind, trace = type(error).__name__, traceback.format_list(plain)  # without ^^^ marks
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def cause_json(error: Exception, frames: list[traceback.FrameSummary]) -> str:
    """Return an error as X-Ray's cause object; empty if that would be too long."""
    fault = isinstance(error, RuntimeFault)
    stack = [{"label": call.name, "path": call.filename, "line": call.lineno} for call in frames]
    exception = {
        "message": str(error),
        "type": "LambdaValidationError" if fault else type(error).__name__,
        "stack": [] if fault else stack,
    }
    cause = {
        "working_directory": os.getcwd(),  # noqa: PTH109 - pathlib costs start-up time
        "exceptions": [exception],
        "paths": [] if fault else sorted({frame.filename for frame in frames}),
    }
    text = json.dumps(cause)
    return text if len(text) < _MAX_CAUSE_BYTES else ""
