"""Lambda's own lines in a function's log, as text or as JSON events. Pure.

- https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (events)
- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (levels)

That JSON has no line of its own about a timeout or exit is unconfirmed; its report has both.
"""

import json
import math
import time
from typing import Any, Protocol

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.model import FunctionSpec

from .platform_log import (
    RunReport,
    end_line,
    init_start_line,
    report_line,
    runtime_version,
    start_line,
)
from .runtime.outcome import Ending, iso_ms
from .tracing import AttemptTrace

_LEVELS = ("DEBUG", "INFO", "WARN")


class PlatformMessages(Protocol):
    """Formats the events of a function's life cycle."""

    def init_started(self, function: FunctionSpec) -> list[str]:
        """Return the log lines of the start of an environment."""

    def started(
        self, function: FunctionSpec, request_id: str, trace: AttemptTrace | None
    ) -> list[str]:
        """Return the log lines of the start of a run."""

    def cut_off(self, text: str) -> list[str]:
        """Return the log lines of a run's timeout or exit."""

    def ended(self, report: RunReport) -> list[str]:
        """Return the log lines of the end of a run."""


class TextMessages:
    """Lines, as Lambda writes them by default."""

    def init_started(self, function: FunctionSpec) -> list[str]:
        """Return the log lines of the start of an environment."""
        return [init_start_line(function, region=parse_arn(function.arn).region)]

    def started(
        self,
        function: FunctionSpec,
        request_id: str,
        trace: AttemptTrace | None,  # noqa: ARG002 - only JSON has it
    ) -> list[str]:
        """Return the log lines of the start of a run."""
        return [start_line(request_id, function.version)]

    def cut_off(self, text: str) -> list[str]:
        """Return the log lines of a run's timeout or exit."""
        return [text]

    def ended(self, report: RunReport) -> list[str]:
        """Return the log lines of the end of a run."""
        return [end_line(report.request_id), report_line(report)]


class JsonMessages:
    """Events of the platform as JSON, from a level on.

    Parameters
    ----------
    level
        ``DEBUG``, ``INFO`` or ``WARN``.
    """

    def __init__(self, level: str) -> None:
        self._shown = frozenset(_LEVELS[_LEVELS.index(level) :])

    def init_started(self, function: FunctionSpec) -> list[str]:
        """Return the log lines of the start of an environment."""
        version, arn = runtime_version(function, region=parse_arn(function.arn).region)
        record = {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": function.name,
            "functionVersion": function.version,
        }
        return self._event("INFO", "initStart", record)

    def started(
        self, function: FunctionSpec, request_id: str, trace: AttemptTrace | None
    ) -> list[str]:
        """Return the log lines of the start of a run."""
        record = {"requestId": request_id, "version": function.version, **_tracing(trace)}
        return self._event("INFO", "start", record)

    def cut_off(self, text: str) -> list[str]:  # noqa: ARG002 - the report says it
        """Return nothing."""
        return []

    def ended(self, report: RunReport) -> list[str]:
        """Return the log lines of the end of a run."""
        outcome = report.outcome
        head = {"requestId": report.request_id, "status": _status(outcome.ending)}
        error = {} if outcome.ending in _OWN else {"errorType": outcome.error_type}
        tail = error | _tracing(report.trace)
        done = {"metrics": {"durationMs": round(outcome.duration_ms, 3)}}
        level = "WARN" if outcome.failed else "INFO"
        return [
            *self._event("WARN" if outcome.failed else "DEBUG", "runtimeDone", head | done | tail),
            *self._event(level, "report", head | {"metrics": _metrics(report)} | tail),
        ]

    def _event(self, level: str, kind: str, record: dict[str, Any]) -> list[str]:
        if level not in self._shown:
            return []
        event = {"time": iso_ms(time.time_ns()), "type": f"platform.{kind}", "record": record}
        return [json.dumps(event) + "\n"]


_OWN = frozenset({Ending.SUCCESS, Ending.ERROR, Ending.TIMEOUT})
"""Endings that have no error type beyond the status."""


def messages_for(function: FunctionSpec) -> PlatformMessages:
    """Return the formatter of a function's platform log."""
    settings = function.logging
    return JsonMessages(settings.system_level) if settings.json else TextMessages()


def _status(ending: Ending) -> str:
    return ending.value if ending in {Ending.SUCCESS, Ending.TIMEOUT} else "error"


def _metrics(report: RunReport) -> dict[str, float]:
    duration_ms = report.outcome.duration_ms
    optional = {"maxMemoryUsedMB": report.used_mb, "initDurationMs": report.init_ms}
    known = {name: round(value, 3) for name, value in optional.items() if value is not None}
    return {
        "durationMs": round(duration_ms, 3),
        "billedDurationMs": math.ceil(duration_ms + (report.init_ms or 0.0)),
        "memorySizeMB": report.memory_mb,
        **known,
    }


def _tracing(trace: AttemptTrace | None) -> dict[str, Any]:
    if trace is None:
        return {}
    value = trace.handler_header.format()
    return {"tracing": {"spanId": trace.segment_id, "type": "X-Amzn-Trace-Id", "value": value}}
