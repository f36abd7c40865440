"""Numbers of cards and telephones, and IP addresses, in texts. Pure.

The last number of a sentence is followed by a full stop, others stand next to ordinary numbers.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from .kinds import CARD, IP, PHONE, Match

_GROUPS: Final = r"\d+(?:-\d+)*(?![\w-]|\.\d)"
_NUMBERS: Final = re.compile(rf"(?<![\w.%-]){_GROUPS}(?: {_GROUPS})*")
_GROUP: Final = re.compile(r"\d+")
_CARD_PREFIX: Final = re.compile(r"4|5[1-5]|2[2-7]|3[47]|3[0689]|6(?:011|4[4-9]|5)|35")
_CARD_DIGITS: Final = range(13, 20)
_LEAST_IN_GROUP: Final = 4
_BLANK: Final = "[ .-]?"
_PHONE: Final = re.compile(
    rf"(?<![\w.+-])(?:\+\d{{1,3}}{_BLANK}(?:\(?\d{{1,4}}\)?{_BLANK}){{1,4}}\d{{2,4}}"
    r"|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?![\w-]|\.\d)"
)
_PHONE_DIGITS: Final = range(8, 16)
_V4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
_COLONS: Final = 7
_HEX: Final = "[0-9A-Fa-f]"
_V6: Final = re.compile(
    rf"(?:(?<![\w:.])|(?<=[^:.]:)(?={_HEX}|::))"
    rf"(?:{_HEX}{{0,4}}:){{2,9}}(?:{_HEX}{{1,5}}|(?<=::))(?!\w|\.\d|:[0-9A-Fa-f:])"
)
_IN_USE: Final = [  # RFC 4291's kinds, and addresses of version 4 as RFC 6052 embeds them
    ipaddress.IPv6Network(net)
    for net in ("2000::/3", "fc00::/7", "fe80::/10", "ff00::/8", "::ffff:0:0/96", "64:ff9b::/96")
]
_ONE_GROUP: Final = (1 << 112) - 1

Span = tuple[int, int]


def cards(text: str) -> Iterator[Match]:
    """Yield the numbers of payment cards, also where other numbers stand before or after them."""
    for numbers in _NUMBERS.finditer(text):
        first = numbers.start()
        groups = [(first + g.start(), first + g.end()) for g in _GROUP.finditer(numbers[0])]
        at = 0
        while at < len(groups):
            after = _end_of_card(text, groups, at)
            if after:
                yield Match(CARD, groups[at][0], groups[after - 1][1])
            at = after or at + 1


def _end_of_card(text: str, groups: list[Span], at: int) -> int:
    """Return which group is the first after the longest card's number from a group on; 0 for none.

    Between other numbers, groups of fewer than four digits are part of a card only at its end.
    """
    digits, longest, is_grouped = "", 0, True
    for after, (start, end) in enumerate(groups[at : at + _CARD_DIGITS.stop], at + 1):
        digits += text[start:end]
        is_all = at == 0 and after == len(groups)
        if (is_grouped or is_all) and len(digits) in _CARD_DIGITS and _is_card(digits):
            longest = after
        is_grouped = is_grouped and end - start >= _LEAST_IN_GROUP
        if len(digits) >= _CARD_DIGITS.stop or not (is_grouped or at == 0):
            break
    return longest


def _is_card(digits: str) -> bool:
    return _CARD_PREFIX.match(digits) is not None and has_check_digit(digits)


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


def phones(text: str) -> Iterator[Match]:
    """Yield telephone numbers."""
    for found in _PHONE.finditer(text):
        if len(re.sub(r"\D", "", found[0])) in _PHONE_DIGITS:
            yield Match(PHONE, *found.span())


def addresses(text: str) -> Iterator[Match]:
    """Yield IP addresses other than loopback."""
    for found in _V4.finditer(text):
        if _is_of_a_host(found[0]):
            yield Match(IP, *found.span())
    for found in _V6.finditer(text):
        spans = _without_label_and_port(text, *found.span())
        yield from [Match(IP, *span) for span in spans if _is_of_a_host(text[slice(*span)])][:1]


def _without_label_and_port(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Return where an address of version 6 may lie; nowhere in a time of day."""
    if text.count(":", start, end) < _COLONS and "::" not in text[start:end]:
        return ()
    first, last = text.index(":", start) + 1, text.rindex(":", start, end)
    return (start, end), (start, last), (first, end), (first, last)


def _is_of_a_host(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    is_used = "::" not in text or _is_in_use(address)  # what has eight groups is nothing else
    return is_used and not (address.is_loopback or address.is_unspecified)


def _is_in_use(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether a host may have an address; ``1::`` is in ARNs, ``10::20`` and ``A::B`` too.

    What consists of one group and ends in colons is a network.
    """
    is_network = int(address) & _ONE_GROUP == 0
    return not is_network and any(address in net for net in _IN_USE)
