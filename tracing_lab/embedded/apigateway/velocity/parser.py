"""Parses templates into statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import TemplateError
from .evaluation import BreakLoop, Output, Variables
from .expression_parser import REFERENCE_START, Objects, OperandParser
from .expressions import Constant, TemplateExpression
from .scanner import TemplateScanner
from .statements import (
    Assignment,
    Block,
    Break,
    Condition,
    Loop,
    PlainText,
    Shown,
    Statement,
    write_all,
)

_PLAIN = re.compile(r"[^$#\\]+")
_LINE_COMMENT = re.compile(r"##[^\r\n]*(?:\r\n|\r|\n)?")
_BLOCK_COMMENT = re.compile(r"#\*.*?\*#", re.DOTALL)
_UNPARSED = re.compile(r"#\[\[(.*?)\]\]#", re.DOTALL)
_END = re.compile(r"#(?:\{(elseif|else|end)\}|(elseif|else|end))")
_DIRECTIVE = re.compile(r"#(?:\{(\w+)\}|(\w+))(?P<arguments>\s*\()?", re.ASCII)
_ESCAPED = re.compile(r"\\(?=\$!?\{?[A-Za-z_]|#[A-Za-z{#*])")
_VARIABLE = re.compile(r"\s*\$(\w[\w-]*)\s+in\b", re.ASCII)
_OTHER_DIRECTIVES = frozenset(
    {"define", "evaluate", "include", "literal", "macro", "parse", "return", "stop"}
)


@dataclass(frozen=True)
class Template:
    """A parsed template."""

    block: Block

    def rendered(self, variables: Mapping[str, Any]) -> str:
        """Return the text of a template.

        Parameters
        ----------
        variables
            The variables of the environment, by name without ``$``.

        Raises
        ------
        TemplateError
            It cannot be evaluated.
        """
        output = Output()
        try:
            write_all(self.block, Variables(variables), output)
        except BreakLoop:
            pass  # outside of a loop it ends the template
        except (RecursionError, TypeError) as error:
            msg = "a list or map of the template contains itself, or is a key"
            raise TemplateError(msg) from error
        return output.text


@dataclass(frozen=True)
class _Interpolated:
    """A text in double quotes."""

    block: Block

    def value(self, scope: Variables) -> Any:
        """Return the text."""
        output = Output()
        write_all(self.block, scope, output)
        return output.text


def parse_template(text: str, objects: Objects | None = None) -> Template:
    """Parse a template.

    Parameters
    ----------
    text
        The template.
    objects
        The names that the objects of the environment have, by variable; any other of these
        variables is an error. Variables that are not listed may have any.

    Raises
    ------
    TemplateError
        The template cannot be read, or has what is not simulated.

    Examples
    --------
    >>> parse_template('#set($n = 2)#foreach($i in [1..$n])$i#if($foreach.hasNext),#end#end'
    ...     ).rendered({})
    '1,2'
    >>> parse_template("$a.rm()")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    tracing_lab...TemplateError: line 1, column 7: method rm() is not simulated
    """
    return Template(_Parser(TemplateScanner(text), objects or {}).template())


class _Parser:
    def __init__(self, scanner: TemplateScanner, objects: Objects) -> None:
        self._scanner = scanner
        self._objects = objects
        self._expressions = OperandParser(scanner, objects, self._interpolated)

    def template(self) -> Block:
        block = self._block()
        if not self._scanner.at_end:
            self._scanner.fail("#else or #end without #if or #foreach")
        return block

    def _interpolated(self, content: str) -> TemplateExpression:
        inner = TemplateScanner(content, depth=self._scanner.depth + 1)
        block = _Parser(inner, self._objects).template()
        return _Interpolated(block)

    def _block(self) -> Block:
        """Parse statements up to ``#elseif``, ``#else`` or ``#end``, or to the end."""
        scanner, statements = self._scanner, list[Statement]()
        while not scanner.at_end and not _END.match(scanner.text, scanner.position):
            statement = self._statement()
            if statement is not None:
                statements.append(statement)
        return statements

    def _statement(self) -> Statement | None:
        scanner = self._scanner
        if (plain := scanner.match(_PLAIN)) is not None:
            return PlainText(plain[0])
        if (start := scanner.match(REFERENCE_START)) is not None:
            return Shown(self._expressions.reference(start))
        if scanner.match(_ESCAPED):
            return self._one_character()
        if scanner.match(_LINE_COMMENT) or scanner.match(_BLOCK_COMMENT):
            return None
        if (unparsed := scanner.match(_UNPARSED)) is not None:
            return PlainText(unparsed[1])
        return self._directive() or self._one_character()

    def _one_character(self) -> Statement:
        scanner = self._scanner
        scanner.position += 1
        return PlainText(scanner.text[scanner.position - 1])

    def _directive(self) -> Statement | None:
        """Parse a directive; return None, and stay, if the next ``#`` begins none."""
        scanner, start = self._scanner, self._scanner.position
        found = scanner.match(_DIRECTIVE)
        name = "" if found is None else found[1] or found[2]
        has_arguments = found is not None and found["arguments"] is not None
        if name in _OTHER_DIRECTIVES:
            scanner.position = start
            scanner.fail(f"directive #{name} is not simulated")
        if name == "break":
            return Break()
        if has_arguments and name in ("set", "if", "foreach"):
            depth = scanner.enter()
            statement = self._with_arguments(name)
            scanner.leave(depth)
            return statement
        scanner.position = start
        return None

    def _with_arguments(self, name: str) -> Statement:
        if name == "set":
            return self._set()
        return self._if() if name == "if" else self._foreach()

    def _set(self) -> Statement:
        scanner = self._scanner
        scanner.skip_spaces()
        start = scanner.match(REFERENCE_START)
        if start is None:
            scanner.fail("#set needs a reference, as in #set($name = 1)")
        target = self._expressions.reference(start)
        scanner.expect("=")
        expression = self._closed()
        return Assignment(target, expression)

    def _closed(self) -> TemplateExpression:
        """Parse an expression up to the directive's closing parenthesis."""
        expression = self._expressions.expression()
        self._scanner.expect(")")
        self._scanner.skip_line()
        return expression

    def _if(self) -> Statement:
        scanner, branches = self._scanner, list[tuple[TemplateExpression, Block]]()
        branches.append((self._closed(), self._block()))
        while (found := scanner.match(_END)) is not None:
            name = found[1] or found[2]
            if name == "elseif":
                scanner.expect("(")
                branches.append((self._closed(), self._block()))
                continue
            scanner.skip_line()
            if name == "end":
                return Condition(branches)
            branches.append((Constant(content=True), self._block()))
        return scanner.fail("#if lacks its #end")

    def _foreach(self) -> Statement:
        scanner = self._scanner
        found = scanner.match(_VARIABLE)
        if found is None:
            scanner.fail("#foreach needs a variable, as in #foreach($item in $items)")
        expression = self._closed()
        block = self._block()
        end = scanner.match(_END)
        if end is None or "end" not in (end[1], end[2]):
            scanner.fail("#foreach lacks its #end")
        scanner.skip_line()
        return Loop(found[1], expression, block)
