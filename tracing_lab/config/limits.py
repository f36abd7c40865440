"""The kinds of limits that a setting can have: each checks a value and says what is allowed."""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from . import fault_limits
from .services import SERVICES

MAX_TAGS = 48  # AWS allows 50; the ownership tag and the mark of a web ACL are ours
MAX_FAULTS_BYTES = 3000  # a function's environment may hold 4 KB in all
MAX_CONCURRENCY = 1000  # of an account, unless it was raised; Lambda checks what is left
MAX_CIDRS = 100  # a resource policy may have 8 KB

_TAG_TEXT = re.compile(r"[\w +\-=.:/@]*")  # IAM's, of whose separators the space alone


class Limit(Protocol):
    """The limit of a setting's values; its text is for the pages and ``--help``."""

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield what is wrong with a value; every problem names the setting."""


@dataclass(frozen=True)
class Whole:
    """A whole number within two bounds, both allowed.

    Examples
    --------
    >>> list(Whole(1, 900, "seconds").problems("lambda_timeout", 0))
    ['lambda_timeout=0 must be a whole number from 1 to 900 seconds']
    """

    low: int
    high: int
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.low} to {self.high} {self.unit}".rstrip()

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield the problem of a value that is not a whole number or out of bounds."""
        if type(value) is not int or not self.low <= value <= self.high:
            bounds = f"from {self.low} to {self.high} {self.unit}".rstrip()
            yield f"{name}={value!r} must be a whole number {bounds}"


@dataclass(frozen=True)
class Between:
    """A number within two bounds, both allowed; it may have a fraction."""

    low: float
    high: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} {self.unit}".rstrip()

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield the problem of a value that is not a number or out of bounds."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.low <= float(str(value)) <= self.high:
            bounds = f"from {self.low:g} to {self.high:g} {self.unit}".rstrip()
            yield f"{name}={value!r} must be a number {bounds}"


@dataclass(frozen=True)
class OneOf:
    """One of several values, of their type.

    Examples
    --------
    >>> list(OneOf((False, True)).problems("enable_alarms", 1))
    ['enable_alarms=1 must be one of False, True']
    """

    values: Sequence[object]

    def __str__(self) -> str:
        return ", ".join(f"`{value}`" for value in self.values)

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield the problem of a value that is none of them."""
        if type(value) is not type(self.values[0]) or value not in self.values:
            yield f"{name}={value!r} must be one of {', '.join(map(str, self.values))}"


@dataclass(frozen=True)
class Matching:
    """Text that matches a pattern as a whole.

    Examples
    --------
    >>> list(Matching("[0-9]+", "digits").problems("zone", "x"))
    ["zone='x' must be digits"]
    """

    pattern: str
    allowed: str

    def __str__(self) -> str:
        return self.allowed

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield the problem of a value that is not a string or does not match."""
        if not _matches(self.pattern, value):
            yield f"{name}={value!r} must be {self.allowed}"


@dataclass(frozen=True)
class Like:
    """Text of a form that an example shows best.

    Examples
    --------
    >>> list(Like("[a-z]+-[0-9]", "east-1").problems("region", "x"))
    ["region='x' must look like 'east-1'"]
    """

    pattern: str
    example: str

    def __str__(self) -> str:
        return f"such as `{self.example}`"

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield the problem of a value that is not a string or does not match."""
        if not _matches(self.pattern, value):
            yield f"{name}={value!r} must look like {self.example!r}"


@dataclass(frozen=True)
class Custom:
    """Values that only a function of their own can check."""

    allowed: str
    check: Callable[[str, object], Iterator[str]]

    def __str__(self) -> str:
        return self.allowed

    def problems(self, name: str, value: object) -> Iterator[str]:
        """Yield what the function finds."""
        yield from self.check(name, value)


def check_concurrency(name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with a number of environments per service."""
    if not isinstance(value, Mapping):
        yield f"{name}={value!r} must map service names to numbers"
        return
    for service, count in value.items():
        if service not in SERVICES:
            yield f"{name}: {service!r} is not a service; there are {', '.join(SERVICES)}"
        elif type(count) is not int or not 0 <= count <= MAX_CONCURRENCY:
            bounds = f"a whole number from 0 to {MAX_CONCURRENCY}"
            yield f"{name}: {service}={count!r} must be {bounds}"


def check_addresses(name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with a list of address ranges."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        yield f"{name}={value!r} must be a list of address ranges"
        return
    if len(value) > MAX_CIDRS:
        yield f"{name} has {len(value)} entries; at most {MAX_CIDRS} fit into a policy"
    for cidr in value:
        if not _is_cidr(cidr):
            yield f"{name}: {cidr!r} must look like '203.0.113.0/24'"


def check_tags(name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with tags."""
    if not isinstance(value, Mapping):
        yield f"{name}={value!r} must map names to values"
        return
    if len(value) > MAX_TAGS:
        yield f"{name} has {len(value)} entries; AWS allows {MAX_TAGS} in addition to our own"
    for key, text in value.items():
        if not _is_tag_text(key, 1, 128) or not _is_tag_text(text, 0, 256):
            yield f"{name}: {key!r}={text!r} must be text of letters, digits, spaces and +-=._:/@"
        elif key.lower().startswith(("aws:", "tracing-lab:")):
            yield f"{name}: {key!r} begins with a reserved prefix; choose another name"
    yield from _same_for_iam(name, [key for key in value if isinstance(key, str)])


def _same_for_iam(name: str, keys: Sequence[str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for key in keys:
        other = seen.setdefault(key.casefold(), key)
        if other != key:
            yield f"{name}: {other!r} and {key!r} differ in case only, which IAM rejects; keep one"


def check_faults(name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with the faults of services."""
    if not isinstance(value, Mapping):
        yield f"{name}={value!r} must map service names to fault settings"
        return
    for service, fault in value.items():
        if service not in SERVICES:
            yield f"{name}: {fault_limits.unknown(service, SERVICES, what='service')}"
        elif not isinstance(fault, Mapping) or _json_size(fault) > MAX_FAULTS_BYTES:
            yield f"{name}: {service!r} must be a JSON object of at most {MAX_FAULTS_BYTES} bytes"
        else:
            yield from fault_limits.problems(fault, where=f"{name}: {service}")


def check_url(name: str, value: object) -> Iterator[str]:
    """Yield the problem of a value that is not the address of an HTTP server."""
    if not isinstance(value, str) or not _is_http_url(value):
        yield f"{name}={value!r} must look like 'http://127.0.0.1:4566'"


def check_path(name: str, value: object) -> Iterator[str]:
    """Yield the problem of a value that is not a path."""
    if not isinstance(value, Path) or "\0" in str(value):
        yield f"{name}={value!r} must be a path"


def _matches(pattern: str, value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_cidr(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_network(value))
    except ValueError:
        return False


def _is_http_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query


def _is_tag_text(text: object, low: int, high: int) -> bool:
    return isinstance(text, str) and bool(_TAG_TEXT.fullmatch(text)) and low <= len(text) <= high


def _json_size(value: Mapping[str, object]) -> int:
    try:
        return len(json.dumps(dict(value)).encode())
    except (TypeError, ValueError):
        return MAX_FAULTS_BYTES + 1
