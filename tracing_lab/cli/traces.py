"""``tracing-lab fetch | report | logs``."""

import argparse
import math
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from tracing_lab import (
    deploy,
    files,
    graph,
    logs as service_logs,
    plot,
    spans,
    stats,
    xray,
)
from tracing_lab.config import Config
from tracing_lab.errors import (
    FetchInterruptedError,
    TraceDataError,
    TraceDataWarning,
    TracesNotReadyError,
    TracingLabError,
)
from tracing_lab.export import report_html
from tracing_lab.export.report import slowest_trace
from tracing_lab.progress import progress_bar
from tracing_lab.xray.settling import keeping

from .request_log import read_log
from .terminal import data_warnings, say, warn

Traces = list[dict[str, Any]]
MAX_MINUTES = 30 * 24 * 60  # X-Ray keeps traces for 30 days


def fetch(config: Config, options: argparse.Namespace) -> int:
    """Save traces as JSON; also what arrived until a timeout or Ctrl-C.

    Incomplete traces do not replace an older file: they are saved beside it. A lake keeps them, and
    the next fetch continues from there.
    """
    if options.lake is not None:
        return _fetch_into_lake(config, options)
    files.check_file(options.out)
    try:
        traces = _traces(config, options)
    except (FetchInterruptedError, TracesNotReadyError) as error:
        if error.traces:
            _keep_traces(error.traces, files.partial_path(options.out))
        raise
    _keep_traces(traces, options.out)
    return 0


def _fetch_into_lake(config: Config, options: argparse.Namespace) -> int:
    if options.retries:
        msg = (
            "--retries is for --out. A later fetch into the lake updates traces that have changed."
        )
        raise TraceDataError(msg)
    end = datetime.now(UTC)
    wanted: dict[str, Any] = {"start": end - _back(options.minutes), "end": end}
    if options.log is not None:
        wanted = {"log": read_log(options.log)}
    with data_warnings(), progress_bar("traces") as progress:
        fetched = xray.fetch_into_lake(config, options.lake, progress=progress, **wanted)
    say(f"{fetched} in {options.lake}")
    return 0


def report(config: Config, options: argparse.Namespace) -> int:
    """Write figures, spans, traces and an HTML page, and print the latency table."""
    out: Path = options.out
    files.check_folder(out)
    with data_warnings():
        traces = spans.load_traces(options.traces) if options.traces else _traces(config, options)
    if not traces:
        msg = "There are no traces to report on. Send orders with 'tracing-lab fire' first."
        raise TracingLabError(msg)
    frame = readable_spans(traces)
    service_graph = graph.service_graph_from_spans(frame)
    spans.save_traces(traces, out / "traces.json")
    spans.save_spans(frame, out / "spans.parquet")
    slowest = slowest_trace(frame)
    plot.save_figure(plot.plot_service_map(service_graph), out / "service_map.png")
    plot.save_figure(plot.plot_latency(frame), out / "latency.png")
    plot.save_figure(plot.plot_waterfall(frame, slowest), out / "waterfall.png")
    report_html(frame, service_graph, out / "report.html")
    say(_latency_table(frame))
    say(f"Wrote service_map.png, latency.png, waterfall.png and report.html to {out}")
    return 0


def logs(config: Config, options: argparse.Namespace) -> int:
    """Print a service's log."""
    events = service_logs.tail(
        config,
        deploy.outputs(config),
        options.service,
        pattern=options.filter,
        since_s=_back(options.minutes).total_seconds(),
        follow=options.follow,
    )
    for event in events:
        say(f"{event.time:%H:%M:%S.%f} {event.message}")
    return 0


def _traces(config: Config, options: argparse.Namespace) -> Traces:
    if options.log is not None:
        wanted: Any = read_log(options.log)
    else:
        end = datetime.now(UTC)
        start = end - _back(options.minutes)
        wanted = [summary["Id"] for summary in xray.fetch_summaries(config, start=start, end=end)]
        if not wanted:
            return []
    traces = _settled(config, wanted)
    if getattr(options, "retries", False):
        return with_retries(config, traces)
    pending = _pending(config, traces)
    if pending.retries:
        say(f"{pending}. Fetch again then, or wait for them: 'tracing-lab fetch --retries'")
    return traces


def with_retries(config: Config, traces: Traces) -> Traces:
    """Return traces with the retries that were still to come; say so, and show the progress."""
    pending = _pending(config, traces)
    if not pending.retries:
        return traces
    say(f"{pending}; waiting for them")
    latest = {trace["Id"]: trace for trace in traces}
    with keeping(latest):
        again = _settled(config, pending.trace_ids, wait_for_retries=True)
    return [*(latest | {trace["Id"]: trace for trace in again}).values()]


def _pending(config: Config, traces: Traces) -> xray.PendingRetries:
    return xray.retries_in(traces, now_s=time.time(), max_retries=config.lambda_max_retries)


def _settled(config: Config, wanted: Any, *, wait_for_retries: bool = False) -> Traces:
    with xray.retries_are_known(), progress_bar("traces") as progress:
        return xray.fetch_traces(
            config, wanted, progress=progress, wait_for_retries=wait_for_retries
        )


def readable_spans(traces: Traces) -> pd.DataFrame:
    """Return the spans of the traces that can be read, with a warning about the others."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TraceDataWarning)
        frame = spans.spans_from_traces(traces)
    texts = [str(warning.message) for warning in caught]
    if frame.empty:
        problems = "\n".join(text.partition("\n")[2] for text in texts)
        msg = f"None of the traces can be read. Fetch them again: 'tracing-lab fetch'.\n{problems}"
        raise TraceDataError(msg.rstrip())
    for text in texts:
        warn(text)
    return frame


def _back(minutes: float) -> timedelta:
    if not 0 < minutes <= MAX_MINUTES:
        msg = f"--minutes {minutes:g} must be above 0 and at most {MAX_MINUTES}, which is 30 days."
        raise TraceDataError(msg)
    return timedelta(minutes=minutes)


def _keep_traces(traces: Traces, path: Path) -> None:
    spans.save_traces(traces, path)
    say(f"{len(traces)} traces in {path}")


def _latency_table(frame: pd.DataFrame) -> str:
    table = stats.latency_summary(frame)
    shown = table[["count", "error_rate", "fault_rate"]].copy()
    for name, q in stats.PERCENTILES.items():
        bounds = table[f"{name}_high_s"]
        shown[f"{name}_ms"] = [
            stats.or_unknown(_in_ms(seconds), bound, q)
            for seconds, bound in zip(table[f"{name}_s"], bounds, strict=True)
        ]
    shown["max_ms"] = table["max_s"].map(_in_ms)
    return shown.to_string()


def _in_ms(seconds: float) -> str:
    return "" if math.isnan(seconds) else f"{seconds * 1000:.1f}"
