"""Reads the tokens of a query on demand, because only the parser knows what a slash means."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import NoReturn

from .errors import MalformedQueryError

_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
_UNIT = r"ms|msec|s|sec|m|min|h|hr|d|w"
_TOKEN = re.compile(
    rf"""
      (?P<name>[A-Za-z_@][\w@.]*)
    | `(?P<quoted_name>[^`]+)`
    | (?P<period>\d+(?:{_UNIT})\b)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
    | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<symbol>!=|<=|>=|=~|[=<>|,()\[\]+\-*/%^])
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_REGEX = re.compile(r"/((?:\\.|[^/\\])+)/", re.DOTALL)
_WORD = re.compile(r"\w+|.", re.DOTALL)


@dataclass(frozen=True)
class InsightsToken:
    """One token; `kind` is a group of the expression that found it, or ``end``."""

    kind: str
    text: str
    start: int
    end: int


class Scanner:
    """The tokens of a query from the current position on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.end_of_last = 0
        self._position = 0

    def peek(self) -> InsightsToken:
        """Return the next token without moving on."""
        start = self._skipped()
        if start == len(self.text):
            return InsightsToken("end", "", start, start)
        match = _TOKEN.match(self.text, start)
        if match is None:
            unknown = _WORD.match(self.text, start)
            end = start + 1 if unknown is None else unknown.end()
            self.reject(InsightsToken("unknown", self.text[start:end], start, end))
        kind = str(match.lastgroup)
        return InsightsToken(kind, match[kind], start, match.end())

    def take(self) -> InsightsToken:
        """Return the next token and move on."""
        token = self.peek()
        self._position = self.end_of_last = token.end
        return token

    def accept(self, *texts: str) -> str | None:
        """Consume and return the next token if it is one of these strings, ignoring case."""
        token = self.peek()
        if token.kind not in {"name", "symbol"} or token.text.lower() not in texts:
            return None
        self.take()
        return token.text.lower()

    def expect(self, *texts: str) -> str:
        """Consume one of these symbols or words and return it.

        Raises
        ------
        MalformedQueryError
            If the next token is another one.
        """
        accepted = self.accept(*texts)
        if accepted is None:
            self.reject(self.peek(), texts)
        return accepted

    def expect_kind(self, *kinds: str, what: str) -> InsightsToken:
        """Consume a token of one of these kinds and return it.

        Raises
        ------
        MalformedQueryError
            If the next token is another one.
        """
        token = self.peek()
        if token.kind not in kinds:
            self.reject(token, (what,))
        return self.take()

    def regex(self) -> "re.Pattern[str] | None":
        """Consume a regular expression between slashes; None if there is none.

        Raises
        ------
        MalformedQueryError
            If the expression is malformed.
        """
        start = self._skipped()
        match = _REGEX.match(self.text, start)
        if match is None:
            return None
        self._position = self.end_of_last = match.end()
        try:
            return re.compile(_as_python(match[1]))
        except (re.error, OverflowError) as error:
            message = f"invalid regular expression {match[0]}: {error}"
            raise MalformedQueryError(message, start=start, end=match.end()) from error

    def reject(self, token: InsightsToken, expected: Collection[str] = ()) -> NoReturn:
        """Raise the error for an unexpected token."""
        line = self.text.count("\n", 0, token.start) + 1
        position = token.start - (self.text.rfind("\n", 0, token.start) + 1)
        what = f"unexpected symbol found {token.text}" if token.text else "unexpected end of query"
        message = f"{what} at line {line} and position {position}"
        if expected:
            message += f", expecting {' or '.join(expected)}"
        raise MalformedQueryError(message, start=token.start, end=token.end)

    def _skipped(self) -> int:
        match = _SPACE.match(self.text, self._position)
        return self._position if match is None else match.end()


def _as_python(pattern: str) -> str:
    """Return a pattern in Python's syntax of groups and flags.

    >>> _as_python("^(?i)a(?<name>b)")
    '(?i)^a(?P<name>b)'
    """
    named = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", pattern)
    flags = "".join(re.findall(r"\(\?([imsx]+)\)", named))
    plain = re.sub(r"\(\?[imsx]+\)", "", named)
    return f"(?{''.join(sorted(set(flags)))}){plain}" if flags else plain
