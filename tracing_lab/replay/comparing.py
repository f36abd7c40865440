"""Compare a replay with its recording, edge by edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from tracing_lab.graph import requests_behind
from tracing_lab.tables import html_table, text_table

from .deploying import DeployedReplay
from .recording import RecordedTraces
from .usable import Usable

MEDIAN_SHARE: Final = 0.10
P95_SHARE: Final = 0.25
RESOLUTION_S: Final = 0.001
"""Lambda and API Gateway state times in whole milliseconds, so that nothing closer differs."""

_EDGE: Final = ["source", "target"]


@dataclass(frozen=True, repr=False)
class ReplayComparison:
    """How a replay differs from its recording.

    Parameters
    ----------
    edges
        A row per edge, by ``source`` and ``target``: ``requests``, ``p50_s`` and ``p95_s`` of the
        recording, the same with ``replayed_`` in front, and ``is_close``: whether median and 95th
        percentile are as close as 10 % and 25 %, or a millisecond. Edges that only one of the two
        has have no requests in the other.
    """

    edges: pd.DataFrame

    @property
    def same_map(self) -> bool:
        """Whether both have the same edges, and so the same nodes."""
        both = (self.edges["requests"] > 0) & (self.edges["replayed_requests"] > 0)
        return bool(both.all())

    @property
    def close_share(self) -> float:
        """The share of edges whose times are close."""
        return float(self.edges["is_close"].mean())

    def summary(self) -> str:
        """Return the result in a sentence."""
        same = "The same map" if self.same_map else "Not the same map"
        close = int(self.edges["is_close"].sum())
        return (
            f"{same}; {close} of {len(self.edges)} edges have a median within "
            f"{MEDIAN_SHARE:.0%} and a p95 within {P95_SHARE:.0%} of the recording "
            "(or within 1 ms)."
        )

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                f"{row['source']} -> {row['target']}",
                f"{row['requests']:.0f} {row['replayed_requests']:.0f}",
                _milliseconds(row["p50_s"], row["replayed_p50_s"]),
                _milliseconds(row["p95_s"], row["replayed_p95_s"]),
                "yes" if row["is_close"] else "no",
            )
            for row in self.edges.reset_index().to_dict("records")
        ]

    def __str__(self) -> str:
        return f"{text_table(self._rows(), headers=_HEADERS)}\n{self.summary()}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        table = html_table(self._rows(), headers=_HEADERS, caption="Recording and replay")
        return f"{table}<p>{self.summary()}</p>"


_HEADERS: Final = ("edge", "requests", "p50 ms", "p95 ms", "close")


def compare(
    recorded: pd.DataFrame, replayed: pd.DataFrame, deployed: DeployedReplay
) -> ReplayComparison:
    """Return how a replay differs from its recording.

    Parameters
    ----------
    recorded
        The span frame that the model was derived from; traces that are left out do not count.
    replayed
        The span frame of the replay's traces.
    deployed
        From `apply`.
    """
    usable = Usable.of(RecordedTraces.of(recorded))
    ids = [usable.recording.trace_ids[number] for number in usable.traces]
    chosen = recorded[recorded.index.get_level_values("trace_id").isin(ids)]
    before = _times(chosen, deployed.model.names)
    after = _times(replayed, deployed.node_names)
    return ReplayComparison(compared_edges(before, after))


def compared_edges(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of `ReplayComparison.edges`.

    Parameters
    ----------
    before, after
        ``requests``, ``p50_s`` and ``p95_s`` by edge.
    """
    edges = before.join(after.add_prefix("replayed_"), how="outer").sort_index()
    for name in ("requests", "replayed_requests"):
        edges[name] = edges[name].fillna(0).astype("int64")
    close = [
        (edges[f"replayed_{name}"] - edges[name]).abs()
        <= (share * edges[name]).clip(lower=RESOLUTION_S)
        for name, share in (("p50_s", MEDIAN_SHARE), ("p95_s", P95_SHARE))
    ]
    return edges.assign(is_close=close[0] & close[1])


def _times(spans: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return requests and times by edge, with the model's names."""
    _, calls = requests_behind(spans)
    renamed = pd.DataFrame(
        {
            name: [names.get(key, key) for key in calls.index.get_level_values(name)]
            for name in _EDGE
        }
    )
    renamed["duration_s"] = calls["duration_s"].to_numpy()
    grouped = renamed.groupby(_EDGE)["duration_s"]
    return pd.DataFrame(
        {
            "requests": grouped.size(),
            "p50_s": grouped.quantile(0.5),
            "p95_s": grouped.quantile(0.95),
        }
    )


def _milliseconds(recorded_s: float, replayed_s: float) -> str:
    return f"{recorded_s * 1000:,.1f} {replayed_s * 1000:,.1f}"
