"""Write processed documents as X-Ray writes them: order of members and form of numbers."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented as assumptions

_RANK = {name: rank for rank, name in enumerate(assumptions.MEMBER_ORDER)}
_TIMES = ("start_time", "end_time")
_PLAIN_BELOW = 1e7


def render(segment: Document) -> str:
    """Give the JSON text of a processed segment.

    Parameters
    ----------
    segment
        A segment of a processed trace.

    Examples
    --------
    >>> render({"name": "a", "id": "53995c3f42cd8ad8", "start_time": 1795435200.271512})
    '{"id":"53995c3f42cd8ad8","name":"a","start_time":1.795435200271512E9}'
    """
    # children first and without recursion: depth is the sender's choice, not ours
    parts = [segment]
    for part in parts:
        parts.extend(part.get("subsegments", ()))
    done: dict[int, orjson.Fragment] = {}
    for part in reversed(parts):
        done[id(part)] = orjson.Fragment(_render_one(part, done))
    return orjson.dumps(done[id(segment)]).decode()


def number(value: float) -> str:
    """Write a number as Java does, which is what X-Ray's documents show.

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
        ordered["subsegments"] = _rendered(part["subsegments"], done)
    return orjson.dumps(ordered)


def _rendered(children: Iterable[Document], done: dict[int, orjson.Fragment]) -> list[Any]:
    return [done[id(child)] for child in children]
