"""``tracing-lab fire | fetch | report | logs``."""

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from tracing_lab import deploy, graph, logs as service_logs, plot, spans, stats, traffic, xray
from tracing_lab.config import Config
from tracing_lab.errors import TracingLabError, TrafficError
from tracing_lab.export import report_html
from tracing_lab.progress import progress_bar

from .terminal import say

Traces = list[dict[str, Any]]


def fire(config: Config, options: argparse.Namespace) -> int:
    """Send orders; 1 when some were not accepted."""
    if options.out is not None:
        _writer(options.out)  # refuse a bad name before anything is sent
    log = traffic.fire(
        deploy.outputs(config),
        scenario=options.scenario,
        orders=options.orders,
        rate=options.rate,
        seed=options.seed,
        progress=progress_bar("orders"),
    )
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        _writer(options.out)(log, options.out)
    accepted = int((log["status"] == 201).sum())  # noqa: PLR2004 - Created
    p50_ms = log["latency_s"].median() * 1000
    say(f"{accepted} of {len(log)} orders accepted, median answer after {p50_ms:.1f} ms")
    return 0 if accepted == len(log) else 1


def fetch(config: Config, options: argparse.Namespace) -> int:
    """Save traces as JSON."""
    traces = _traces(config, options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    spans.save_traces(traces, options.out)
    say(f"{len(traces)} traces in {options.out}")
    return 0


def report(config: Config, options: argparse.Namespace) -> int:
    """Write figures, spans, traces and a page, and print the latency table."""
    out: Path = options.out
    traces = spans.load_traces(options.traces) if options.traces else _traces(config, options)
    if not traces:
        msg = "There are no traces to report on. Send orders with 'tracing-lab fire' first."
        raise TracingLabError(msg)
    frame = spans.spans_from_traces(traces)
    service_graph = graph.service_graph_from_spans(frame)
    out.mkdir(parents=True, exist_ok=True)
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
        since_s=options.minutes * 60,
        follow=options.follow,
    )
    for event in events:
        say(f"{event.time:%H:%M:%S.%f} {event.message}")
    return 0


def _traces(config: Config, options: argparse.Namespace) -> Traces:
    progress = progress_bar("traces")
    if options.log is not None:
        return xray.fetch_traces(config, _read_log(options.log), progress=progress)
    end = datetime.now(UTC)
    start = end - timedelta(minutes=options.minutes)
    summaries = xray.fetch_summaries(config, start=start, end=end)
    trace_ids = [summary["Id"] for summary in summaries]
    return xray.fetch_traces(config, trace_ids, progress=progress) if trace_ids else []


def _writer(path: Path) -> Any:
    writers = {".csv": pd.DataFrame.to_csv, ".parquet": pd.DataFrame.to_parquet}
    if path.suffix not in writers:
        msg = f"{path} must end in .csv or .parquet."
        raise TrafficError(msg)
    return writers[path.suffix]


def _read_log(path: Path) -> pd.DataFrame:
    _writer(path)
    try:
        return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as a request log: {error}. Write one with fire --out."
        raise TrafficError(msg) from error


def _latency_table(frame: pd.DataFrame) -> str:
    table = stats.latency_summary(frame)
    shown = table[["count", "error_rate", "fault_rate"]].copy()
    for column in ("p50_s", "p90_s", "p95_s", "p99_s", "max_s"):
        shown[column.replace("_s", "_ms")] = (table[column] * 1000).round(1)
    return shown.to_string()
