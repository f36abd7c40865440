"""Parses queries: commands with pipes between them.

Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html and the pages
of the commands below it. ``dedup`` can be followed by ``limit`` only.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from .aggregates import AGGREGATES
from .errors import MalformedQueryError
from .expression_parser import ExpressionParser
from .scanner import InsightsToken, Scanner
from .syntax import (
    Call,
    Command,
    DedupCommand,
    DisplayCommand,
    Expression,
    Field,
    FieldsCommand,
    FilterCommand,
    InPredicate,
    LikePredicate,
    LimitCommand,
    Literal,
    NamedExpression,
    Negation,
    Operation,
    ParseCommand,
    Query,
    SortCommand,
    StatsCommand,
)

MAX_RESULTS = 100_000
"""Most events that a query returns (API reference of StartQuery)."""

_AFTER_KEY = frozenset({"", "|", ",", "asc", "desc"})


def parse_query(text: str) -> Query:
    """Parse a query.

    Raises
    ------
    MalformedQueryError
        If the query is malformed, or uses what is not supported here.

    Examples
    --------
    >>> parse_query("filter level = 'ERROR' | limit 3").commands[1]
    LimitCommand(count=3)
    >>> parse_query("fields @message | pattern @message")
    Traceback (most recent call last):
    ...
    tracing_lab.embedded.cloudwatch.log_insights.errors.MalformedQueryError: the command \
'pattern' is not \
supported here; supported are: dedup, display, fields, filter, limit, parse, sort, stats
    """
    scanner = Scanner(text)
    parser = _CommandParser(scanner)
    commands = [parser.command()]
    while scanner.accept("|"):
        start = scanner.peek()
        command = parser.command()
        if isinstance(commands[-1], DedupCommand) and not isinstance(command, LimitCommand):
            scanner.reject(start, ("limit, the only command that can follow dedup",))
        commands.append(command)
    if scanner.peek().kind != "end":
        scanner.reject(scanner.peek(), ("|",))
    return Query(tuple(commands))


class _CommandParser:
    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._expressions = ExpressionParser(scanner)
        self._commands: Mapping[str, Callable[[], Command]] = {
            "dedup": lambda: DedupCommand(tuple(column.expression for column in self._columns())),
            "display": lambda: DisplayCommand(self._columns()),
            "fields": lambda: FieldsCommand(self._columns(aliases=True)),
            "filter": lambda: FilterCommand(self._expressions.condition()),
            "limit": self._limit,
            "parse": self._parse,
            "sort": self._sort,
            "stats": self._stats,
        }

    def command(self) -> Command:
        token = self._scanner.expect_kind("name", what="a command")
        parse = self._commands.get(token.text.lower())
        if parse is None:
            supported = ", ".join(self._commands)
            message = (
                f"the command '{token.text}' is not supported here; supported are: {supported}"
            )
            raise MalformedQueryError(message, start=token.start, end=token.end)
        return parse()

    def _columns(
        self, *, aliases: bool = False, aggregates: bool = False
    ) -> tuple[NamedExpression, ...]:
        columns = [self._expressions.column(aliases=aliases, aggregates=aggregates)]
        while self._scanner.accept(","):
            columns.append(self._expressions.column(aliases=aliases, aggregates=aggregates))
        return tuple(columns)

    def _limit(self) -> LimitCommand:
        token = self._scanner.expect_kind("number", what="a number of events")
        if not token.text.isdigit() or not 1 <= int(token.text) <= MAX_RESULTS:
            self._scanner.reject(token, (f"a whole number from 1 to {MAX_RESULTS}",))
        return LimitCommand(int(token.text))

    def _sort(self) -> SortCommand:
        keys = [self._first_sort_key()]
        while self._scanner.accept(","):
            keys.append(self._sort_key())
        return SortCommand(tuple(keys))

    def _first_sort_key(self) -> tuple[Expression, bool]:
        """Return the first key, which may have ``by`` before it, or be a field of that name."""
        if self._scanner.accept("by") and self._scanner.peek().text.lower() in _AFTER_KEY:
            return Field("by"), self._scanner.accept("asc", "desc") == "desc"
        return self._sort_key()

    def _sort_key(self) -> tuple[Expression, bool]:
        token = self._scanner.peek()
        expression = (
            self._aggregate_column()
            if token.kind == "name" and token.text.lower() in AGGREGATES
            else self._expressions.condition()
        )
        return expression, self._scanner.accept("asc", "desc") == "desc"

    def _aggregate_column(self) -> Expression:
        """Return the column of an earlier ``stats`` by its text, as in ``sort count(*)``."""
        return Field(self._expressions.column(aliases=False, aggregates=True).name)

    def _parse(self) -> ParseCommand:
        source: Expression = Field("@message")
        pattern = self._scanner.regex()
        if pattern is None and self._scanner.peek().kind != "text":
            source = Field(self._expressions.name())
            pattern = self._scanner.regex()
        if pattern is not None:
            return self._named_groups(source, pattern)
        token = self._scanner.expect_kind("text", what="text with * or /regular expression/")
        self._scanner.expect("as")
        names = [self._expressions.name()]
        while self._scanner.accept(","):
            names.append(self._expressions.name())
        return ParseCommand(source, self._glob(token, len(names)), tuple(names))

    def _named_groups(self, source: Expression, pattern: "re.Pattern[str]") -> ParseCommand:
        names = tuple(pattern.groupindex)
        if not names or len(names) < pattern.groups:
            following = self._scanner.peek()
            message = "parse needs a regular expression whose groups all have names: (?<name>...)"
            end = self._scanner.end_of_last
            raise MalformedQueryError(message, start=min(following.start, end), end=end)
        return ParseCommand(source, pattern, names)

    def _glob(self, token: InsightsToken, count: int) -> "re.Pattern[str]":
        parts = token.text[1:-1].split("*")
        if len(parts) != count + 1:
            stars = len(parts) - 1
            message = f"parse has {stars} * and {count} names; there must be as many of each"
            raise MalformedQueryError(message, start=token.start, end=token.end)
        pattern = "(.*?)".join(re.escape(re.sub(r"\\(.)", r"\1", part)) for part in parts)
        return re.compile(pattern if parts[-1] else f"{pattern}$", re.DOTALL)

    def _stats(self) -> StatsCommand:
        start = self._scanner.peek()
        aggregates = self._columns(aliases=True, aggregates=True)
        end = self._scanner.end_of_last
        groups = self._columns(aliases=True) if self._scanner.accept("by") else ()
        names = {column.name for column in groups}
        earlier: set[str] = set()
        for column in aggregates:
            used = set(_outside_aggregates(column.expression))
            if not used <= names | earlier or not (
                used & earlier or _has_aggregate(column.expression)
            ):
                message = f"'{column.name}' has to be made of aggregate functions"
                raise MalformedQueryError(message, start=start.start, end=end)
            earlier.add(column.name)
        return StatsCommand(aggregates, groups)


def _has_aggregate(expression: Expression) -> bool:
    return any(_is_aggregate(part) for part in _parts(expression))


def _outside_aggregates(expression: Expression) -> Iterator[str]:
    """Yield the fields of an expression that no aggregate has as argument."""
    if isinstance(expression, Field):
        yield expression.name
    if not _is_aggregate(expression):
        for part in _children(expression):
            yield from _outside_aggregates(part)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in _children(expression):
        yield from _parts(child)


def _children(expression: Expression) -> tuple[Expression, ...]:
    match expression:
        case Literal() | Field():
            return ()
        case Negation(operand) | LikePredicate(operand):
            return (operand,)
        case InPredicate(operand, choices):
            return (operand, *choices)
        case Operation(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments


def _is_aggregate(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.name in AGGREGATES
