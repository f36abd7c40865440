"""A game: answer, change something, and finish."""

from collections.abc import Sequence
from pathlib import Path
from types import EllipsisType
from typing import Final

import pandas as pd

from tracing_lab.traffic import Progress

from .investigation import HEALTHY, INCIDENT, Investigation
from .levels import level_of
from .reading import NONE, NOTHING, read_cause, read_kind, read_path, read_service
from .report import GameFacts, GameReport, report_of
from .results import GameResult, Remark, Repair
from .scoring import GameAnswer, Play, scored
from .vital_signs import is_gone, trouble

_S_PER_MIN: Final = 60.0
_OPEN: Final = Remark("Not answered yet: name cause, kind and path. Nothing was recorded.")


class Game(Investigation):
    """A game that goes on. `tracing_lab.gameday.begin` and `resume` return it."""

    _result: GameResult | None = None

    def answer(
        self,
        cause: str | EllipsisType = ...,
        kind: str | EllipsisType = ...,
        path: str | Sequence[str] | EllipsisType = ...,
    ) -> Remark:
        """Record what is wrong. The last answer counts; each one before it costs points.

        Parameters
        ----------
        cause
            A service, as itself or as a node of the service graph; ``nothing`` if all is well.
        kind
            What is wrong with it: a scenario of `tracing_lab.faults.scenarios`.
        path
            Nodes of the service graph or parts of the shop, from the cause to where somebody
            notices; empty if all is well.

        Returns
        -------
        Remark
            What was recorded, and not whether it is right.

        Raises
        ------
        GameDayError
            If a name is unknown; nothing is recorded then.
        """
        self._check_running()
        if isinstance(cause, EllipsisType):
            return _OPEN
        named = read_cause(cause)
        if named == NOTHING:
            answer = GameAnswer(NOTHING, NONE, ())
        elif isinstance(kind, EllipsisType) or isinstance(path, EllipsisType):
            return _OPEN
        else:
            answer = GameAnswer(named, read_kind(kind), read_path(path))
        given = {"cause": answer.cause, "kind": answer.kind, "path": [*answer.path]}
        self._state.answers.append({**given, "at_s": self._elapsed_s()})
        self._file.write(self._state)
        return Remark(f"Recorded: {answer}. The game's end says whether that is right.")

    def mend(
        self, *services: str | EllipsisType, progress: Progress | None = None
    ) -> Repair | Remark:
        """Restore services as they were before the incident, and see what that changes.

        Parameters
        ----------
        *services
            Those to restore, as themselves or as nodes of the service graph; none if you have
            changed something yourself.
        progress
            Called with the number of completed and of all orders.

        Returns
        -------
        Repair
            How the services are with the same orders as in the incident.

        Raises
        ------
        GameDayError
            If there is no such service, or the game is over; nothing is changed then.
        """
        self._check_running()
        texts = [service for service in services if not isinstance(service, EllipsisType)]
        if len(texts) < len(services):
            return Remark("Nothing was changed: name the service to restore.")
        named = tuple(map(read_service, texts))
        if named:
            self._stage.mend(named)
        self._state.changes.append({"services": [*named], "at_s": self._elapsed_s(), "holds": None})
        self._file.write(self._state)
        return self._tried(progress)

    def finish(self, out: str | Path | None = None) -> GameResult:
        """End the game: undo the incident exactly, and return score and report.

        Parameters
        ----------
        out
            A file for the report, ending in ``.md`` or ``.html``.

        Returns
        -------
        GameResult
            The score, what was wrong, and the report.

        Raises
        ------
        GameDayError
            If the file's name ends otherwise, or the stack could not be restored; the game goes on
            then.
        FileError
            If the file cannot be written; the game goes on then.
        """
        if self._result is not None:
            return self._result
        self._check_running()
        GameReport.check(out)
        facts = self._facts()
        self._stage.close()
        score = scored(facts.play, self._stage.incident)
        report = report_of(self._state, self._stage.incident, facts, score)
        path = None if out is None else report.save(out)
        self._file.remove()
        self._result = GameResult(score, self._stage.incident, report, path)
        return self._result

    def abandon(self) -> None:
        """End the game without a score: undo the incident exactly.

        Raises
        ------
        GameDayError
            If the stack could not be restored; the game goes on then.
        """
        self._check_running()
        self._stage.close()
        self._file.remove()

    def __repr__(self) -> str:
        if self._result is not None:
            return self._result.words
        level = level_of(self.level)
        lines = [
            f"Game day, seed {self.seed}, level {self.level} ({level.summary}).",
            f"Looked at: {self.queries} times. Windows: {', '.join(self.windows)}.",
            *(_customers_words(name, self.orders(name)) for name in self.windows),
        ]
        return "\n".join(lines)

    def _tried(self, progress: Progress | None) -> Repair:
        name = f"change {len(self._state.changes)}"
        self._serve(name, orders=level_of(self.level).orders, progress=progress)
        signs = {window: self._signs(window) for window in (HEALTHY, INCIDENT, name)}
        incident = self._stage.incident
        holds = incident.cause != NOTHING and is_gone(
            *(trouble(table, incident.cause, incident.kind) for table in signs.values())
        )
        self._state.changes[-1]["holds"] = holds
        self._file.write(self._state)
        return Repair(tuple(self._state.changes[-1]["services"]), holds, signs[name])

    def _facts(self) -> GameFacts:
        answers = self._state.answers
        asked_s = answers[-1]["at_s"] if answers else self._elapsed_s()
        changes = self._state.changes
        play = Play(
            answers=[GameAnswer(a["cause"], a["kind"], tuple(a["path"])) for a in answers],
            changed=frozenset(service for change in changes for service in change["services"]),
            holds=changes[-1]["holds"] if changes else None,
            minutes=asked_s / _S_PER_MIN,
            queries=self.queries,
        )
        orders = {name: self.orders(name) for name in self.windows}
        signs = {name: self._signs(name) for name in (HEALTHY, INCIDENT)}
        return GameFacts(play, orders, signs, self._elapsed_s())


def _customers_words(name: str, orders: pd.DataFrame) -> str:
    accepted = int((orders["status"] == 201).sum())  # noqa: PLR2004 - Created
    p50_ms = orders["latency_s"].median() * 1000
    return f"  {name}: {accepted} of {len(orders)} orders accepted, median {p50_ms:.0f} ms"
