"""Evaluates the ``Condition`` element of IAM statements. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import fnmatch
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Context = Mapping[str, str | Sequence[str]]
"""Condition keys and their values in the request; a list for keys with several values."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERALS = frozenset({"*", "?", "$"})
"""Variables that stand for these characters; IAM takes them literally, here they are wildcards."""

_ARN_PARTS = 6
_Comparison = Callable[[str, str], bool]


def conditions_hold(conditions: Mapping[str, Any], context: Context) -> bool:
    """Return whether all operators of a ``Condition`` element hold.

    Operators that IAM does not know never hold.

    Parameters
    ----------
    conditions
        Operator -> condition key -> value or values.
    context
        Keys and values of the request; the case of keys does not matter.

    Examples
    --------
    >>> conditions_hold({"StringLike": {"aws:SourceArn": "arn:*"}}, {"AWS:SourceArn": "arn:a"})
    True
    >>> conditions_hold({"NumericLessThan": {"n": "5"}}, {"n": "7"})
    False
    >>> conditions_hold({"Null": {"missing": "true"}}, {})
    True
    """
    known = {key.lower(): _listed(value) for key, value in context.items()}
    return all(_operator_holds(name, keys, known) for name, keys in conditions.items())


def fits(text: str, pattern: str) -> bool:
    """Return whether a text matches a pattern with IAM's wildcards ``*`` and ``?``.

    Examples
    --------
    >>> fits("arn:aws:logs:us-east-1:1:log-group:a[1]", "arn:aws:logs:*:log-group:a[1]")
    True
    """
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def fits_expanded(text: str, pattern: str, context: Context) -> bool:
    """Return whether a text matches a pattern with policy variables.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html

    Examples
    --------
    >>> fits_expanded("user/ann/x", "user/${aws:username}/*", {"aws:username": "ann"})
    True
    >>> fits_expanded("user//x", "user/${aws:username}/*", {})
    False
    """
    if "${" not in pattern:
        return fits(text, pattern)
    known = {key.lower(): _listed(value) for key, value in context.items()}
    expanded = _expanded(pattern, known)
    return expanded is not None and fits(text, expanded)


def _operator_holds(name: str, keys: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> bool:
    quantifier, _, bare = name.rpartition(":")
    optional = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    if bare == "Null":
        return all(
            (key.lower() not in known) == (str(wanted).lower() == "true")
            for key, wanteds in keys.items()
            for wanted in _listed(wanteds)
        )
    negated = "Not" in bare
    comparison = _COMPARISONS.get(bare.replace("Not", ""))
    if comparison is None:
        return False
    return all(
        _key_holds(
            known.get(key.lower()),
            _wanted(values, known),
            comparison,
            quantifier=quantifier,
            negated=negated,
            optional=optional,
        )
        for key, values in keys.items()
    )


def _key_holds(
    values: Sequence[str] | None,
    wanted: Sequence[str],
    comparison: _Comparison,
    *,
    quantifier: str,
    negated: bool,
    optional: bool,
) -> bool:
    if not values:
        return optional or quantifier == "ForAllValues" or (negated and not quantifier)
    each = [any(comparison(value, expected) for expected in wanted) != negated for value in values]
    if quantifier == "ForAnyValue":
        return any(each)
    # without a quantifier keys have one value; of several, a negation is about all
    return all(each) if negated or quantifier == "ForAllValues" else any(each)


def _wanted(values: Any, known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the values of a policy with their variables replaced, without those that lack one."""
    expanded = (_expanded(value, known) if "${" in value else value for value in _listed(values))
    return [value for value in expanded if value is not None]


def _expanded(text: str, known: Mapping[str, Sequence[str]]) -> str | None:
    def value_of(match: re.Match[str]) -> str:
        name = match[1].partition(",")[0].strip()
        default = match[1].partition(",")[2].strip().strip("'")
        if name in _LITERALS:
            return name
        values = known.get(name.lower())
        if values is None or len(values) != 1:
            missing.extend([name] if not default else [])
            return default
        return values[0]

    missing: list[str] = []
    expanded = _VARIABLE.sub(value_of, text)
    return None if missing else expanded


def _listed(value: Any) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, (list, tuple)) else [_text(value)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _numeric(compare: Callable[[float, float], bool]) -> _Comparison:
    return _read(float, compare)


def _date(compare: Callable[[datetime, datetime], bool]) -> _Comparison:
    return _read(_moment, compare)


def _read(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> _Comparison:
    def comparison(value: str, wanted: str) -> bool:
        try:
            return compare(read(value), read(wanted))
        except (ValueError, OverflowError):
            return False

    return comparison


def _moment(text: str) -> datetime:
    """Parse ISO 8601 or epoch seconds."""
    if text.replace(".", "", 1).isdigit() and "-" not in text:
        return datetime.fromtimestamp(float(text), UTC)
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _arn_fits(value: str, wanted: str) -> bool:
    """Return whether ARNs match part by part, so that no wildcard crosses a colon."""
    parts, patterns = value.split(":", _ARN_PARTS - 1), wanted.split(":", _ARN_PARTS - 1)
    return len(parts) == len(patterns) and all(map(fits, parts, patterns))


def _in_range(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _same(value: str, wanted: str) -> bool:
    return value == wanted


def _same_ignoring_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


_COMPARISONS: Mapping[str, _Comparison] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": _same_ignoring_case,
    "StringLike": fits,
    "ArnEquals": _arn_fits,
    "ArnLike": _arn_fits,
    "BinaryEquals": _same,
    "Bool": _same_ignoring_case,
    "IpAddress": _in_range,
    "NumericEquals": _numeric(operator.eq),
    "NumericGreaterThan": _numeric(operator.gt),
    "NumericGreaterThanEquals": _numeric(operator.ge),
    "NumericLessThan": _numeric(operator.lt),
    "NumericLessThanEquals": _numeric(operator.le),
    "DateEquals": _date(operator.eq),
    "DateGreaterThan": _date(operator.gt),
    "DateGreaterThanEquals": _date(operator.ge),
    "DateLessThan": _date(operator.lt),
    "DateLessThanEquals": _date(operator.le),
}
