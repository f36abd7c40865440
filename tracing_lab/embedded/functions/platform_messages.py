"""What Lambda itself writes into a function's log, as text lines or as JSON events. Pure.

- https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html (events)
- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html (levels)

That JSON has no line of its own about a timeout or exit is unconfirmed; its report tells of both.
"""

import json
import math
import time
from dataclasses import dataclass
from typing import Any, Protocol

from tracing_lab.embedded.model import FunctionSpec

from .platform_log import (
    end_line,
    init_start_line,
    report_line,
    runtime_version,
    start_line,
)
from .runtime.outcome import Ending, Outcome, iso_ms
from .tracing import AttemptTrace

_LEVELS = ("DEBUG", "INFO", "WARN")


@dataclass(frozen=True)
class Report:
    """One run, summed up.

    Parameters
    ----------
    request_id
        The run.
    outcome
        How it ended.
    memory_mb
        The configured size.
    used_mb
        What the process had at most; None where the platform cannot tell.
    init_ms
        Length of the init phase when this run had a cold start.
    trace
        Ids, when segments were sent.
    """

    request_id: str
    outcome: Outcome
    memory_mb: int
    used_mb: int | None = None
    init_ms: float | None = None
    trace: AttemptTrace | None = None


class PlatformMessages(Protocol):
    """Words what happens to a function."""

    def init_started(self, function: FunctionSpec) -> list[str]:
        """Tell that an environment begins."""

    def started(
        self, function: FunctionSpec, request_id: str, trace: AttemptTrace | None
    ) -> list[str]:
        """Tell that a run begins."""

    def cut_off(self, text: str) -> list[str]:
        """Tell that a run ended by timeout or exit."""

    def ended(self, report: Report) -> list[str]:
        """Tell that a run has ended, and how."""


class TextMessages:
    """Lines, as Lambda writes them by default."""

    def init_started(self, function: FunctionSpec) -> list[str]:
        """Tell that an environment begins."""
        return [init_start_line(function, region=function.arn.split(":")[3])]

    def started(
        self,
        function: FunctionSpec,
        request_id: str,
        trace: AttemptTrace | None,  # noqa: ARG002 - only JSON has it
    ) -> list[str]:
        """Tell that a run begins."""
        return [start_line(request_id, function.version)]

    def cut_off(self, text: str) -> list[str]:
        """Tell that a run ended by timeout or exit."""
        return [text]

    def ended(self, report: Report) -> list[str]:
        """Tell that a run has ended, and how."""
        line = report_line(
            report.request_id,
            report.outcome,
            memory_mb=report.memory_mb,
            used_mb=report.used_mb,
            init_ms=report.init_ms,
            trace=report.trace,
        )
        return [end_line(report.request_id), line]


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
        """Tell that an environment begins."""
        version, arn = runtime_version(function, region=function.arn.split(":")[3])
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
        """Tell that a run begins."""
        record = {"requestId": request_id, "version": function.version, **_tracing(trace)}
        return self._event("INFO", "start", record)

    def cut_off(self, text: str) -> list[str]:  # noqa: ARG002 - the report says it
        """Tell nothing here."""
        return []

    def ended(self, report: Report) -> list[str]:
        """Tell that a run has ended, and how."""
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
"""Endings whose status says all that the platform knows."""


def messages_for(function: FunctionSpec) -> PlatformMessages:
    """Choose how the platform writes into a function's log.

    Parameters
    ----------
    function
        Has the settings.
    """
    settings = function.logging
    return JsonMessages(settings.system_level) if settings.json else TextMessages()


def _status(ending: Ending) -> str:
    return ending.value if ending in {Ending.SUCCESS, Ending.TIMEOUT} else "error"


def _metrics(report: Report) -> dict[str, float]:
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
