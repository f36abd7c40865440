"""The page of the HTML report, which loads nothing from elsewhere."""

import base64
import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from tracing_lab import stats
from tracing_lab.graph import critical_path, trace_tree_from_spans
from tracing_lab.plot import duration, percent, shortened

_MOST_ROWS: Final = 12
_MOST_CHARACTERS: Final = 48  # of a cell

_STYLE: Final = """
:root { color-scheme: light; --ink: #1f2933; --muted: #616e7c; --line: #e4e7eb; --blue: #2f6690; }
* { box-sizing: border-box; }
body { margin: 0; background: #f4f7fa; color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 28px; margin: 0 0 2px; } h2 { font-size: 18px; margin: 0 0 12px; }
p { margin: 0 0 12px; color: var(--muted); }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px;
  padding: 20px 22px; margin: 18px 0; overflow-x: auto; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: 14px;
  margin: 22px 0; }
.number { background: #fff; border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px; }
.number b { display: block; font-size: 24px; line-height: 1.25; }
.number span { color: var(--muted); font-size: 13px; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px;
  font-variant-numeric: tabular-nums; }
th { text-align: right; color: var(--muted); font-weight: 600; font-size: 13px; }
td { text-align: right; } th:first-child, td:first-child,
.two th:nth-child(2), .two td:nth-child(2) { text-align: left; }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; } td.bad { color: #b3361b; font-weight: 600; }
code { font-size: 13px; } footer { color: var(--muted); font-size: 13px; margin-top: 24px; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""


_FOOT: Final = """
Brackets are 95% confidence intervals, left out where there are too few requests to tell. A Lambda
function counts with its own run, initialization left out.
"""


class _Bad(str):
    """A cell that is highlighted."""

    __slots__ = ()


@dataclass(frozen=True)
class Figures:
    """The figures of a report, each an ``<svg>`` element."""

    service_map: str
    latency: str
    waterfall: str


def page(spans: pd.DataFrame, figures: Figures, *, title: str, slowest: str) -> str:
    """Return the page.

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

    Returns
    -------
    html
        A whole document.
    """
    traces = stats.end_to_end(spans)
    heading = html.escape(title)
    body = "\n".join(
        [
            f"<h1>{heading}</h1>",
            f"<p>{html.escape(_when(spans))}</p>",
            _numbers(_summary(spans, traces)),
            _section("Service map", _image(figures.service_map, "Service map")),
            _section("Latency by service", _image(figures.latency, "Latency"), _latency(spans)),
            _section(
                "The slowest trace",
                f"<p><code>{html.escape(slowest)}</code></p>",
                _image(figures.waterfall, "Waterfall of the slowest trace"),
                _critical(spans, slowest),
            ),
            _section("Where the time went", _self_times(spans)),
            f"<footer>{_FOOT}</footer>",
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _when(spans: pd.DataFrame) -> str:
    first, last = spans["start"].min(), spans["start"].max()
    return f"Traces from {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"


def _summary(spans: pd.DataFrame, traces: pd.DataFrame) -> list[tuple[str, str]]:
    runs = stats.cold_starts(spans)
    return [
        (f"{len(traces):,}", "traces"),
        (percent(float(traces["complete"].mean())), "of them complete"),
        (duration(float(traces["response_s"].quantile(0.5))) or "unknown", "median response"),
        (duration(float(traces["response_s"].quantile(0.95))) or "unknown", "95th percentile"),
        (
            duration(float(traces["duration_s"].quantile(0.5))) or "unknown",
            "median until all is done",
        ),
        (percent(float(traces["failed"].mean())), "with an error or fault"),
        (f"{int(runs['cold'].sum()):,}", f"cold starts in {int(runs['invocations'].sum()):,} runs"),
    ]


def _numbers(numbers: Iterable[tuple[str, str]]) -> str:
    tiles = (
        f'<div class="number"><b>{html.escape(value)}</b><span>{html.escape(label)}</span></div>'
        for value, label in numbers
    )
    return f'<div class="numbers">{"".join(tiles)}</div>'


def _section(heading: str, *parts: str) -> str:
    return f"<section>\n<h2>{html.escape(heading)}</h2>\n" + "\n".join(parts) + "\n</section>"


def _image(svg: str, alt: str) -> str:
    """Return a figure as an inline image, so that ids of two figures cannot clash."""
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{data}">'


def _latency(spans: pd.DataFrame) -> str:
    rows = []
    for service, row in stats.latency_summary(spans).iterrows():
        failed = row["error_rate"] + row["fault_rate"] + row["throttle_rate"]
        rows.append(
            [
                str(service),
                f"{row['count']:,.0f}",
                _Bad(percent(failed)) if failed else percent(failed),
                _with_interval(row, "p50"),
                duration(row["p90_s"]),
                _with_interval(row, "p95"),
                duration(row["p99_s"]),
                duration(row["max_s"]),
            ]
        )
    return _table(["service", "requests", "failed", "p50", "p90", "p95", "p99", "max"], rows)


def _with_interval(row: "pd.Series[float]", name: str) -> str:
    low, high = duration(row[f"{name}_low_s"]), duration(row[f"{name}_high_s"])
    return duration(row[f"{name}_s"]) + (f" [{low}, {high}]" if low and high else "")


def _critical(spans: pd.DataFrame, trace_id: str) -> str:
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
    lead = "<p>What the end of this trace waited for most:</p>"
    return lead + _table(["service", "span", "time", "share"], rows)


def _self_times(spans: pd.DataFrame) -> str:
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
    lead = "<p>Time that spans spent themselves, not waiting for spans below them.</p>"
    return lead + _table(["service", "span", "count", "total", "mean", "share"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its first column is text, and so is a column of spans after it."""
    look = "two" if head[1] == "span" else "one"
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in head)
    lines = ("".join(_cell(cell) for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="{look}"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>'


def _cell(text: str) -> str:
    look = ' class="bad"' if isinstance(text, _Bad) else ""
    shown = shortened(text, lambda line: len(line) <= _MOST_CHARACTERS)
    if shown != text:
        look += f' title="{html.escape(text)}"'
    return f"<td{look}>{html.escape(shown)}</td>"
