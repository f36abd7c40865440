"""The results of the checks."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from tracing_lab.tables import html_table, text_table

_HEADERS = ("", "check", "found", "what to do")


class Status(StrEnum):
    """How serious a result is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Result:
    """The result of one check.

    Parameters
    ----------
    name
        What was checked.
    status
        ``ok``, ``warn`` for a possible problem, ``fail`` when something will not work.
    message
        The finding.
    remedy
        The remedy; empty when none is needed.
    """

    name: str
    status: Status
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Report:
    """The results of all checks, in order."""

    results: tuple[Result, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing failed."""
        return all(result.status is not Status.FAIL for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-serializable data."""
        return {"healthy": self.healthy, "results": [asdict(result) for result in self.results]}

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __str__(self) -> str:
        return f"{text_table(self._cells(), headers=_HEADERS)}\n{self.summary()}"

    def _repr_html_(self) -> str:
        return html_table(self._cells(), headers=_HEADERS, caption=self.summary())

    def summary(self) -> str:
        """Return a one-sentence summary."""
        counts = [
            f"{count} {word}"
            for status, word in ((Status.FAIL, "failed"), (Status.WARN, "to know"))
            if (count := sum(result.status is status for result in self.results))
        ]
        return f"{len(self.results)} checks: {', '.join(counts) or 'all well'}."

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (result.status.value, result.name, result.message, result.remedy)
            for result in self.results
        ]
