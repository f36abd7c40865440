"""Reads a template's text piece by piece."""

import re
from typing import NoReturn

from .errors import TemplateError

_SPACES = re.compile(r"\s*")
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|\r|\n)?")
MAX_DEPTH = 50
"""Directives and expressions within each other; a choice of ours."""


class TemplateScanner:
    """A position in a text.

    Parameters
    ----------
    text
        The text.
    depth
        Expressions and directives around it.
    """

    def __init__(self, text: str, *, depth: int = 0) -> None:
        self.text = text
        self.position = 0
        self.depth = depth

    @property
    def at_end(self) -> bool:
        """Whether all was read."""
        return self.position >= len(self.text)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return what a pattern matches here, and move past it; None, and stay, if it does not."""
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def take(self, symbol: str, *, spaces: bool = True) -> bool:
        """Move past a symbol, if it is next; return whether it was."""
        start = self.position
        if spaces:
            self.skip_spaces()
        if self.text.startswith(symbol, self.position):
            self.position += len(symbol)
            return True
        self.position = start
        return False

    def expect(self, symbol: str) -> None:
        """Move past a symbol; TemplateError if it is not next."""
        if not self.take(symbol):
            self.fail(f"{symbol!r} is expected")

    def skip_spaces(self) -> None:
        """Move past white space."""
        self.match(_SPACES)

    def skip_line(self) -> None:
        """Move past the end of the line if nothing else is on it, as directives do."""
        start = self.position
        found = self.match(_REST_OF_LINE)
        if found is not None and not found[0].endswith(("\r", "\n")):
            self.position = start

    def enter(self) -> int:
        """Count a directive or expression that begins, and return the depth before.

        Raises
        ------
        TemplateError
            It is too deep.
        """
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"more than {MAX_DEPTH} expressions or directives in each other")
        return self.depth - 1

    def leave(self, depth: int) -> None:
        """Return to the depth of before."""
        self.depth = depth

    def fail(self, problem: str) -> NoReturn:
        """Raise TemplateError, which says what is wrong, where."""
        line = self.text.count("\n", 0, self.position) + 1
        column = self.position - (self.text.rfind("\n", 0, self.position) + 1) + 1
        msg = f"line {line}, column {column}: {problem}"
        raise TemplateError(msg)
