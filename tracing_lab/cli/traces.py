"""``tracing-lab fire | fetch | report | logs``."""

import argparse
import io
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
    traffic,
    xray,
)
from tracing_lab.config import Config
from tracing_lab.errors import (
    EndpointLostError,
    FetchInterruptedError,
    FireInterruptedError,
    TraceDataError,
    TraceDataWarning,
    TracesNotReadyError,
    TracingLabError,
    TrafficError,
)
from tracing_lab.export import report_html
from tracing_lab.progress import progress_bar

from .terminal import say, warn

Traces = list[dict[str, Any]]
CREATED = 201
SAMPLED = {"yes": True, "no": False, "rules": None}
LOG_SUFFIXES = (".csv", ".parquet")
MAX_MINUTES = 30 * 24 * 60  # X-Ray keeps traces for 30 days


def fire(config: Config, options: argparse.Namespace) -> int:
    """Send orders; 1 when some were not accepted."""
    if options.out is not None:  # refuse a bad name before anything is sent
        _check_log_name(options.out)
        files.check_file(options.out)
    outputs = deploy.outputs(config)
    try:
        with progress_bar("orders") as progress:
            log = traffic.fire(
                outputs,
                scenario=options.scenario,
                orders=options.orders,
                rate=options.rate,
                seed=options.seed,
                sampled=SAMPLED[options.sampled],
                progress=progress,
            )
    except (EndpointLostError, FireInterruptedError) as error:
        _keep_log(error.log, options.out and files.partial_path(options.out))
        raise
    _keep_log(log, options.out)
    accepted = int((log["status"] == CREATED).sum())
    p50_ms = log["latency_s"].median() * 1000
    say(f"{accepted} of {len(log)} orders accepted, median answer after {p50_ms:,.0f} ms")
    if options.sampled == "rules":
        say(f"The sampling rules record {int(log['sampled'].sum())} of them")
    if accepted < len(log):
        say(f"The first of the others: {log.loc[log['status'] != CREATED, 'error'].iloc[0]}")
    return 0 if accepted == len(log) else 1


def fetch(config: Config, options: argparse.Namespace) -> int:
    """Save traces as JSON; also what arrived until a timeout or Ctrl-C.

    What is incomplete replaces no older file: it is saved beside it.
    """
    files.check_file(options.out)
    try:
        traces = _traces(config, options)
    except (FetchInterruptedError, TracesNotReadyError) as error:
        if error.traces:
            _keep_traces(error.traces, files.partial_path(options.out))
        raise
    _keep_traces(traces, options.out)
    return 0


def report(config: Config, options: argparse.Namespace) -> int:
    """Write figures, spans, traces and a page, and print the latency table."""
    out: Path = options.out
    files.check_folder(out)
    traces = spans.load_traces(options.traces) if options.traces else _traces(config, options)
    if not traces:
        msg = "There are no traces to report on. Send orders with 'tracing-lab fire' first."
        raise TracingLabError(msg)
    frame = _readable_spans(traces)
    service_graph = graph.service_graph_from_spans(frame)
    spans.save_traces(traces, out / "traces.json")
    spans.save_spans(frame, out / "spans.parquet")
    slowest = str(stats.end_to_end(frame)["duration_s"].idxmax())
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
        wanted: Any = _read_log(options.log)
    else:
        end = datetime.now(UTC)
        start = end - _back(options.minutes)
        wanted = [one["Id"] for one in xray.fetch_summaries(config, start=start, end=end)]
        if not wanted:
            return []
    with progress_bar("traces") as progress:
        return xray.fetch_traces(config, wanted, progress=progress)


def _readable_spans(traces: Traces) -> pd.DataFrame:
    """Return the spans of the traces that can be read, with a warning about the others."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TraceDataWarning)
        frame = spans.spans_from_traces(traces, skip_unusable=True)
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


def _keep_log(log: pd.DataFrame, path: Path | None) -> None:
    if path is not None:
        content = io.BytesIO()
        (log.to_csv if path.suffix == ".csv" else log.to_parquet)(content)
        files.write_bytes(path, content.getvalue())
        say(f"{len(log)} orders in {path}")


def _check_log_name(path: Path) -> None:
    if path.suffix not in LOG_SUFFIXES:
        msg = f"{path} must end in {' or '.join(LOG_SUFFIXES)}."
        raise TrafficError(msg)


def _read_log(path: Path) -> pd.DataFrame:
    _check_log_name(path)
    remedy = "Write one with fire --out"
    try:
        with files.reading(path, remedy=remedy):
            return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except ValueError as error:
        reason = " ".join(str(error).split()).rstrip(".")
        msg = f"{path} cannot be read as a request log: {reason}. {remedy}."
        raise TrafficError(msg) from error


def _latency_table(frame: pd.DataFrame) -> str:
    table = stats.latency_summary(frame)
    shown = table[["count", "error_rate", "fault_rate"]].copy()
    for column in ("p50_s", "p90_s", "p95_s", "p99_s", "max_s"):
        shown[column.replace("_s", "_ms")] = (table[column] * 1000).round(1)
    return shown.to_string()
