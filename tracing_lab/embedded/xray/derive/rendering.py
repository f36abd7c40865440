"""Serializes processed documents like X-Ray: order of members and format of numbers."""

from decimal import Decimal
from typing import Any

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented

_RANK = {name: rank for rank, name in enumerate(undocumented.MEMBER_ORDER)}
_TIMES = ("start_time", "end_time")
_PLAIN_BELOW = 1e7


def render(segment: Document) -> str:
    """Return the JSON text of a processed segment.

    Examples
    --------
    >>> render({"name": "a", "id": "53995c3f42cd8ad8", "start_time": 1795435200.271512})
    '{"id":"53995c3f42cd8ad8","name":"a","start_time":1.795435200271512E9}'
    """
    # children first and without recursion: the sender determines the depth
    parts = [segment]
    for part in parts:
        parts.extend(part.get("subsegments", ()))
    done: dict[int, orjson.Fragment] = {}
    for part in reversed(parts):
        done[id(part)] = orjson.Fragment(_render_one(part, done))
    return orjson.dumps(done[id(segment)]).decode()


def number(value: float) -> str:
    """Return a number in Java's format, as in X-Ray's documents.

    Examples
    --------
    >>> number(1795435200.0), number(0.074), number(5)
    ('1.7954352E9', '0.074', '5')
    """
    if isinstance(value, int) or abs(value) < _PLAIN_BELOW:
        return repr(value)
    digits, exponent = Decimal(repr(value)).normalize().as_tuple()[1:]
    figures = "".join(map(str, digits))
    power = int(exponent) + len(figures) - 1
    sign = "-" if value < 0 else ""
    return f"{sign}{figures[0]}.{figures[1:] or '0'}E{power}"


def _render_one(part: Document, done: dict[int, orjson.Fragment]) -> bytes:
    ordered: dict[str, Any] = {name: part[name] for name in sorted(part, key=_RANK.__getitem__)}
    for name in _TIMES:
        if name in ordered:
            ordered[name] = orjson.Fragment(number(ordered[name]))
    if "subsegments" in ordered:
        ordered["subsegments"] = [done[id(child)] for child in part["subsegments"]]
    return orjson.dumps(ordered)
