"""Formats Lambda's own lines in a function's log (text format).

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import hashlib
import math
import platform
import re
from dataclasses import dataclass
from datetime import datetime

from tracing_lab.arns import Arn
from tracing_lab.embedded.model import FunctionSpec

from .runtime.outcome import Ending, RunOutcome, iso_ms
from .tracing import AttemptTrace

_RUNTIME = re.compile(r"^([a-z]+)([0-9.]*[0-9])(?:\.x)?$")


def stream_name(version: str, environment_id: str, *, now: datetime) -> str:
    """Return the name of the log stream of an environment.

    Examples
    --------
    >>> stream_name("$LATEST", "ab" * 16, now=datetime(2026, 11, 23))
    '2026/11/23/[$LATEST]abababababababababababababababab'
    """
    return f"{now:%Y/%m/%d}/[{version}]{environment_id}"


def runtime_version(function: FunctionSpec, *, region: str) -> tuple[str, str]:
    """Return version and ARN of the runtime, which represent this machine's interpreter."""
    name = _RUNTIME.sub(r"\1:\2", function.runtime)
    return f"{name}.v1", runtime_version_arn(function.runtime, region=region)


def runtime_version_arn(runtime: str, *, region: str) -> str:
    """Return the ARN of a runtime on this machine's interpreter."""
    digest = hashlib.sha256(f"{runtime} {platform.python_version()}".encode()).hexdigest()
    return str(Arn("lambda", region, "", f"runtime:{digest}"))


def init_start_line(function: FunctionSpec, *, region: str) -> str:
    """Return the log lines of the start of an environment."""
    version, arn = runtime_version(function, region=region)
    return f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"


def start_line(request_id: str, version: str) -> str:
    r"""Return the line about a run that starts.

    Examples
    --------
    >>> start_line("r-1", "$LATEST")
    'START RequestId: r-1 Version: $LATEST\n'
    """
    return f"START RequestId: {request_id} Version: {version}\n"


def end_line(request_id: str) -> str:
    r"""Return the line about a run that has ended.

    Examples
    --------
    >>> end_line("r-1")
    'END RequestId: r-1\n'
    """
    return f"END RequestId: {request_id}\n"


def timeout_line(request_id: str, timeout_s: float, *, now_ns: int) -> str:
    """Return the line about a run that timed out."""
    return f"{iso_ms(now_ns)} {request_id} Task timed out after {timeout_s:.2f} seconds\n\n"


@dataclass(frozen=True)
class RunReport:
    """The summary of a run.

    Parameters
    ----------
    request_id
        The run.
    outcome
        How it ended.
    memory_mb
        The configured size.
    used_mb
        Peak memory of the process; None where that is unknown.
    init_ms
        Duration of the init phase if this run had a cold start.
    trace
        Ids, when segments were sent.
    """

    request_id: str
    outcome: RunOutcome
    memory_mb: int
    used_mb: int | None = None
    init_ms: float | None = None
    trace: AttemptTrace | None = None


def report_line(report: RunReport) -> str:
    r"""Return the ``REPORT`` line of a run.

    The init phase is billed too, see
    https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/.

    Examples
    --------
    >>> done = RunOutcome(Ending.SUCCESS, b"{}", started_ns=0, ended_ns=3_420_000)
    >>> report_line(RunReport("r-1", done, memory_mb=128, used_mb=36))
    'REPORT RequestId: r-1\tDuration: 3.42 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n'
    """  # noqa: E501 - the line is that long
    outcome = report.outcome
    billed_ms = math.ceil(outcome.duration_ms + (report.init_ms or 0.0))
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {outcome.duration_ms:.2f} ms",
        f"Billed Duration: {billed_ms} ms",
        f"Memory Size: {report.memory_mb} MB",
    ]
    if report.used_mb is not None:
        parts.append(f"Max Memory Used: {report.used_mb} MB")
    if report.init_ms is not None:
        parts.append(f"Init Duration: {report.init_ms:.2f} ms")
    line = "\t".join(parts) + _status(outcome) + "\t\n"
    return line if report.trace is None else line + _xray_line(report.trace)


def _status(outcome: RunOutcome) -> str:
    if outcome.ending is Ending.TIMEOUT:
        return "\tStatus: timeout"
    if outcome.ending in {Ending.INIT_ERROR, Ending.EXIT}:
        return f"\tStatus: error\tError Type: {outcome.error_type}"
    return ""


def _xray_line(trace: AttemptTrace) -> str:
    root = trace.request.upstream.root
    return f"XRAY TraceId: {root}\tSegmentId: {trace.segment_id}\tSampled: true\t\n"
