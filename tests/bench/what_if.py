"""Predict 40 recorded interventions from the traces before them, beside a plain projection.

``python what_if.py`` prints each of them.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

import numpy as np
import pandas as pd
from intervention_plan import CHAIN, Intervention, plan
from interventions import Recorded, recorded
from projection import projected
from report import row

import tracing_lab as tl

PERCENTILES: Final = {"p50": 0.5, "p99": 0.99}
LIMITS_PERCENT: Final = {"p50": 5.0, "p99": 12.0}
COVERED: Final = 0.9
"""Share of intervals that have what was observed."""


class Scored(NamedTuple):
    """A prediction of a percentile, and what was observed after the change."""

    planned: Intervention
    percentile: str
    now_s: float
    predicted_s: float
    low_s: float
    high_s: float
    projected_s: float
    observed_s: float

    def error(self, predicted_s: float) -> float:
        """Return by how much a prediction differs, in percent of what was observed."""
        return 100 * abs(predicted_s / self.observed_s - 1)

    @property
    def is_inside(self) -> bool:
        """Whether the interval has what was observed."""
        return self.low_s <= self.observed_s <= self.high_s

    def __str__(self) -> str:
        times = (self.now_s, self.projected_s, self.predicted_s, self.observed_s)
        shown = " ".join(f"{1000 * value:7.0f}" for value in times)
        bounds = f"{1000 * self.low_s:6.0f} - {1000 * self.high_s:6.0f}"
        outside = " " if self.is_inside else "!"
        planned = self.planned
        return (
            f"{planned.number:3} {planned.of:7} {self.percentile} {shown}  {bounds} {outside}"
            f" {self.error(self.predicted_s):5.1f} %  {planned.as_change()}"
        )


def scored(known: Recorded, planned: Intervention) -> Iterator[Scored]:
    """Yield the predictions of an intervention."""
    change = planned.as_change()
    prediction = tl.whatif.predict(known.spans, change, of=planned.of)
    plain = projected(known.spans, change, of=planned.of)
    observed = known.chain_s if planned.of == CHAIN else known.request_s
    for name, q in PERCENTILES.items():
        times = prediction.table.loc[name, ["now_s", "predicted_s", "low_s", "high_s"]]
        now_s, predicted_s, low_s, high_s = map(float, times)
        yield Scored(
            planned,
            name,
            now_s,
            predicted_s,
            low_s,
            high_s,
            float(np.quantile(plain, q)),
            float(np.nanquantile(observed, q)),
        )


def all_scored() -> list[Scored]:
    """Return the predictions of all recorded interventions."""
    planned = plan()
    return [row for known in recorded() for row in scored(known, planned[known.number])]


def bench_what_if() -> None:
    """Print how far predictions were off, and how often their intervals had what came."""
    report(all_scored())


def report(rows: Iterable[Scored]) -> None:
    """Print the figures of predictions."""
    table = pd.DataFrame(
        {
            "percentile": one.percentile,
            "error": one.error(one.predicted_s),
            "plain": one.error(one.projected_s),
            "same": one.error(one.now_s),
            "inside": one.is_inside,
        }
        for one in rows
    )
    for name, group in table.groupby("percentile"):
        error, limit = group["error"].median(), LIMITS_PERCENT[str(name)]
        what = f"{name} predicted: median error"
        row(what, error, "%", limit=limit)
        row(what, error, "%", peer=group["plain"].median(), peer_name="plain projection")
        row(what, error, "%", peer=group["same"].median(), peer_name="no change")
        row(
            f"{name}: largest error",
            group["error"].max(),
            "%",
            peer=group["plain"].max(),
            peer_name="plain projection",
        )
        inside, least = int(group["inside"].sum()), COVERED * len(group)
        row(f"{name} inside its interval, of {len(group)}", inside, "", limit=least)


if __name__ == "__main__":
    found = all_scored()
    print("  # of           now  plain predict observe        interval    error")
    print(*found, sep="\n")
    report(found)
