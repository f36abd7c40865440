"""What would change, as text and in a notebook."""

from dataclasses import dataclass
from html import escape
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.tables import html_table, text_table, without_math

from .changes import Change

Span = Literal["request", "chain"]

REQUEST: Final = "request"
CHAIN: Final = "chain"

PERCENTILES: Final = {"p50": 0.5, "p99": 0.99}

IGNORED: Final = (
    "waiting for environments, connections and processors stays as the traces show it",
    "failures, timeouts, client retries and caches do not follow from a change of times",
)
"""What no prediction looks at."""

_HEADERS: Final = ("", "now", "predicted", "low", "high")


@dataclass(frozen=True, repr=False)
class Prediction:
    """How long requests would take after changes.

    Parameters
    ----------
    changes
        The changes.
    of
        ``request`` (until the response) or ``chain`` (until the trace's last segment ends).
    table
        Rows ``p50`` and ``p99``; in seconds ``now_s``, ``predicted_s`` and the bounds of its
        interval, ``low_s`` and ``high_s``.
    confidence
        Of the interval: so often it has the percentile of as many `requests` after the changes.
    requests
        How many.
    traces, left_out
        How many traces it is from, and how many could not be used because something in them is in
        progress or missing.
    now_s, predicted_s
        How long the traces take; predicted ones of several random cases, one after the other.
    ignores
        What is not looked at.
    """

    changes: tuple[Change, ...]
    of: Span
    table: pd.DataFrame
    confidence: float
    requests: int
    traces: int
    left_out: int
    now_s: npt.NDArray[np.float64]
    predicted_s: npt.NDArray[np.float64]
    ignores: tuple[str, ...] = IGNORED

    def __repr__(self) -> str:
        return "\n".join(
            [self._title(), text_table(self._rows(), headers=_HEADERS), *self._notes()]
        )

    def _repr_html_(self) -> str:
        lines = [f"<p>{without_math(escape(line))}</p>" for line in (self._title(), *self._notes())]
        return lines[0] + html_table(self._rows(), headers=_HEADERS) + "".join(lines[1:])

    def _title(self) -> str:
        what = "response time" if self.of == REQUEST else "time until all has ended"
        return f"If {'; '.join(map(str, self.changes))}: {what}"

    def _rows(self) -> list[list[str]]:
        return [
            [str(name), *(f"{value * 1000:.0f} ms" for value in row)]
            for name, row in zip(self.table.index, self.table.to_numpy(), strict=True)
        ]

    def _notes(self) -> list[str]:
        left = f" ({self.left_out} more could not be used)" if self.left_out else ""
        bounds = f"bounds have {self.confidence:.0%} of what {self.requests} requests would show"
        return [
            f"From {self.traces} traces{left}; {bounds}.",
            f"Ignored: {'; '.join(self.ignores)}.",
        ]
