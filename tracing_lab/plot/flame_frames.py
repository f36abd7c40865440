"""The frames of a flame graph, before anything is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from tracing_lab.stats import call_paths
from tracing_lab.xray_model.documents import SEGMENT

from .labels import short_names

OTHER: Final = "other"
_NARROWEST: Final = 0.004  # of the whole; a narrower frame is merged with others beside it
_MOST_LEVELS: Final = 60  # what is deeper counts for the frame above


@dataclass(frozen=True)
class Frame:
    """A call path in a flame graph; times in seconds per trace, on average.

    Parameters
    ----------
    number, parent
        Of the path, and of the one above it, -1 for none. Merged frames have numbers below -1.
    label
        Name of the service for a segment, of the span for others, or `OTHER` for merged ones.
    service
        Short name of the service; empty for merged frames.
    left_s, total_s
        Where it begins, and how wide it is: self time of the path and all below it.
    self_s
        Self time of the path.
    count
        Spans in all traces.
    """

    number: int
    parent: int
    label: str
    service: str
    depth: int
    left_s: float
    total_s: float
    self_s: float
    count: int


def flame_frames(spans: pd.DataFrame) -> list[Frame]:
    """Return the frames of a flame graph, each after the one above it, the widest first.

    Parameters
    ----------
    spans
        A span frame.
    """
    paths = call_paths(spans)
    traces = max(spans.index.get_level_values("trace_id").nunique(), 1)
    paths[["self_s", "total_s"]] /= traces
    narrowest = _NARROWEST * paths.loc[paths["depth"] == 0, "total_s"].sum()
    order = paths.sort_values("total_s", ascending=False, kind="stable")
    children = order.groupby("parent").groups
    below = {number: rows.tolist() for number, rows in children.items()}
    paths["service"] = [*map(str, paths["service"])]
    names = short_names(paths["service"].unique())
    records = paths.to_dict("records")
    frames: list[Frame] = []
    pending: list[tuple[int, float]] = [(-1, 0.0)]
    while pending:
        number, left_s = pending.pop()
        small = []
        for child in below.get(number, []):
            path = records[child]
            if path["total_s"] < narrowest:
                small.append(path)
                continue
            service = names[path["service"]]
            label = service if path["kind"] == SEGMENT else str(path["name"])
            frame = Frame(
                child, number, label, service, path["depth"], left_s,
                path["total_s"], path["self_s"], path["count"],
            )  # fmt: skip
            frames.append(frame)
            if frame.depth < _MOST_LEVELS:
                pending.append((child, left_s))
            left_s += frame.total_s
        frames += _merged(small, number, left_s, narrowest)
    return frames


def _merged(
    small: "Sequence[dict[str, float]]", parent: int, left_s: float, narrowest: float
) -> list[Frame]:
    """Return a frame for those that are too narrow each, if it is wide enough itself."""
    total_s = sum(path["total_s"] for path in small)
    if not small or total_s < narrowest:
        return []
    depth, count = int(small[0]["depth"]), int(sum(path["count"] for path in small))
    return [Frame(-2 - parent, parent, OTHER, "", depth, left_s, total_s, total_s, count)]
