"""The log of the built-in runtime client: records and errors as frames, in text or JSON.

Belongs to `client` and is as stand-alone. The formats are those of AWS's Python runtime client.
"""

import json
import logging
import os
import time
import traceback
from collections.abc import Mapping
from typing import Any

PLAIN_FRAME = 0x03
_TEXT_FRAMES = {10: 0x0B, 20: 0x0F, 30: 0x13, 40: 0x17, 50: 0x1B}
_JSON_FRAMES = {10: 0x0A, 20: 0x0E, 30: 0x12, 40: 0x16, 50: 0x1A}
_PLAIN_JSON_FRAME = 0x02
_SECOND = "%Y-%m-%dT%H:%M:%SZ"
_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"aws_request_id", "message", "taskName"}


class Frames:
    """Writes log records as frames, so that one of many lines stays one event."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, message: str, level_byte: int) -> None:
        """Write one frame."""
        content = message.encode(errors="replace")
        head = (0xA55A0000 | level_byte).to_bytes(4, "big")
        stamp = (time.time_ns() // 1000).to_bytes(8, "big")
        rest = memoryview(head + len(content).to_bytes(4, "big") + stamp + content)
        while rest:
            rest = rest[os.write(self._fd, rest) :]


class FrameHandler(logging.Handler):
    """The handler of the root logger on Lambda."""

    def __init__(self, frames: Frames, *, as_json: bool = False) -> None:
        super().__init__()
        self.frames = frames
        self.as_json = as_json
        self.request_id = ""
        formatter = JsonFormatter() if as_json else logging.Formatter(_TEXT, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        record.aws_request_id = self.request_id
        level = min(50, max(0, record.levelno)) // 10 * 10
        kinds, other = (
            (_JSON_FRAMES, _PLAIN_JSON_FRAME) if self.as_json else (_TEXT_FRAMES, PLAIN_FRAME)
        )
        self.frames.write(self.format(record), kinds.get(level, other))

    def log_error(self, error: Mapping[str, Any]) -> None:
        """Write the error of a run or of the init phase."""
        if self.as_json:
            now = time.strftime(_SECOND, time.gmtime())
            text = json.dumps({"timestamp": now, "level": "ERROR", **error}, ensure_ascii=False)
            self.frames.write(text, _JSON_FRAMES[40])
        else:
            self.frames.write(_error_text(error), _TEXT_FRAMES[40])


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object, ``extra`` included."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as a line."""
        level = min(50, max(0, record.levelno)) // 10 * 10
        plain = isinstance(record.msg, dict) and not record.args
        members = {
            "timestamp": self.formatTime(record, _SECOND),
            "level": logging.getLevelName(level),
            "message": record.msg if plain else record.getMessage(),
            "logger": record.name,
            **_exception(record),
            "requestId": getattr(record, "aws_request_id", None),
        }
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        known = {key: value for key, value in (extra | members).items() if value is not None}
        return json.dumps(known, ensure_ascii=False, default=str) + "\n"


def _exception(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, error, trace = record.exc_info
    return {
        "stackTrace": traceback.format_tb(trace),
        "errorType": kind.__name__,
        "errorMessage": str(error),
        "location": f"{record.pathname}:{record.funcName}:{record.lineno}",
    }


def _error_text(error: Mapping[str, Any]) -> str:
    summary = f"[ERROR] {error['errorType']}: {error['errorMessage']}".removesuffix(": ")
    lines = [summary, "Traceback (most recent call last):"]
    for entry in error["stackTrace"]:
        for line in entry.splitlines():
            text = line.lstrip(" ")
            lines.append("\u00a0" * (len(line) - len(text)) + text)
    return "\n".join(lines)
