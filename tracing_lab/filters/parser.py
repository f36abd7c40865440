r"""Parse filter expressions.

The grammar follows the text and examples of the AWS X-Ray Developer Guide, "Using filter
expressions". Where the guide leaves it open: AND binds stronger than OR; NOT may be written for
``!``; keywords may be in any case; ``\"`` and ``\\`` are the escapes in strings; a brace that
only the end of the text leaves open is closed there, since one of the guide's examples lacks it;
inside braces stand only keywords that describe one request or element.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from . import keywords
from .getters import KEYWORDS_IN, likely, names_in
from .keywords import KEYWORDS, KeywordScope, KeywordType
from .syntax import (
    And,
    AnnotationCondition,
    EdgeCondition,
    FilterExpression,
    KeywordCondition,
    NodePattern,
    Not,
    Or,
    RootCauseCondition,
    RootCauseShape,
    ServiceCondition,
    Value,
)
from .tokens import FilterToken, TokenKind, reject, tokenize

_MAX_DEPTH: Final = 50
_ALL_OPERATORS: Final = (
    *keywords.EQUALITY,
    *keywords.ORDER_OPERATORS,
    *keywords.TEXT_OPERATORS,
)
_RESERVED: Final = frozenset({"and", "or", "not", "contains", "beginswith", "endswith"})
_BOOLEANS: Final = {"true": True, "false": False}
_ID_MEMBERS: Final = {"name": "name", "type": "type", "account.id": "account_id"}
_ROOT_CAUSE: Final = "rootcause."
_ANNOTATION: Final = "annotation"


def parse(text: str) -> FilterExpression:
    """Parse a filter expression.

    Parameters
    ----------
    text
        The expression, for example ``service("payment") { fault }``.

    Returns
    -------
    expression
        Its syntax tree.

    Raises
    ------
    FilterSyntaxError
        If it cannot be read; says at which column what was expected.

    Examples
    --------
    >>> parse("ok AND duration > 3")
    And(parts=(KeywordCondition(keyword='ok', operator=None, value=None), \
KeywordCondition(keyword='duration', operator='>', value=3.0)))
    """
    return _FilterParser(tokenize(text)).whole()


class _FilterParser:
    """Parses one expression, by recursive descent."""

    def __init__(self, tokens: list[FilterToken]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0

    def whole(self) -> FilterExpression:
        expression = self._either(KeywordScope.TRACE)
        if self._now.kind is not TokenKind.END:
            self._refuse("AND, OR or the end")
        return expression

    def _either(self, scope: KeywordScope) -> FilterExpression:
        parts = [self._all(scope)]
        while self._take_word("or"):
            parts.append(self._all(scope))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self, scope: KeywordScope) -> FilterExpression:
        parts = [self._unary(scope)]
        while self._take_word("and") or self._begins_operand():
            parts.append(self._unary(scope))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _begins_operand(self) -> bool:
        if self._now.kind is TokenKind.WORD:
            return self._now.text not in _RESERVED - {"not"}
        return self._now.text in {"!", "("} and self._now.kind is TokenKind.SYMBOL

    def _unary(self, scope: KeywordScope) -> FilterExpression:
        if self._take("!") or self._take_word("not"):
            with self._deeper():
                return Not(self._unary(scope))
        return self._primary(scope)

    def _primary(self, scope: KeywordScope) -> FilterExpression:
        if self._take("("):
            with self._deeper():
                expression = self._either(scope)
            self._expect(")", "AND, OR or )")
            return expression
        word = self._now
        if word.kind is not TokenKind.WORD or word.text in _RESERVED:
            self._refuse("a keyword, ! or (")
        read = self._complex_reader(word) if scope is KeywordScope.TRACE else None
        return self._test(scope) if read is None else read()

    def _complex_reader(self, word: FilterToken) -> Callable[[], FilterExpression] | None:
        """Return the method that parses a complex keyword; None for a simple one."""
        scoped: dict[str, Callable[[], FilterExpression]] = {
            "service": self._service,
            "edge": self._edge,
            "id": self._id_alone,
        }
        if word.text in scoped:
            return scoped[word.text]
        if word.text == _ANNOTATION or word.text.startswith(f"{_ANNOTATION}."):
            return self._annotation
        return self._root_cause if word.text.startswith(_ROOT_CAUSE) else None

    def _service(self) -> ServiceCondition:
        self._next()
        self._expect("(", "(")
        node = NodePattern() if self._now.text == ")" else self._node()
        self._expect(")", ")")
        return ServiceCondition(node, self._braces(KeywordScope.SERVICE))

    def _edge(self) -> EdgeCondition:
        self._next()
        self._expect("(", "(")
        if self._take(")"):
            return EdgeCondition(inner=self._braces(KeywordScope.EDGE))
        source = self._node()
        self._expect(",", ", and the called node")
        target = self._node()
        self._expect(")", ")")
        return EdgeCondition(source, target, self._braces(KeywordScope.EDGE))

    def _id_alone(self) -> ServiceCondition:
        return ServiceCondition(self._node(), self._braces(KeywordScope.SERVICE))

    def _node(self) -> NodePattern:
        token = self._now
        if token.text == "id" and self._peek().text == "(":
            self._position += 2
            return self._id_members()
        if token.kind not in {TokenKind.STRING, TokenKind.WORD}:
            self._refuse("the name of a node in quotes, or id(...)")
        return NodePattern(self._next().value)

    def _id_members(self) -> NodePattern:
        members: dict[str, str] = {}
        while not self._take(")"):
            if members:
                self._expect(",", ", or )")
            name = _ID_MEMBERS.get(self._now.text)
            if name is None or name in members:
                self._refuse("name, type or account.id, each once")
            self._next()
            self._expect(":", ":")
            if self._now.kind is not TokenKind.STRING:
                self._refuse("a string in quotes")
            members[name] = self._next().value
        return NodePattern(**members)

    def _braces(self, scope: KeywordScope) -> FilterExpression | None:
        return self._inside(scope) if self._take("{") else None

    def _inside(self, scope: KeywordScope) -> FilterExpression:
        """Parse what follows an opening brace, and the closing one."""
        expression = self._either(scope)
        if self._now.kind is not TokenKind.END:
            self._expect("}", "AND, OR or }")
        return expression

    def _root_cause(self) -> RootCauseCondition | RootCauseShape:
        word = self._next()
        if word.text == "rootcause.json":
            return self._shape()
        kind, _, level = word.text.removeprefix(_ROOT_CAUSE).partition(".")
        if kind not in keywords.CAUSE_KINDS or level not in keywords.CAUSE_SCOPES:
            expected = "rootcause.json, or rootcause. with fault, error or responsetime, and "
            reject(word.column, expected + ".service, .entity or .exception", word.value)
        self._expect("{", "{")
        return RootCauseCondition(kind, level, self._inside(keywords.CAUSE_SCOPES[level]))

    def _shape(self) -> RootCauseShape:
        operator = self._operator(keywords.EQUALITY)
        token = self._now
        is_list = token.kind is TokenKind.JSON and isinstance(token.value, list)
        if not is_list or not all(isinstance(item, dict) for item in token.value):
            self._refuse("# and a JSON array of objects")
        return RootCauseShape(operator, json.dumps(self._next().value, sort_keys=True))

    def _annotation(self) -> AnnotationCondition:
        word = self._next()
        if self._now.kind is TokenKind.KEY and word.text == _ANNOTATION:
            key: str = self._next().value
        else:
            key = word.value[len(_ANNOTATION) + 1 :]
            if not key or "." in key or "-" in key:
                expected = "annotation.key, or annotation[key] for a key with other characters"
                reject(word.column, expected, word.value)
        if not self._at_operator():
            return AnnotationCondition(key)
        operator = self._operator(_ALL_OPERATORS)
        return AnnotationCondition(key, operator, self._annotation_value(operator))

    def _annotation_value(self, operator: str) -> Value:
        if operator in keywords.TEXT_OPERATORS:
            return self._value(KeywordType.TEXT)
        if operator in keywords.ORDER_OPERATORS or self._now.kind is TokenKind.NUMBER:
            return self._value(KeywordType.NUMBER)
        return self._value(KeywordType.FLAG if self._now.text in _BOOLEANS else KeywordType.TEXT)

    def _test(self, scope: KeywordScope) -> KeywordCondition:
        word = self._next()
        name = keywords.ALIASES.get(word.text, word.text)
        if name not in KEYWORDS_IN[scope]:
            expected = f"a keyword of {scope} ({', '.join(names_in(scope))})"
            meant = likely(word.text, scope)
            found = f"{word.value}, perhaps for {meant}" if meant else word.value
            reject(word.column, expected, found)
        kind = KEYWORDS[name]
        if kind in keywords.STANDALONE and not self._at_operator():
            return KeywordCondition(name, column=word.column)
        operator = self._operator(keywords.OPERATORS[kind])
        return KeywordCondition(name, operator, self._value(kind), word.column)

    def _at_operator(self) -> bool:
        return self._now.kind in {TokenKind.WORD, TokenKind.SYMBOL} and (
            self._now.text.upper() in _ALL_OPERATORS
        )

    def _operator(self, allowed: tuple[str, ...]) -> str:
        operator = self._now.text.upper()
        if not self._at_operator() or operator not in allowed:
            self._refuse(f"one of {' '.join(allowed)}")
        self._next()
        return operator

    def _value(self, kind: KeywordType) -> Value:
        token = self._now
        value: Value | None = None
        if kind is KeywordType.FLAG:
            value, expected = _BOOLEANS.get(token.text), "true or false"
        elif kind is KeywordType.NUMBER:
            value, expected = token.value if token.kind is TokenKind.NUMBER else None, "a number"
        else:
            is_text = token.kind in {TokenKind.STRING, TokenKind.WORD}
            value, expected = token.value if is_text else None, "a string in quotes"
        if value is None:
            self._refuse(expected)
        self._next()
        return value

    @property
    def _now(self) -> FilterToken:
        return self._tokens[self._position]

    def _peek(self) -> FilterToken:
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def _next(self) -> FilterToken:
        token = self._now
        self._position = min(self._position + 1, len(self._tokens) - 1)
        return token

    def _take(self, symbol: str) -> bool:
        taken = self._now.kind is TokenKind.SYMBOL and self._now.text == symbol
        if taken:
            self._next()
        return taken

    def _take_word(self, word: str) -> bool:
        taken = self._now.kind is TokenKind.WORD and self._now.text == word
        if taken:
            self._next()
        return taken

    def _expect(self, symbol: str, expected: str) -> None:
        if not self._take(symbol):
            self._refuse(expected)

    def _refuse(self, expected: str) -> NoReturn:
        reject(self._now.column, expected, str(self._now))

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._refuse(f"at most {_MAX_DEPTH} nested ! and (")
        yield
        self._depth -= 1
