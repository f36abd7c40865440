"""Kinds of personal data and secrets, each with what recognises it in a text. Pure."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

EMAIL: Final = "email"
CARD: Final = "card"
PHONE: Final = "phone"
TOKEN: Final = "token"  # noqa: S105 - the name of a kind
KEY: Final = "key"
IP: Final = "ip"

KINDS: Final[Mapping[str, str]] = {
    EMAIL: "an e-mail address",
    CARD: "a payment card's number, by its first digits and its check digit",
    PHONE: "a telephone number, with a country code or in groups",
    TOKEN: "a bearer, session or web token, a password, or what is named like one",
    KEY: "an access key or a private key",
    IP: "an IP address other than loopback",
}
"""The kinds in the order in which they are looked for: what is found first counts."""


class Match(NamedTuple):
    """A part of a text.

    Parameters
    ----------
    kind
        One of `KINDS`.
    start, end
        Where it lies in the text.
    """

    kind: str
    start: int
    end: int


_EMAIL: Final = re.compile(  # in URLs, "+" is %2B and "@" is %40
    r"(?<![\w.+%-])[A-Za-z0-9](?:[\w.+-]|%2[Bb])*(?:@|%40)"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}\b"
)
_CARD: Final = re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-]|\.\d)")
_CARD_PREFIX: Final = re.compile(r"4|5[1-5]|2[2-7]|3[47]|3[0689]|6(?:011|4[4-9]|5)|35")
_PHONE: Final = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){1,4}\d{2,4}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?![\w-]|\.\d)"
)
_PHONE_DIGITS: Final = range(8, 16)
_KEY: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[\w-]{35}"
    r"|\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.*?-----END [A-Z ]*PRIVATE KEY-----)?",
    re.DOTALL,
)
_TOKEN: Final = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\bgh[opsur]_[A-Za-z0-9]{30,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|(?i:\b(?:bearer|basic)) (?P<scheme>[\w.~+/=-]{12,})"
)
_ASSIGNED: Final = re.compile(r"(?<![\w-])(?P<name>[\w-]+)[\"']?\s*[=:]\s*[\"']?")
_VALUE: Final = re.compile(r"(?!(?i:bearer|basic) )[^\s\"'&,;}]{4,}")
SECRET_NAME: Final = re.compile(
    r"(?i)password|passwd|secret|token|api[_-]?key|authorization|credential|session[_-]?id"
)
"""Names whose whole value is a secret."""

_SECRET_KEY: Final = re.compile(r"secret[_-]?(?:access[_-]?)?key", re.IGNORECASE)
_V4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_V6: Final = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:.])")


def matches(text: str) -> list[Match]:
    """Return the personal data and secrets in a text, in their order; no two overlap.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> [match.kind for match in matches("from ada@example.org at 203.0.113.9")]
    ['email', 'ip']
    """
    found: list[Match] = []
    for detect in _DETECTORS:
        for match in detect(text):
            if not any(match.start < other.end and other.start < match.end for other in found):
                found.append(match)
    return sorted(found, key=lambda match: match.start)


def named_secret(name: str) -> str | None:
    """Return the kind of secret that a member's name says its value is; None for other names.

    Examples
    --------
    >>> named_secret("db_password"), named_secret("aws_secret_access_key"), named_secret("order_id")
    ('token', 'key', None)
    """
    if _SECRET_KEY.search(name):
        return KEY
    return TOKEN if SECRET_NAME.search(name) else None


def _by_pattern(kind: str, pattern: "re.Pattern[str]") -> Callable[[str], Iterator[Match]]:
    def detect(text: str) -> Iterator[Match]:
        for found in pattern.finditer(text):
            yield Match(kind, *found.span())

    return detect


def _tokens(text: str) -> Iterator[Match]:
    for found in _TOKEN.finditer(text):
        yield Match(TOKEN, *found.span("scheme" if found["scheme"] else 0))


def _named(text: str) -> Iterator[Match]:
    """Yield the values of assignments to secret names, such as ``password=...`` in a URL."""
    for assigned in _ASSIGNED.finditer(text):
        kind = named_secret(assigned["name"])
        value = _VALUE.match(text, assigned.end()) if kind else None
        if kind and value:
            yield Match(kind, *value.span())


def _cards(text: str) -> Iterator[Match]:
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if _CARD_PREFIX.match(digits) and has_check_digit(digits):
            yield Match(CARD, *found.span())


def has_check_digit(digits: str) -> bool:
    """Return whether the last digit is the check digit of Luhn's formula (ISO/IEC 7812-1).

    Examples
    --------
    >>> has_check_digit("4111111111111111"), has_check_digit("4111111111111112")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - its cross sum
    return total % 10 == 0 and len(set(digits)) > 1


def _phones(text: str) -> Iterator[Match]:
    for found in _PHONE.finditer(text):
        if len(re.sub(r"\D", "", found[0])) in _PHONE_DIGITS:
            yield Match(PHONE, *found.span())


def _addresses(text: str) -> Iterator[Match]:
    for pattern in (_V4, _V6):
        for found in pattern.finditer(text):
            if _is_of_a_host(found[0]):
                yield Match(IP, *found.span())


def _is_of_a_host(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


_DETECTORS: Final[tuple[Callable[[str], Iterator[Match]], ...]] = (
    _by_pattern(KEY, _KEY),
    _tokens,
    _named,
    _by_pattern(EMAIL, _EMAIL),
    _cards,
    _addresses,
    _phones,
)
"""The more certain ones first, as a part of a text counts once."""
