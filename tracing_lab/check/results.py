"""What the verbs of `tracing_lab.check` return; each renders as text and in a notebook."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.tables import text_table

from .judging import BLANK, RIGHT
from .rendering import COLOURS, block, table

MIME = "application/vnd.tracing-lab.check+json"
"""The kind of output in which a saved notebook keeps a check, for `tracing-lab grade`."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Note:
    """A titled message, such as a hint.

    Parameters
    ----------
    state
        ``right``, ``wrong``, ``blank``, ``unchecked``, ``hint``, ``solution`` or ``prediction``.
    title
        The exercise's id and what the message is, for example ``07.p95, hint 1 of 3``.
    message
        What to read; code stands between backticks.
    code
        Lines of code to show below.
    """

    state: str
    title: str
    message: str
    code: str = ""

    def __repr__(self) -> str:
        """Return the message as text."""
        mark, _ = COLOURS[self.state]
        code = "".join(f"\n    {line}" for line in self.code.splitlines())
        return f"{mark} {self.title}: {self.message}{code}"

    def _repr_html_(self) -> str:
        return block(self.state, self.title, self.message, self.code)


@dataclass(frozen=True, kw_only=True, repr=False)
class CheckResult(Note):
    """The result of a check; true when the answer is right.

    Parameters
    ----------
    mistake
        The name of the mistake that was recognised; empty if none was.
    record
        What is kept: the answer and the facts that it was judged by.
    """

    mistake: str = ""
    record: dict[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether the answer is right."""
        return self.ok

    @property
    def ok(self) -> bool:
        """Whether the answer is right."""
        return self.state == RIGHT

    @property
    def answered(self) -> bool:
        """Whether there was an answer at all."""
        return self.state != BLANK

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {MIME: self.record} if self.record else {}


@dataclass(frozen=True, kw_only=True, repr=False)
class Page:
    """A table with a caption.

    Parameters
    ----------
    caption
        Text above the table.
    headers
        One title per column.
    rows
        Cells as text.
    """

    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __repr__(self) -> str:
        """Return the table as text."""
        return f"{self.caption}\n\n{text_table(self.rows, headers=self.headers)}"

    def _repr_html_(self) -> str:
        return table(self.rows, headers=self.headers, caption=self.caption)
