"""Bars of what makes slow requests slow."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from tracing_lab.spans.path_parts import BUS, COLD_START, RETRY, SERVICE, UNTRACED
from tracing_lab.stats import Grouping, tail_attribution

from .colours import Colours
from .labels import duration, percent, short_names, shortened, text_width
from .style import describe, dress, new_axes, style

_WIDTH_IN: Final = 8.6
_ROW_IN: Final = 0.34
_MARGINS_IN: Final = {"right": 0.25, "top": 0.8, "bottom": 0.85}
_NAME_PT: Final = 9.0
_NAME_IN: Final = 2.6
_MOST_ROWS: Final = 12
_OTHERS: Final = "others"
_MINUS: Final = "\N{MINUS SIGN}"
_SHORTEST_S: Final = 5e-6  # what is shorter has no digits
_SMALLEST_SHARE: Final = 5e-4  # what is smaller has no digit
_AIR: Final = 0.32  # of the width, for numbers beside the bars

CAUSE_COLOURS: Final[Mapping[str, str]] = {
    # after Okabe and Ito, at least 3:1 on light paper or told apart by hatching, and on dark
    SERVICE: "#3B82B8",
    COLD_START: "#B565A7",
    BUS: "#C98A00",
    RETRY: "#D1401F",
    UNTRACED: "#808D99",
    _OTHERS: "#808D99",
}
_HATCHES: Final = {COLD_START: "////", BUS: "....", RETRY: "xxxx", UNTRACED: "----", _OTHERS: ""}
_TEXTS: Final = {
    SERVICE: "{}",
    COLD_START: "cold start of {}",
    BUS: "bus to {}",
    RETRY: "retries of {}",
    UNTRACED: "untraced before {}",
    _OTHERS: "{}",
}
CAUSE_NAMES: Final = {
    SERVICE: "own work",
    COLD_START: "cold start",
    BUS: "on the bus",
    RETRY: "retries",
    UNTRACED: "untraced",
}


def plot_attribution(
    spans: pd.DataFrame,
    *,
    q: float = 0.95,
    by: Grouping = "service",
    dark: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw what makes slow requests slower than the median.

    A bar is the mean time that slow requests spent on something beyond what a median request does;
    to the left of zero, they spent less. The bars sum to the whole excess, which the percentages
    are shares of. Lines are 95% intervals, drawn from ten slow requests on. Colours are causes.

    Parameters
    ----------
    spans
        A span frame.
    q
        The percentile from which requests are slow, as a fraction.
    by
        ``service``, ``node`` or ``operation``.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.

    Raises
    ------
    ValueError
        If `q` is not between 0.6 and 1, or `by` is not one of the values above.
    """
    table = tail_attribution(spans, q=q, by=by)
    rows = attribution_rows(table)
    with style(dark=dark) as colours:
        if ax is None:
            height = max(len(rows), 1) * _ROW_IN + _MARGINS_IN["top"] + _MARGINS_IN["bottom"]
            left = 0.3 + max((text_width(name, _NAME_PT) for name in rows["label"]), default=1.0)
            ax = new_axes(_WIDTH_IN, height, left=left, **_MARGINS_IN)
        dress(ax, colours)
        _draw_bars(ax, rows, colours)
        _draw_frame(ax, rows, colours)
        ax.set_title(f"What makes the slowest {100 * (1 - q):.3g}% slow", pad=24)
        summary = attribution_summary(table.attrs)
        ax.annotate(
            summary, (0, 1), (0, 9), xycoords="axes fraction", textcoords="offset points",
            color=colours.muted, fontsize=8,
        )  # fmt: skip
        describe(ax, f"{ax.get_title(loc='left')}. {summary}. {_alternative(rows)}")
    return ax


def attribution_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn: the largest bars, and the sum of the others.

    Parameters
    ----------
    table
        What `stats.tail_attribution` returned.

    Returns
    -------
    rows
        ``label``, ``cause``, ``mean_excess_s``, ``excess_low_s``, ``excess_high_s``, ``share`` and
        ``text`` (excess and share).
    """
    columns = ["mean_excess_s", "excess_low_s", "excess_high_s", "share"]
    rows = table[columns].assign(cause=table.index.get_level_values("cause"), label=_labels(table))
    order = rows["mean_excess_s"].abs().sort_values(ascending=False, kind="stable").index
    large = rows.index.isin(order[: _MOST_ROWS if len(order) > _MOST_ROWS + 1 else None])
    shown = rows[large]
    if large.all():
        return _with_texts(shown)
    rest = rows.loc[~large, ["mean_excess_s", "share"]].sum()
    others = {**rest, "cause": _OTHERS, "label": f"{(~large).sum()} others"}
    unknown = dict.fromkeys(("excess_low_s", "excess_high_s"), np.nan)
    return _with_texts(pd.concat([shown.reset_index(drop=True), pd.DataFrame([others | unknown])]))


def _with_texts(rows: pd.DataFrame) -> pd.DataFrame:
    times = zip(rows["mean_excess_s"], rows["share"], strict=True)
    return rows.assign(
        text=[f"{_signed(excess_s)}  ({_share(share)})" for excess_s, share in times]
    )


def _labels(table: pd.DataFrame) -> list[str]:
    services = short_names(table.index.get_level_values("service"))
    return [
        shortened(_TEXTS[cause].format(_name(services[service], service, *rest)), _fits)
        for cause, service, *rest in table.index
    ]


def _name(service: str, long_name: str, origin: str = "", name: str = "") -> str:
    if name and name != long_name:
        return f"{service}: {name}"
    return f"{service} [{origin}]" if origin else service


def _fits(text: str) -> bool:
    return text_width(text, _NAME_PT) <= _NAME_IN


def _draw_bars(ax: Axes, rows: pd.DataFrame, colours: Colours) -> None:
    for number, row in enumerate(rows.to_dict("records")):
        ax.barh(
            number, row["mean_excess_s"], height=0.62, color=CAUSE_COLOURS[row["cause"]],
            hatch=_HATCHES.get(row["cause"], ""), edgecolor=colours.paper, linewidth=0,
        )  # fmt: skip
        low, high = row["excess_low_s"], row["excess_high_s"]
        if low < high:
            ax.plot([low, high], [number, number], color=colours.ink, linewidth=1.1)
        right = np.nanmax([row["mean_excess_s"], high, 0.0])
        ax.annotate(
            row["text"], (right, number), (6, 0),
            textcoords="offset points", va="center", color=colours.ink, fontsize=8,
        )  # fmt: skip


def _share(share: float) -> str:
    if math.isnan(share) or abs(share) < _SMALLEST_SHARE:  # of no excess at all
        return "0%"
    return _MINUS + percent(-share) if share < 0 else percent(share)


def _signed(seconds: float) -> str:
    sign = _MINUS if seconds < 0 else "+"
    return sign + duration(abs(seconds)) if abs(seconds) >= _SHORTEST_S else "0 ms"


def _draw_frame(ax: Axes, rows: pd.DataFrame, colours: Colours) -> None:
    ax.set_yticks(range(len(rows)), rows["label"])
    for text in ax.get_yticklabels():
        text.set(color=colours.ink, fontsize=_NAME_PT, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    ax.axvline(0, color=colours.muted, linewidth=0.8)
    values = rows[["mean_excess_s", "excess_low_s", "excess_high_s"]].to_numpy(dtype=float)
    low, high = (min(np.nanmin(values), 0), np.nanmax(values)) if rows.size else (0, 1e-3)
    span = max(high - low, 1e-6)
    ax.set_xlim(low - 0.03 * span, low + span / (1 - _AIR))
    ticks = [at for at in MaxNLocator(5).tick_values(low, high) if low <= at <= high]
    ax.set_xticks(ticks, [_signed(at) for at in ticks])
    ax.grid(visible=True, axis="x")
    ax.set_xlabel("mean time beyond that of a median request")
    _draw_legend(ax, [cause for cause in CAUSE_NAMES if (rows["cause"] == cause).any()], colours)


def _draw_legend(ax: Axes, causes: Sequence[str], colours: Colours) -> None:
    if len(causes) > 1:
        patches = [
            Patch(
                facecolor=CAUSE_COLOURS[cause], hatch=_HATCHES.get(cause, ""),
                edgecolor=colours.paper, linewidth=0, label=CAUSE_NAMES[cause],
            )
            for cause in causes
        ]  # fmt: skip
        ax.legend(handles=patches, loc="lower right", labelcolor=colours.ink)


def attribution_summary(attrs: Mapping[Any, Any]) -> str:
    """Return how many requests were slow, and from when on.

    Parameters
    ----------
    attrs
        Of what `stats.tail_attribution` returned.
    """
    if not attrs["requests"]:
        return "no requests"
    return (
        f"{attrs['slow']:,} of {attrs['requests']:,} requests took "
        f"{duration(attrs['threshold_s'])} or longer; the median took {duration(attrs['median_s'])}"
    )


def _alternative(rows: pd.DataFrame) -> str:
    times = zip(rows["label"], rows["mean_excess_s"], strict=True)
    return ", ".join(f"{label} {_signed(seconds)}" for label, seconds in times)
