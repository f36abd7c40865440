"""What the moves of a game return; each renders as text and in a notebook."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import pandas as pd

from tracing_lab.tables import html_table, text_table, without_math

from .planning import GameIncident
from .report import GameReport, signs_rows
from .scoring import Score


@dataclass(frozen=True, repr=False)
class Remark:
    """A sentence about a move."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{without_math(escape(self.text))}</p>"


@dataclass(frozen=True, repr=False)
class Repair:
    """What a change did.

    Parameters
    ----------
    services
        What was restored.
    holds
        Whether the trouble of the incident is gone with it.
    signs
        How the services are now, as `vital_signs` returns it.
    """

    services: tuple[str, ...]
    holds: bool
    signs: pd.DataFrame

    @property
    def words(self) -> str:
        """The change and its effect."""
        done = f"Restored: {', '.join(self.services)}." if self.services else "Your change."
        return f"{done} The trouble {'is gone' if self.holds else 'is still there, or never was'}."

    def __repr__(self) -> str:
        headers, rows = signs_rows(self.signs)
        return f"{self.words}\n\n{text_table(rows, headers=headers)}"

    def _repr_html_(self) -> str:
        headers, rows = signs_rows(self.signs)
        return f"<p>{escape(self.words)}</p>{html_table(rows, headers=headers)}"


@dataclass(frozen=True, repr=False)
class GameResult:
    """The end of a game.

    Parameters
    ----------
    score
        The points.
    incident
        What was wrong.
    report
        The report, to read or to save.
    path
        Where it was written; None if nowhere.
    """

    score: Score
    incident: GameIncident
    report: GameReport = field(repr=False)
    path: Path | None = None

    @property
    def words(self) -> str:
        """What was wrong, and the points."""
        saved = "" if self.path is None else f" The report is in {self.path}."
        return f"{self.score.total} of 100 points. {self.report.truth}{saved}"

    def __repr__(self) -> str:
        return f"{self.words}\n\n{self.score!r}"

    def _repr_html_(self) -> str:
        return f"<p>{without_math(escape(self.words))}</p>{self.score._repr_html_()}"
