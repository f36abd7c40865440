"""What the HTML report shows, for the template beside this module."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from tracing_lab import stats
from tracing_lab.graph import critical_path, trace_tree_from_spans
from tracing_lab.plot import duration, percent, shortened

_MOST_ROWS: Final = 12
_MOST_CHARACTERS: Final = 48  # of a cell


class _Bad(str):
    """A cell that is highlighted."""

    __slots__ = ()


@dataclass(frozen=True)
class _Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figures:
    """The figures of a report, each an ``<svg>`` element."""

    service_map: str
    latency: str
    attribution: str
    waterfall: str
    flame_graph: str


def page(spans: pd.DataFrame, figures: Figures, *, title: str, slowest: str) -> str:
    """Return the page as a whole document.

    Parameters
    ----------
    spans
        A span frame with at least one span.
    figures
        What to show.
    title
        Heading of the page.
    slowest
        Trace of the waterfall.
    """
    template = _environment().get_template("report.html.jinja")
    return template.render(
        title=title,
        period=_period(spans),
        numbers=_numbers(spans, stats.end_to_end(spans)),
        figures=figures,
        latency=_latency(spans),
        slowest=slowest,
        critical=_critical(spans, slowest),
        self_times=_self_times(spans),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tracing_lab.export", ""),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["base64"] = lambda text: base64.b64encode(text.encode()).decode()
    environment.filters["shortened"] = lambda text: shortened(text, _fits)
    environment.tests["bad"] = lambda text: isinstance(text, _Bad)
    return environment


def _fits(line: str) -> bool:
    return len(line) <= _MOST_CHARACTERS


def _period(spans: pd.DataFrame) -> str:
    first, last = spans["start"].min(), spans["start"].max()
    return f"Traces from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"


def _numbers(spans: pd.DataFrame, traces: pd.DataFrame) -> list[tuple[str, str]]:
    runs = stats.cold_starts(spans)
    return [
        (f"{len(traces):,}", "traces"),
        (percent(float(traces["complete"].mean())), "of them complete"),
        (_percentile(traces["response_s"], 0.5), "median response"),
        (_percentile(traces["response_s"], 0.95), "95th percentile"),
        (_percentile(traces["duration_s"], 0.5), "median until all is done"),
        (percent(float(traces["failed"].mean())), "with an error or fault"),
        (f"{int(runs['cold'].sum()):,}", f"cold starts in {int(runs['invocations'].sum()):,} runs"),
    ]


def _percentile(seconds: "pd.Series[float]", q: float) -> str:
    _, bound = stats.percentile_interval(seconds.tolist(), q)
    return stats.or_unknown(duration(float(seconds.quantile(q))), bound, q) or "unknown"


def _latency(spans: pd.DataFrame) -> _Table:
    rows = []
    for service, row in stats.latency_summary(spans).iterrows():
        failed = row["error_rate"] + row["fault_rate"] + row["throttle_rate"]
        rows.append(
            [
                str(service),
                f"{row['count']:,.0f}",
                _Bad(percent(failed)) if failed else percent(failed),
                *(_with_interval(row, name) for name in stats.PERCENTILES),
                duration(row["max_s"]),
            ]
        )
    return _Table(["service", "requests", "failed", *stats.PERCENTILES, "max"], rows)


def _with_interval(row: "pd.Series[float]", name: str) -> str:
    low, high = duration(row[f"{name}_low_s"]), duration(row[f"{name}_high_s"])
    interval = f" [{low}, {high}]" if low and high else ""
    return stats.or_unknown(
        duration(row[f"{name}_s"]) + interval, row[f"{name}_high_s"], stats.PERCENTILES[name]
    )


def _critical(spans: pd.DataFrame, trace_id: str) -> _Table:
    path = critical_path(trace_tree_from_spans(spans, trace_id))
    total = path["duration_s"].sum() or 1.0
    parts = path.groupby(["service", "name"], sort=False)["duration_s"].sum()
    longest = parts.nlargest(_MOST_ROWS // 2).reset_index()
    rows = [
        [
            row["service"],
            row["name"],
            duration(row["duration_s"]),
            percent(row["duration_s"] / total),
        ]
        for row in longest.to_dict("records")
    ]
    return _Table(["service", "span", "time", "share"], rows)


def _self_times(spans: pd.DataFrame) -> _Table:
    summary = stats.self_time_summary(spans).head(_MOST_ROWS).reset_index()
    rows = [
        [
            row["service"],
            row["name"],
            f"{row['count']:,}",
            duration(row["self_s"]),
            duration(row["mean_self_s"]),
            percent(row["share"]),
        ]
        for row in summary.to_dict("records")
    ]
    return _Table(["service", "span", "count", "total", "mean", "share"], rows)
