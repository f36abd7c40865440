"""What an examination found."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from tracing_lab.tables import html_table, text_table

_HEADERS = ("", "check", "found", "what to do")


class Status(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Result:
    """What one check found.

    Parameters
    ----------
    name
        What was checked.
    status
        ``ok``, ``warn`` when something may surprise, ``fail`` when something will not work.
    message
        What was found.
    remedy
        What to do; empty when there is nothing to do.
    """

    name: str
    status: Status
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Report:
    """What all checks found, in their order."""

    results: tuple[Result, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing failed."""
        return all(result.status is not Status.FAIL for result in self.results)

    def to_dict(self) -> dict[str, Any]:
        """Give the report as JSON-able data."""
        return {"healthy": self.healthy, "results": [asdict(result) for result in self.results]}

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    def __str__(self) -> str:
        return f"{text_table(self._cells(), headers=_HEADERS)}\n{self.summary()}"

    def _repr_html_(self) -> str:
        return html_table(self._cells(), headers=_HEADERS, caption=self.summary())

    def summary(self) -> str:
        """Say in a sentence how things are."""
        counts = [
            f"{count} {word}"
            for status, word in ((Status.FAIL, "failed"), (Status.WARN, "to know"))
            if (count := sum(result.status is status for result in self.results))
        ]
        return f"{len(self.results)} checks: {', '.join(counts) or 'all well'}."

    def _cells(self) -> list[tuple[str, ...]]:
        return [(one.status.value, one.name, one.message, one.remedy) for one in self.results]
