"""The kinds of personal data and secrets, and what is found of them. Pure."""

from collections.abc import Mapping
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
"""Kind to what it is."""


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
