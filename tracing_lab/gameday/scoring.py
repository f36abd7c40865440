"""What a game is worth: points for the answer, the repair, and how little they took. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tracing_lab.tables import html_table, text_table

from .levels import level_of
from .planning import GameIncident
from .reading import NOTHING, Path

CAUSE, KIND, PATH, HOLDS, TIME, QUERIES = 30, 15, 15, 20, 10, 10
"""Points for each part; a hundred in all."""

REVISION: Final = 5
"""Points that each answer after the first costs, and each healthy service that was changed."""

_HEADERS: Final = ("part", "points", "of", "why")


@dataclass(frozen=True)
class GameAnswer:
    """What a learner says is wrong.

    Parameters
    ----------
    cause
        A service, or `NOTHING`.
    kind
        The scenario: what is wrong with it.
    path
        Parts of the shop, from the cause to where somebody notices.
    """

    cause: str
    kind: str
    path: Path

    def __str__(self) -> str:
        if self.cause == NOTHING:
            return "nothing is wrong"
        return f"{self.kind} of {self.cause}, along {' -> '.join(self.path) or 'no path'}"


@dataclass(frozen=True)
class Play:
    """What a learner did.

    Parameters
    ----------
    answers
        One after the other; the last one counts.
    changed
        Services that were restored.
    holds
        Whether the trouble went when the last change was made; None if it was not tried.
    minutes
        From the beginning of the incident to the last answer.
    queries
        How often something was looked at.
    """

    answers: Sequence[GameAnswer]
    changed: frozenset[str]
    holds: bool | None
    minutes: float
    queries: int


@dataclass(frozen=True)
class ScorePart:
    """Points for a part."""

    name: str
    points: int
    most: int
    why: str


@dataclass(frozen=True, repr=False)
class Score:
    """The points of a game.

    Parameters
    ----------
    parts
        A row for each part.
    """

    parts: tuple[ScorePart, ...]

    @property
    def total(self) -> int:
        """The sum, from 0 to 100."""
        return max(sum(part.points for part in self.parts), 0)

    @property
    def solved(self) -> bool:
        """Whether cause, kind and path are right."""
        return all(part.points == part.most for part in self.parts[:3])

    def rows(self) -> list[list[str]]:
        """Return the table's cells as text, with the sum."""
        rows = [[part.name, str(part.points), str(part.most), part.why] for part in self.parts]
        return [*rows, ["total", str(self.total), "100", ""]]

    def __repr__(self) -> str:
        return text_table(self.rows(), headers=_HEADERS)

    def _repr_html_(self) -> str:
        return html_table(self.rows(), headers=_HEADERS)


def scored(play: Play, incident: GameIncident) -> Score:
    """Return the points of what a learner did.

    Parameters
    ----------
    play
        What the learner did.
    incident
        What was wrong.
    """
    last = play.answers[-1] if play.answers else None
    level = level_of(incident.level)
    cause = last is not None and last.cause == incident.cause
    kind = cause and last is not None and last.kind == incident.kind
    path = cause and last is not None and last.path[: len(incident.path)] == incident.path
    parts = [
        _part("cause", CAUSE, cause, f"it was {incident.cause}"),
        _part("kind", KIND, kind, f"it was {incident.kind}"),
        _part("path", PATH, path, " -> ".join(incident.path) or "there was none"),
        _repair(play, incident, is_right=cause),
        _effort("time", TIME, cause, play.minutes, level.minutes, "minutes"),
        _effort("queries", QUERIES, cause, play.queries, level.queries, "queries"),
    ]
    return Score((*parts, *_costs(play, incident)))


def _part(name: str, most: int, is_right: bool, why: str) -> ScorePart:  # noqa: FBT001 - private
    return ScorePart(name, most if is_right else 0, most, why)


def _repair(play: Play, incident: GameIncident, *, is_right: bool) -> ScorePart:
    """Return the points for a change after which the trouble is gone."""
    if incident.cause == NOTHING:
        fine = is_right and not play.changed
        return _part("repair", HOLDS, fine, "there was nothing to change")
    if play.holds is None:
        return _part("repair", HOLDS, False, "nothing was changed and tried")  # noqa: FBT003
    why = "the trouble went with the change" if play.holds else "the trouble stayed"
    return _part("repair", HOLDS, play.holds, why)


def _effort(
    name: str,
    most: int,
    is_right: bool,  # noqa: FBT001 - private
    used: float,
    good: float,
    unit: str,
) -> ScorePart:
    """Return all points up to a good investigation, none at three times as much."""
    points = round(most * min(max((3 * good - used) / (2 * good), 0.0), 1.0)) if is_right else 0
    return ScorePart(name, points, most, f"{_rounded(used)} {unit}; {good:g} are good")


def _rounded(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1f}"


def _costs(play: Play, incident: GameIncident) -> list[ScorePart]:
    revisions = max(len(play.answers) - 1, 0)
    others = sorted(play.changed - {incident.cause})
    costs = []
    if revisions:
        why = f"{revisions} before the last"
        costs.append(ScorePart("other answers", -REVISION * revisions, 0, why))
    if others:
        why = f"{', '.join(others)} had nothing to do with it"
        costs.append(ScorePart("healthy services changed", -REVISION * len(others), 0, why))
    return costs
