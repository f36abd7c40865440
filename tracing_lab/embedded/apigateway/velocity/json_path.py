"""JSON paths as mapping templates write them: those of Jayway's JsonPath that are commonly used.

https://github.com/json-path/JsonPath
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from .errors import TemplateError

_NAME = re.compile(r"\.(?P<deep>\.?)(?P<name>\*|[^\s.\[\]()*?'\"]+)(?P<call>\(\))?")
_DEEP_BRACKET = re.compile(r"\.\.(?=\[)")
_BRACKET = re.compile(
    r"\[\s*(?:(?P<all>\*)|(?P<index>-?\d+(?:\s*,\s*-?\d+)*)"
    r"|(?P<first>-?\d+)?\s*:\s*(?P<last>-?\d+)?"
    r"|(?P<names>'[^']*'(?:\s*,\s*'[^']*')*|\"[^\"]*\"(?:\s*,\s*\"[^\"]*\")*)"
    r"|\?\(\s*@(?P<inner>(?:\.[\w-]+|\['[^']*'\])*)\s*"
    r"(?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<literal>'[^']*'|\"[^\"]*\"|-?\d+(?:\.\d+)?|true|false|null))?"
    r"\s*\))\s*\]"
)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_MAX_CHARACTERS = 1000
_MAX_DEPTH = 200
_MAX_VALUES = 100_000

_Select = Callable[[Any], Iterable[Any]]


@dataclass(frozen=True)
class _Step:
    """What a part of a path selects of each value."""

    select: _Select
    is_definite: bool = True


@dataclass(frozen=True)
class JsonPath:
    """A parsed path."""

    steps: Sequence[_Step]

    def find(self, document: Any) -> Any:
        """Return the value at the path; None if there is none.

        Of a path that may select several values it is a list.

        Examples
        --------
        >>> document = {"pets": [{"name": "Ann"}, {"name": "Bob", "age": 2}]}
        >>> json_path("$.pets[0].name").find(document)
        'Ann'
        >>> json_path("$..name").find(document)
        ['Ann', 'Bob']
        >>> json_path("$.pets[?(@.age > 1)].name").find(document)
        ['Bob']
        """
        found = [document]
        for step in self.steps:
            selected = (child for value in found for child in step.select(value))
            found = list(islice(selected, _MAX_VALUES + 1))
            if len(found) > _MAX_VALUES:
                msg = f"a JSON path selects more than {_MAX_VALUES} values"
                raise TemplateError(msg)
        if not all(step.is_definite for step in self.steps):
            return found
        return found[0] if found else None


@lru_cache(maxsize=1024)
def json_path(text: str) -> JsonPath:
    """Parse a path.

    Raises
    ------
    TemplateError
        It is not a path, or has what is not simulated.
    """
    path = text.strip()
    if not path.startswith("$") or len(path) > _MAX_CHARACTERS:
        msg = f"JSON path {text[:100]!r} does not start with $; write for example $.order.id"
        raise TemplateError(msg)
    steps, position = list[_Step](), 1
    while position < len(path):
        deep = _DEEP_BRACKET.match(path, position)
        if deep is not None:
            steps.append(_Step(_descendants, is_definite=False))
            position = deep.end()
        match = _NAME.match(path, position) or _BRACKET.match(path, position)
        if match is None or (match.re is _NAME and match["call"] and not _is_call(match)):
            msg = f"JSON path {text!r} cannot be read from column {position + 1} on"
            raise TemplateError(msg)
        steps.extend(_of_name(match) if match.re is _NAME else [_of_bracket(match)])
        position = match.end()
    return JsonPath(steps)


def _is_call(match: re.Match[str]) -> bool:
    return match["name"] in _FUNCTIONS and not match["deep"]


def _of_name(match: re.Match[str]) -> Iterator[_Step]:
    if match["deep"]:
        yield _Step(_descendants, is_definite=False)
    if match["call"]:
        yield _Step(_FUNCTIONS[match["name"]])
    elif match["name"] == "*":
        yield _Step(_children, is_definite=False)
    else:
        yield _named([match["name"]])


def _of_bracket(match: re.Match[str]) -> _Step:
    if match["all"]:
        return _Step(_children, is_definite=False)
    if match["index"]:
        numbers = [int(number) for number in match["index"].split(",")]
        return _Step(_items(numbers), is_definite=len(numbers) == 1)
    if match["names"]:
        return _named([single or double for single, double in _QUOTED.findall(match["names"])])
    if ":" in match[0] and match["inner"] is None:
        part = slice(*(int(end) if end else None for end in (match["first"], match["last"])))
        return _Step(
            lambda value: value[part] if isinstance(value, list) else (), is_definite=False
        )
    return _Step(_filter(match), is_definite=False)


def _named(names: Sequence[str]) -> _Step:
    if len(names) == 1:
        (name,) = names
        return _Step(lambda value: [value[name]] if _has(value, name) else [])
    return _Step(
        lambda value: (
            [{name: value[name] for name in names if _has(value, name)}]
            if isinstance(value, dict)
            else []
        )
    )


def _has(value: Any, name: str) -> bool:
    return isinstance(value, dict) and name in value


def _items(numbers: Sequence[int]) -> _Select:
    return lambda value: (
        [value[at] for at in numbers if -len(value) <= at < len(value)]
        if isinstance(value, list)
        else []
    )


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else ()


def _descendants(value: Any, depth: int = 0) -> Iterator[Any]:
    yield value
    if depth < _MAX_DEPTH:
        for child in _children(value):
            yield from _descendants(child, depth + 1)


def _filter(match: re.Match[str]) -> _Select:
    inner, operator, literal = json_path(f"${match['inner']}"), match["operator"], match["literal"]
    wanted = _literal(literal) if literal else None

    def holds(value: Any) -> bool:
        found = inner.find(value)
        if operator is None:
            return found is not None
        return _COMPARISONS[operator](found, wanted)

    return lambda value: [child for child in _children(value) if holds(child)]


def _literal(text: str) -> Any:
    return text[1:-1] if text[0] in "'\"" else json.loads(text)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(left: Any, right: Any) -> bool:
        numbers = all(isinstance(value, (int, float)) for value in (left, right))
        texts = all(isinstance(value, str) for value in (left, right))
        return (numbers or texts) and compare(left, right)

    return compared


_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}

_FUNCTIONS: Mapping[str, _Select] = {
    "length": lambda value: [len(value)] if isinstance(value, (list, dict)) else [],
}
"""Functions at the end of paths."""
