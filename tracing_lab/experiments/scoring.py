"""How good a prediction was, as text and in a notebook."""

from dataclasses import dataclass
from html import escape
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.stats.whatif import Prediction
from tracing_lab.tables import html_table, text_table, without_math

_HEADERS: Final = ("", "before", "predicted", "interval", "observed", "error", "inside")
_QUANTILES: Final = {"p50": 0.5, "p99": 0.99}


@dataclass(frozen=True, repr=False)
class PredictionScore:
    """A prediction beside what was observed after the change.

    Parameters
    ----------
    prediction
        The prediction.
    observed_s
        How long requests, or their chains, took.
    table
        The prediction's table with ``observed_s``, ``error`` (of the predicted value, as a share of
        the observed one; negative if it took longer than predicted) and ``inside`` (whether the
        interval has it).
    spans
        The traces after the change.
    sent
        The orders, as `traffic.fire` returns them.
    """

    prediction: Prediction
    observed_s: npt.NDArray[np.float64]
    table: pd.DataFrame
    spans: pd.DataFrame
    sent: pd.DataFrame

    @property
    def holds(self) -> bool:
        """Whether all intervals have what was observed."""
        return bool(self.table["inside"].all())

    def __repr__(self) -> str:
        return f"{self._title()}\n{text_table(self._rows(), headers=_HEADERS)}"

    def _repr_html_(self) -> str:
        title = without_math(escape(self._title()))
        return f"<p>{title}</p>{html_table(self._rows(), headers=_HEADERS)}"

    def _title(self) -> str:
        verdict = "The prediction holds" if self.holds else "The prediction does not hold"
        changes = "; ".join(map(str, self.prediction.changes))
        count, wanted = len(self.observed_s), self.prediction.requests
        other = "" if count == wanted else f" The interval is for {wanted} requests."
        return f"{verdict} ({count} orders): {changes}.{other}"

    def _rows(self) -> list[list[str]]:
        return [
            [
                str(name),
                _ms(row["now_s"]),
                _ms(row["predicted_s"]),
                f"{_ms(row['low_s'])} to {_ms(row['high_s'])}",
                _ms(row["observed_s"]),
                f"{row['error']:+.1%}",
                "yes" if row["inside"] else "no",
            ]
            for name, row in self.table.iterrows()
        ]


def score(
    prediction: Prediction,
    observed_s: npt.NDArray[np.float64],
    *,
    spans: pd.DataFrame,
    sent: pd.DataFrame,
) -> PredictionScore:
    """Return how good a prediction was.

    Parameters
    ----------
    prediction
        The prediction.
    observed_s
        How long requests took; NaN is left out.
    spans, sent
        See `PredictionScore`.
    """
    known = observed_s[~np.isnan(observed_s)]
    table = prediction.table.copy()
    table["observed_s"] = [np.quantile(known, _QUANTILES[str(name)]) for name in table.index]
    table["error"] = table["predicted_s"] / table["observed_s"] - 1
    table["inside"] = table["observed_s"].between(table["low_s"], table["high_s"])
    return PredictionScore(prediction, known, table, spans, sent)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
