"""An optional progress bar; the library itself prints nothing."""

import time
from types import TracebackType
from typing import Self

from .in_notebook import NotebookBar, is_notebook
from .in_terminal import TerminalBar

__all__ = ["ProgressBar", "progress_bar"]


class ProgressBar:
    """A callback that draws a bar, in a terminal or a notebook, from its first call on.

    It takes the number of things done and of all things, and closes when they are equal; as a
    context manager also when the block ends before that.

    Parameters
    ----------
    description
        The label before the bar.
    """

    def __init__(self, description: str) -> None:
        self._description = description
        self._begun_s = time.monotonic()
        self._bar: NotebookBar | TerminalBar | None = None
        self._text = ""

    def __call__(self, done: int, total: int) -> None:
        """Show the progress."""
        if self._bar is None:
            self._bar = self._new_bar()
        self._bar.show(done, total, self._text)
        if done >= total:
            self._bar.close()

    def note(self, text: str) -> None:
        """Show a text beside the numbers from the next call on."""
        self._text = text

    def _new_bar(self) -> NotebookBar | TerminalBar:
        if is_notebook():
            return NotebookBar(self._description, begun_s=self._begun_s)
        return TerminalBar(self._description)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def progress_bar(description: str) -> ProgressBar:
    """Return a callback that draws a bar, in a terminal or a notebook.

    Parameters
    ----------
    description
        The label before the bar.

    Returns
    -------
    ProgressBar
        Takes the number of things done and of all things; closes the bar when they are equal.
    """
    return ProgressBar(description)
