"""Validates members of X-Ray requests, with errors that name member and problem."""

import base64
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar

import orjson

from tracing_lab.embedded.xray.ingest.documents import is_time

from .errors import XRayException

Members = Mapping[str, Any]
Operation = Callable[[Members], dict[str, Any]]
Value = TypeVar("Value")

_LARGEST_INTEGER = 2**31 - 1


class InvalidRequest(XRayException):
    """The request is invalid (HTTP 400 InvalidRequestException)."""


def parse_body(body: bytes) -> Members:
    """Parse the body of a request; an empty one is an empty object.

    Raises
    ------
    InvalidRequest
        If it is not a JSON object.
    """
    if not body.strip():
        return {}
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        msg = f"The request body is not JSON: {error}."
        raise InvalidRequest(msg) from error
    if not isinstance(parsed, dict):
        msg = "The request body must be a JSON object."
        raise InvalidRequest(msg)
    return parsed


def text(members: Members, name: str, *, longest: int | None = None) -> str | None:
    """Return a string member; None when it is absent."""
    value = members.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        reject(name, "a string")
    if not value or (longest is not None and len(value) > longest):
        reject(name, f"a string of 1 to {longest} characters" if longest else "not empty")
    return value


def required(value: Value | None, name: str) -> Value:
    """Return the value of a required member."""
    if value is None:
        msg = f"{name} is missing."
        raise InvalidRequest(msg)
    return value


def only_one(members: Members, *names: str) -> None:
    """Raise unless the request has exactly one of some members."""
    if sum(members.get(name) is not None for name in names) != 1:
        msg = f"Pass either {' or '.join(names)}, exactly one of them."
        raise InvalidRequest(msg)


def choice(members: Members, name: str, allowed: tuple[str, ...]) -> str:
    """Return a member that must be one of some values; the first if it is absent."""
    value = text(members, name)
    if value is None:
        return allowed[0]
    if value not in allowed:
        reject(name, f"one of {', '.join(allowed)}")
    return value


def boolean(members: Members, name: str) -> bool:
    """Return a boolean member; False when it is absent."""
    value = members.get(name)
    if value is not None and not isinstance(value, bool):
        reject(name, "true or false")
    return bool(value)


def whole_number(members: Members, name: str) -> int:
    """Return a required member that is a count."""
    value = members.get(name)
    if type(value) is not int or not 0 <= value <= _LARGEST_INTEGER:
        reject(name, "a whole number of at least 0")
    return value


def integer(
    members: Members, name: str, *, least: int = 0, most: int = _LARGEST_INTEGER
) -> int | None:
    """Return a whole number; None when it is absent."""
    value = members.get(name)
    if value is None:
        return None
    if type(value) is not int or not least <= value <= most:
        limits = f"{least} to {most}" if most < _LARGEST_INTEGER else f"at least {least}"
        reject(name, f"a whole number of {limits}")
    return value


def number(members: Members, name: str, *, least: float, most: float) -> float | None:
    """Return a number; None when it is absent."""
    value = members.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not least <= value <= most:
        reject(name, f"a number from {least:g} to {most:g}")
    return float(value)


def structure(members: Members, name: str) -> dict[str, Any] | None:
    """Return a member that is an object; None when it is absent."""
    value = members.get(name)
    if value is not None and not isinstance(value, dict):
        reject(name, "an object")
    return value


def time_s(members: Members, name: str) -> float:
    """Return a required time, epoch seconds."""
    value = members.get(name)
    if not is_time(value):
        reject(name, "a time in epoch seconds")
    return float(value)  # type: ignore[arg-type]  # is_time has seen a number


def any_time(members: Members, name: str) -> None:
    """Raise unless a required member is a time, in seconds or milliseconds.

    AWS accepts both for the reports of samplers: OpenTelemetry's for Java sends milliseconds.
    """
    value: Any = members.get(name)
    if not is_time(value) and not (isinstance(value, (int, float)) and is_time(value / 1000)):
        reject(name, "a time in epoch seconds")


def time_range(members: Members, *, longest_s: float | None) -> tuple[float, float]:
    """Return ``StartTime`` and ``EndTime``.

    Parameters
    ----------
    members
        The request.
    longest_s
        Longest range in seconds; None for any length.
    """
    start_s, end_s = time_s(members, "StartTime"), time_s(members, "EndTime")
    if start_s > end_s:
        msg = "StartTime must not be after EndTime."
        raise InvalidRequest(msg)
    if longest_s is not None and end_s - start_s > longest_s:
        msg = f"Time range cannot be longer than {longest_s / 3600:g} hours"
        raise InvalidRequest(msg)
    return start_s, end_s


def texts(
    members: Members, name: str, *, most: int | None = None, longest: int | None = None
) -> list[str]:
    """Return a required list of strings."""
    values = _items(members, name, most)
    limit = longest or float("inf")
    if not all(isinstance(value, str) and 0 < len(value) <= limit for value in values):
        reject(
            name,
            f"a list of strings of 1 to {longest} characters" if longest else "a list of strings",
        )
    return values


def objects(members: Members, name: str, *, most: int | None = None) -> list[dict[str, Any]]:
    """Return a required list of objects."""
    values = _items(members, name, most)
    if not all(isinstance(value, dict) for value in values):
        reject(name, "a list of objects")
    return values


def encode_token(value: Any) -> str:
    """Return a ``NextToken``.

    Examples
    --------
    >>> decode_token({"NextToken": encode_token([1.5, "a"])}, check=lambda value: True)
    [1.5, 'a']
    """
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode()


def decode_token(members: Members, *, check: Callable[[Any], bool]) -> Any:
    """Return the value of ``NextToken``; None if it is absent.

    Parameters
    ----------
    members
        The request.
    check
        Returns whether a decoded value is a possible argument of `encode_token`.
    """
    token = text(members, "NextToken")
    if token is None:
        return None
    try:
        value = orjson.loads(base64.urlsafe_b64decode(token.encode()))
    except ValueError as error:
        reject("NextToken", "a token from an earlier page", because=error)
    if not check(value):
        reject("NextToken", "a token from an earlier page")
    return value


def reject(name: str, expected: str, *, because: Exception | None = None) -> NoReturn:
    """Raise the error about an invalid member."""
    msg = f"{name} must be {expected}."
    raise InvalidRequest(msg) from because


def _items(members: Members, name: str, most: int | None) -> list[Any]:
    values = members.get(name)
    if not isinstance(values, list):
        reject(name, "a list")
    if most is not None and len(values) > most:
        reject(name, f"a list of at most {most} items, not {len(values)}")
    return values
