"""The memory limits of a region's caches, and the sizes of cached objects.

Sizes are those of CPython on a 64-bit machine. The constants were measured with ``tracemalloc``;
`size_of` counts.
"""

import sys
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

MB: Final = 1024**2
DEFAULT_CACHE_MB: Final = 192
"""Megabytes for the caches of a region, unless the server is started with another number.

Filters then evaluate 140,000 traces of six documents without reading documents.
"""

MIN_CACHE_MB: Final = 1

VIEW_BYTES: Final = 600
"""A view without its summary and observations: the objects, its id, its cache entry."""

PLACE_BYTES: Final = 300
"""The location of a trace's facts: an id, three numbers, a dictionary entry and a tuple."""

VERSION_BYTES: Final = 120
"""An entry of the versions of a graph's traces; the id is that of the location."""

STATISTICS_BYTES: Final = 1_000
"""A node or edge of a graph, without the entries of its histograms."""

COUNT_BYTES: Final = 100
"""An entry of a histogram."""

TYPICAL_TRACE_BYTES: Final = 850
"""The facts of a trace of six documents and their location."""


@dataclass(frozen=True)
class CacheSizes:
    """Bytes for each cache of a region.

    Parameters
    ----------
    views
        For summaries and what traces add to graphs.
    facts
        For the facts that filters evaluate.
    graphs
        For the graphs of chunks of time.
    """

    views: int
    facts: int
    graphs: int

    @classmethod
    def of(cls, megabytes: int) -> Self:
        """Return the shares of a total.

        Facts get the most: a filter over traces without cached facts has to read and process all of
        their documents again.

        Examples
        --------
        >>> CacheSizes.of(16)
        CacheSizes(views=3145728, facts=10485760, graphs=3145728)
        """
        sixteenth = megabytes * MB // 16
        return cls(views=3 * sixteenth, facts=10 * sixteenth, graphs=3 * sixteenth)

    @property
    def traces(self) -> int:
        """Number of traces whose facts fit, at typical sizes."""
        return self.facts // TYPICAL_TRACE_BYTES


def size_of(value: Any) -> int:
    """Return the bytes of plain data with all that it refers to, each object counted once.

    Parameters
    ----------
    value
        Strings, numbers, arrays, tuples, lists, dictionaries, and objects with such attributes.
    """
    seen: set[int] = set()
    waiting, total = [value], 0
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        total += sys.getsizeof(value)
        waiting.extend(_parts(value))
    return total


def _parts(value: Any) -> list[Any]:
    if isinstance(value, (str, bytes, int, float, array, range, type(None))):
        return []
    if isinstance(value, Mapping):
        return [*value.keys(), *value.values()]
    if isinstance(value, (tuple, list, set, frozenset)):
        return list(value)
    slots = getattr(type(value), "__slots__", ())
    return [*getattr(value, "__dict__", {}).values(), *(getattr(value, name) for name in slots)]
