"""Parse values of settings from the text of the environment and the command line."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args


def parse_bool(text: str) -> bool:
    """Return whether a word means yes or no.

    Parameters
    ----------
    text
        For example ``true``, ``0``, ``on``.

    Raises
    ------
    ValueError
        If it means neither.

    Examples
    --------
    >>> parse_bool("Yes"), parse_bool("0")
    (True, False)
    """
    word = text.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    msg = "expected true or false"
    raise ValueError(msg)


def parse_mapping(text: str) -> Mapping[str, Any]:
    """Return a JSON object, or ``name=value`` pairs separated by commas.

    Parameters
    ----------
    text
        For example ``{"Owner": "me"}`` or ``Owner=me,Team=us``.

    Raises
    ------
    ValueError
        If it is neither.

    Examples
    --------
    >>> parse_mapping("Owner=me, Team=us")
    {'Owner': 'me', 'Team': 'us'}
    >>> parse_mapping('{"Owner": "me"}')
    {'Owner': 'me'}
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        value: dict[str, Any] = json.loads(stripped)
        return value
    pairs = [pair.partition("=") for pair in stripped.split(",") if pair.strip()]
    if any(not separator for _, separator, _ in pairs):
        msg = "expected a JSON object or name=value pairs"
        raise ValueError(msg)
    return {name.strip(): value.strip() for name, _, value in pairs}


def parse_list(text: str) -> tuple[str, ...]:
    """Return values separated by commas.

    Returns
    -------
    tuple[str, ...]
        The values; none if the text is blank.

    Examples
    --------
    >>> parse_list("10.0.0.0/8, 203.0.113.0/24")
    ('10.0.0.0/8', '203.0.113.0/24')
    """
    return tuple(part.strip() for part in text.split(",") if part.strip())


def parse_counts(text: str) -> Mapping[str, int]:
    """Return names with whole numbers, written as for `parse_mapping`.

    Raises
    ------
    ValueError
        If it is neither, or a value is not a whole number.

    Examples
    --------
    >>> parse_counts("order=5, payment=2")
    {'order': 5, 'payment': 2}
    """
    return {name: int(value) for name, value in parse_mapping(text).items()}


_READERS: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    float: float,
    Path: Path,
    bool: parse_bool,
    tuple[str, ...]: parse_list,
    Mapping[str, int]: parse_counts,
    Mapping[str, str]: parse_mapping,
    Mapping[str, Any]: parse_mapping,
}


def parse(type_: Any, text: str) -> Any:
    """Return a value of a setting's type from text; blank text is None where the type has it.

    Parameters
    ----------
    type_
        The type, as the setting's field has it.
    text
        The value as someone would type it.

    Raises
    ------
    ValueError
        If the text is not a value of the type.

    Examples
    --------
    >>> parse(int, "30"), parse(bool, "on"), parse(float | None, "0.5"), parse(str | None, " ")
    (30, True, 0.5, None)
    """
    if isinstance(type_, UnionType):
        (inner,) = (arg for arg in get_args(type_) if arg is not NoneType)
        return parse(inner, text.strip()) if text.strip() else None
    return _READERS[type_](text)
