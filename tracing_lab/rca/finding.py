"""What root-cause analysis returns, as text and in a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import pandas as pd

from tracing_lab.tables import html_table, text_table, without_math

from .symptoms import REQUESTS
from .words import milliseconds, percent, sureness

_SHOWN: Final = 5
_CAUSE: Final = ("name", "probability", "evidence")
_CAUSE_HEADERS: Final = ("possible cause", "probability", "evidence")
_SYMPTOM_HEADERS: Final = ("symptom", "good window", "bad window")


@dataclass(frozen=True, repr=False)
class Finding:
    """The cause of a bad window, or that there is none to be found.

    Parameters
    ----------
    found
        Whether a cause is named. False is a result: nothing differs that chance, cold starts or a
        busy machine would not explain.
    reason
        Why it is named; or why it is not, and what would have been noticed.
    causes
        Nodes and edges of the service graph that got worse of themselves, the most probable cause
        first: ``name`` (an edge's is ``source -> target``), ``kind`` (``node`` or ``edge``),
        ``score`` (from 0 to 1: share of requests that fail or are lost, or added time by how long
        a trace takes), ``probability`` (that it is a cause), ``evidence`` in words, ``q`` (p-value,
        corrected for the number of tests) and ``tests``. Also filled where nothing is found.
    root_causes
        Names of the causes that are more probable than not; several where several faults are.
    path
        Nodes from the first cause to where it is noticed; empty if nothing is found.
    symptoms
        How whole traces differ: one row per symptom, with ``good``, ``bad``, ``change``, ``q`` and
        ``significant``.
    probability
        That the first of the root causes is one; where nothing is found, that the most suspicious
        node or edge is, 0 without any. It was calibrated on recorded incidents of the workshop's
        shop, so that other systems may differ.
    """

    found: bool
    reason: str
    causes: pd.DataFrame
    root_causes: tuple[str, ...]
    path: tuple[str, ...]
    symptoms: pd.DataFrame
    probability: float

    def __repr__(self) -> str:
        tables = [text_table(rows, headers=headers) for headers, rows in self._tables()]
        return "\n\n".join(["\n".join(self._verdict()), *tables])

    def _repr_html_(self) -> str:
        verdict = "".join(f"<p>{without_math(escape(line))}</p>" for line in self._verdict())
        tables = [html_table(rows, headers=headers) for headers, rows in self._tables()]
        return verdict + "".join(tables)

    def _verdict(self) -> list[str]:
        """Return what was found, the path, and why."""
        if not self.found:
            return ["No fault found.", self.reason]
        names = " and ".join(self.root_causes)
        sure = f"probability {sureness(self.probability)}"
        causes = "Root causes" if len(self.root_causes) > 1 else "Root cause"
        return [f"{causes}: {names} ({sure}).", f"Path: {' -> '.join(self.path)}."]

    def _tables(self) -> list[tuple[Sequence[str], list[list[str]]]]:
        """Return headers and rows of the ranking and of the symptoms, without empty ones."""
        columns = zip(*(self.causes[name] for name in _CAUSE), strict=True)
        causes = [[name, sureness(sure), words] for name, sure, words in columns][:_SHOWN]
        changed = self.symptoms[self.symptoms["significant"]]
        symptoms = [
            [str(name), *(_value(str(name), row[window]) for window in ("good", "bad"))]
            for name, row in changed.iterrows()
        ]
        tables = [(_CAUSE_HEADERS, causes), (_SYMPTOM_HEADERS, symptoms)]
        return [(headers, rows) for headers, rows in tables if rows]


def _value(symptom: str, value: float) -> str:
    if " time " in symptom:
        return milliseconds(value)
    return f"{value:.1f}" if symptom == REQUESTS else percent(value)
