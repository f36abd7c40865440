"""Traces in which personal data and secrets are replaced by texts of the same shape.

Each letter becomes a letter and each digit a digit, chosen by a secret that is made for one call:
the same text becomes the same other one, so that what belonged together still does, and nobody can
go back. Ids, times, names of AWS's own and everything that has another form stay.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from .escapes import ESCAPE, character, plain
from .kinds import CARD, EMAIL, IP, Match
from .numbers import has_check_digit
from .places import UNCHANGEABLE, documents_of, members_of
from .scanning import matches_in

_ALPHABETS: Final = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_PIECE: Final = re.compile(rf"{ESCAPE.pattern}|.", re.DOTALL)
_LETTER_CODE: Final = "0078"
_SIGN: Final = re.compile(r"@|%(?:25)*40|\\+u0040")
_NOBODY: Final = "example.com"  # reserved for examples, by RFC 2606
_NETS_4: Final = ("192.0.2.", "198.51.100.", "203.0.113.")  # for documentation, by RFC 5737
_NET_6: Final = "2001:db8::"  # likewise, by RFC 3849


def redact(traces: Iterable[Mapping[str, Any]], *, secret: bytes | None = None) -> list[Any]:
    """Return traces without what `scan_privacy` finds in them.

    Parameters
    ----------
    traces
        Traces as `tracing_lab.spans.load_traces` returns them. They are not changed.
    secret
        What the other texts are made from; a new random one if not given. The same secret makes
        the same texts, for files that belong together.

    Returns
    -------
    traces
        With the same ids, times and structure, to be saved and shared.

    Raises
    ------
    TraceDataError
        If a document cannot be read.
    """
    key = secret or secrets.token_bytes(32)
    return [_redacted_trace(trace, key) for trace in traces]


def _redacted_trace(trace: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    documents = documents_of(trace)
    segments = [
        {**segment, "Document": _redacted_document(segment["Document"], document, key)}
        for segment, document in zip(trace["Segments"], documents, strict=True)
    ]
    return {**trace, "Segments": segments}


def _redacted_document(text: str, document: Mapping[str, Any], key: bytes) -> str:
    changed = _part(document, key)
    return text if changed == document else orjson.dumps(changed).decode()


def _part(document: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Return a segment or subsegment with all parts below it."""
    return {name: _member(name, value, key) for name, value in document.items()}


def _member(name: str, value: Any, key: bytes) -> Any:
    if name in UNCHANGEABLE:
        return value
    if name == "subsegments" and isinstance(value, list):
        return [_part(inner, key) if isinstance(inner, dict) else inner for inner in value]
    return _value(value, name, key)


def _value(value: Any, path: str, key: bytes) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(inner, at, key) for name, inner, at in members_of(value, path)}
    if isinstance(value, list):
        return [_value(inner, f"{path}.{number}", key) for number, inner in enumerate(value)]
    if isinstance(value, str):
        return _text(value, path, key)
    return int(_text(str(value), path, key)) if type(value) is int else value


def _text(text: str, path: str, key: bytes) -> str:
    for match in reversed(matches_in(path, text)):
        part = text[match.start : match.end]
        text = text[: match.start] + _replacement(part, match, key) + text[match.end :]
    return text


def _replacement(text: str, match: Match, key: bytes) -> str:
    if match.kind == EMAIL:
        sign = _SIGN.search(text)
        other = _like(text, key)  # by the host, too: each has an info@
        return f"{other[: sign.start()]}{sign[0]}{_NOBODY}" if sign else other
    if match.kind == IP:
        first, second = _digest(text, key)[:2]
        if ":" in plain(text):
            return f"{_NET_6}{first:x}:{second:x}"
        return f"{_NETS_4[second % len(_NETS_4)]}{1 + first % 254}"
    return _without_check_digit(_like(text, key)) if match.kind == CARD else _like(text, key)


def _without_check_digit(number: str) -> str:
    """Return a number that no card has."""
    if not number[-1].isdigit() or not has_check_digit(re.sub(r"\D", "", plain(number))):
        return number
    return number[:-1] + str((int(number[-1]) + 1) % 10)


def _like(text: str, key: bytes) -> str:
    """Return another text of the same length, with letters and digits in the same places.

    Escapes stay escapes, so that JSON in a text can still be parsed, and a URL be read.
    """
    digest = _digest(text, key)
    pieces = enumerate(_PIECE.finditer(text))
    return "".join(_other_piece(piece, digest[place % len(digest)]) for place, piece in pieces)


def _other_piece(piece: "re.Match[str]", number: int) -> str:
    """Return what replaces a character or an escape, which keeps its form."""
    if piece["letter"]:
        return piece[0]
    if not (piece["code"] or piece["byte"]):
        return _other(piece[0], number)
    meant = character(piece)
    if piece["code"]:
        return piece[0] if _is_sign(meant) else piece[0][:-4] + _LETTER_CODE
    is_letter = meant.isascii() and meant.isalnum()  # another byte may be a part of a letter
    return piece[0][:-2] + f"{ord(_other(meant, number)):02X}" if is_letter else piece[0]


def _is_sign(char: str) -> bool:
    return char.isascii() and not char.isalnum()


def _digest(text: str, key: bytes) -> bytes:
    return hmac.new(key, plain(text).encode(errors="surrogatepass"), hashlib.sha512).digest()


def _other(char: str, number: int) -> str:
    alphabet = next((chars for chars in _ALPHABETS if char in chars), None)
    if alphabet is None:
        return "x" if char.isalnum() else char
    first = 1 if alphabet is string.digits else 0  # numbers keep their length
    return alphabet[first:][number % (len(alphabet) - first)]
