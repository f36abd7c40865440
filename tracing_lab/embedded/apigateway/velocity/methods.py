"""The methods that values of templates have: those of Java's classes that templates use."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from .errors import TemplateError
from .values import HostObject, MapEntry, are_equal, checked_length, is_number, text_of

_GROUP = re.compile(r"\\(?P<literal>.)|\$(?P<group>\d)", re.DOTALL)
_MISUSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, re.error)
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_MAX_ITEMS = 100_000
_MAX_WORK = 100 * 1024**2
Method = Callable[..., Any]


def call_method(target: Any, name: str, arguments: list[Any]) -> Any:
    """Return the result of a method; None, which is null, if the target has no such method.

    Raises
    ------
    TemplateError
        The arguments do not fit.

    Examples
    --------
    >>> call_method("a-b", "replaceAll", ["[a-b]", "x"]), call_method([1], "size", [])
    ('x-x', 1)
    """
    method = _method(target, name)
    if method is None:
        return None
    try:
        return method(*arguments)
    except _MISUSE as error:
        shown = ", ".join(f"{text_of(argument):.40}" for argument in arguments)
        msg = f"{name}({shown}) failed: {error}"
        raise TemplateError(msg) from error


def property_of(target: Any, name: Any) -> Any:
    """Return a property of a value: a map's value, what a getter returns; else None.

    Examples
    --------
    >>> property_of({"a": 1}, "a"), property_of(MapEntry("k", 2), "value"), property_of("a", "b")
    (1, 2, None)
    """
    if isinstance(target, dict):
        return target.get(name)
    if isinstance(target, MapEntry):
        return {"key": target.key, "value": target.value}.get(name)
    if isinstance(target, HostObject):
        read = target.properties.get(name)
        return None if read is None else read()
    return None


def item_of(target: Any, index: Any) -> Any:
    """Return what ``target[index]`` is: an item of a list, or a value of a map; else None.

    Raises
    ------
    TemplateError
        The list has no such item.
    """
    return call_method(target, "get", [index])


def _method(target: Any, name: str) -> Method | None:
    if isinstance(target, HostObject):
        return target.methods.get(name)
    common = _COMMON.get(name)
    found = next((table.get(name) for kind, table in _TABLES if isinstance(target, kind)), None)
    chosen = found or (None if target is None else common)
    return None if chosen is None else lambda *arguments: chosen(target, *arguments)


def _position(items: list[Any], index: Any) -> int:
    if not is_number(index) or not 0 <= int(index) < len(items):
        msg = f"there is no item {text_of(index)} in a list of {len(items)}"
        raise TemplateError(msg)
    return int(index)


def _substring(text: str, begin: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= begin <= stop <= len(text):
        msg = f"a text of {len(text)} characters has no part from {begin} to {stop}"
        raise TemplateError(msg)
    return text[begin:stop]


def _replacement(text: str) -> str:
    """Return a replacement of Java's, with ``$1`` for groups, as one of Python's."""

    def written(match: re.Match[str]) -> str:
        if match["group"]:
            return f"\\g<{match['group']}>"
        return match["literal"].replace("\\", "\\\\")

    return _GROUP.sub(written, text)


def _replace(text: str, pattern: str, replacement: str, *, count: int = 0) -> str:
    _check_growth(text, replacement)
    return re.sub(pattern, _replacement(replacement), text, count=count)


def _replace_literally(text: str, old: str, new: str) -> str:
    _check_growth(text, new)
    return text.replace(old, new)


def _check_growth(text: str, replacement: str) -> None:
    if (len(text) + 1) * (len(replacement) + 1) > _MAX_WORK:
        msg = "the texts are too long to replace parts of one by the other"
        raise TemplateError(msg)


def _split(text: str, pattern: str) -> list[str]:
    """Return the parts of a text; empty ones at the end are left out, as by Java."""
    parts = [part or "" for part in re.split(pattern, text)]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


def _add(items: list[Any], *arguments: Any) -> bool | None:
    if len(arguments) == 1:
        items.append(arguments[0])
        return True
    index, item = arguments
    items.insert(index if index == len(items) else _position(items, index), item)
    return None


def _add_all(items: list[Any], others: list[Any]) -> bool:
    if len(items) + len(others) > _MAX_ITEMS:
        msg = f"a list would have more than {_MAX_ITEMS} items"
        raise TemplateError(msg)
    items.extend(list(others))
    return bool(others)


def _set(items: list[Any], index: Any, item: Any) -> Any:
    place = _position(items, index)
    old, items[place] = items[place], item
    return old


def _remove(items: list[Any], what: Any) -> Any:
    if is_number(what):
        return items.pop(_position(items, what))
    at = _index(items, what)
    if at >= 0:
        items.pop(at)
    return at >= 0


def _index(items: list[Any], wanted: Any) -> int:
    return next((at for at, item in enumerate(items) if are_equal(item, wanted)), -1)


def _join(_any: str, separator: str, items: list[Any]) -> str:
    parts, length = [], 0
    for item in items:
        parts.append(text_of(item))
        length = checked_length(length + len(parts[-1]) + len(separator))
    return separator.join(parts)


def _sub_list(items: list[Any], begin: int, end: int) -> list[Any]:
    if not 0 <= begin <= end <= len(items):
        msg = f"a list of {len(items)} has no part from {begin} to {end}"
        raise TemplateError(msg)
    return items[begin:end]


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        msg = f"{text:.40} is not a whole number"
        raise TemplateError(msg)
    return int(text)


def _put(values: dict[Any, Any], key: Any, value: Any) -> Any:
    old = values.get(key)
    values[key] = value
    return old


def _contains(text: str, part: Any) -> bool:
    return str(part) in text


_TEXT: Mapping[str, Method] = {
    "charAt": lambda text, at: _substring(text, at, at + 1),
    "compareTo": lambda text, other: (text > other) - (text < other),
    "concat": lambda text, other: text + other,
    "contains": _contains,
    "endsWith": lambda text, part: text.endswith(part),
    "equalsIgnoreCase": lambda text, other: text.lower() == str(other).lower(),
    "indexOf": lambda text, part, start=0: text.find(part, start),
    "isBlank": lambda text: not text.strip(),
    "isEmpty": lambda text: not text,
    "join": _join,
    "lastIndexOf": lambda text, part: text.rfind(part),
    "length": len,
    "matches": lambda text, pattern: re.fullmatch(pattern, text) is not None,
    "replace": _replace_literally,
    "replaceAll": _replace,
    "replaceFirst": lambda text, old, new: _replace(text, old, new, count=1),
    "split": _split,
    "startsWith": lambda text, part: text.startswith(part),
    "substring": _substring,
    "toLowerCase": lambda text: text.lower(),
    "toUpperCase": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "valueOf": lambda _any, value: text_of(value),
}
_LIST: Mapping[str, Method] = {
    "add": _add,
    "addAll": _add_all,
    "contains": lambda items, wanted: _index(items, wanted) >= 0,
    "get": lambda items, index: items[_position(items, index)],
    "indexOf": _index,
    "isEmpty": lambda items: not items,
    "remove": _remove,
    "set": _set,
    "size": len,
    "subList": _sub_list,
    "toArray": list,
}
_MAP: Mapping[str, Method] = {
    "containsKey": lambda values, key: key in values,
    "containsValue": lambda values, value: _index(list(values.values()), value) >= 0,
    "entrySet": lambda values: [MapEntry(key, value) for key, value in values.items()],
    "get": lambda values, key: values.get(key),
    "getOrDefault": lambda values, key, default: values.get(key, default),
    "isEmpty": lambda values: not values,
    "keySet": list,
    "put": _put,
    "putAll": lambda values, others: values.update(others),
    "remove": lambda values, key: values.pop(key, None),
    "size": len,
    "values": lambda values: list(values.values()),
}
_ENTRY: Mapping[str, Method] = {
    "getKey": lambda entry: entry.key,
    "getValue": lambda entry: entry.value,
}
_NUMBER: Mapping[str, Method] = {
    "compareTo": lambda number, other: (number > other) - (number < other),
    "doubleValue": float,
    "intValue": int,
    "longValue": int,
    "parseDouble": lambda _any, text: float(text),
    "parseInt": lambda _any, text: _whole(text),
    "parseLong": lambda _any, text: _whole(text),
}
_COMMON: Mapping[str, Method] = {"equals": are_equal, "toString": text_of}
_TABLES: tuple[tuple[Any, Mapping[str, Method]], ...] = (
    (str, _TEXT),
    (list, _LIST),
    (dict, _MAP),
    (MapEntry, _ENTRY),
    (bool, {"booleanValue": bool}),
    ((int, float), _NUMBER),
)

METHOD_NAMES = frozenset(_COMMON).union(*(table for _kind, table in _TABLES))
"""The names of all methods; a template with any other is rejected."""
