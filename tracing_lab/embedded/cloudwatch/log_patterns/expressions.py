"""Comparisons joined with ``&&``, ``||`` and parentheses, in JSON and space-delimited patterns.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html,
"compound expressions": ``()`` binds closer than ``&&``, and that closer than ``||``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from .comparing import value_test
from .errors import LogPatternError

Condition = Callable[[Any], bool]
Values = Callable[[Any], Sequence[Any]]
"""Returns the values of an operand in a message; none if it does not exist there."""

MAX_REGEXES = 2
"""Regular expressions in a JSON or space-delimited pattern (quotas on the same page)."""

_MAX_DEPTH = 50
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<selector>\$(?:\.?\['[^']*'\]|\.?\["[^"]*"\]|\[(?:\d+|\*)\]|\.[A-Za-z0-9_-]+|\.\*)*)
    | (?P<quoted>"(?:\\.|[^"\\])*")
    | (?P<regex>%[^%]*%)
    | (?P<symbol>&&|\|\||!=|<=|>=|[=<>()])
    | (?P<word>[^\s"%=<>!&|()$,\[\]{}]+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class PatternToken:
    """One token; its kind is a group of the expression that found it."""

    kind: str
    text: str


def parse_condition(
    text: str,
    operand: Callable[[PatternToken], Values],
    keywords: Mapping[tuple[str, str], Callable[[Sequence[Any]], bool]],
) -> Condition:
    """Parse an expression into a function of a message.

    Parameters
    ----------
    text
        The expression.
    operand
        Compiles the token on the left side of a comparison; raises LogPatternError.
    keywords
        Two words that may replace an operator, for example ``("IS", "NULL")``, and their test.

    Raises
    ------
    LogPatternError
        If the expression is malformed.
    """
    tokens = _tokens(text)
    if sum(token.kind == "regex" for token in tokens) > MAX_REGEXES:
        msg = f"A filter pattern can have at most {MAX_REGEXES} regular expressions"
        raise LogPatternError(msg)
    return _PatternParser(text, tokens, operand, keywords).parse()


def _tokens(text: str) -> list[PatternToken]:
    tokens, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            msg = f"Invalid character(s) in term '{text[position:].strip()}'"
            raise LogPatternError(msg)
        kind = str(match.lastgroup)
        tokens.append(PatternToken(kind, match[kind]))
        position = match.end()
    return tokens


class _PatternParser:
    def __init__(
        self,
        text: str,
        tokens: Sequence[PatternToken],
        operand: Callable[[PatternToken], Values],
        keywords: Mapping[tuple[str, str], Callable[[Sequence[Any]], bool]],
    ) -> None:
        self._text = text.strip()
        self._tokens = list(tokens)
        self._next = 0
        self._depth = 0
        self._operand = operand
        self._keywords = keywords

    def parse(self) -> Condition:
        condition = self._any()
        if self._next < len(self._tokens):
            self._reject()
        return condition

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._accept("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda message: any(part(message) for part in parts)

    def _all(self) -> Condition:
        parts = [self._single()]
        while self._accept("&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda message: all(part(message) for part in parts)

    def _single(self) -> Condition:
        if not self._accept("("):
            return self._comparison()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            msg = f"Parentheses are nested deeper than {_MAX_DEPTH} times"
            raise LogPatternError(msg)
        condition = self._any()
        if not self._accept(")"):
            self._reject()
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        values = self._operand(self._take())
        operator = self._take()
        if operator.kind == "word":
            test = self._keywords.get((operator.text, self._take().text))
            if test is None:
                self._reject()
            return lambda subject: test(values(subject))
        if operator.text not in {"=", "!=", "<", "<=", ">", ">="}:
            self._reject()
        literal = self._take()
        holds = value_test(operator.text, literal.kind, literal.text)
        return lambda subject: any(map(holds, values(subject)))

    def _take(self) -> PatternToken:
        if self._next >= len(self._tokens):
            self._reject()
        self._next += 1
        return self._tokens[self._next - 1]

    def _accept(self, symbol: str) -> bool:
        here = self._tokens[self._next : self._next + 1]
        accepted = here == [PatternToken("symbol", symbol)]
        self._next += accepted
        return accepted

    def _reject(self) -> NoReturn:
        number = min(self._next, len(self._tokens))
        near = self._tokens[number - 1].text if number else ""
        msg = f"Invalid expression '{self._text}'" + (f" at '{near}'" if near else "")
        raise LogPatternError(msg)
