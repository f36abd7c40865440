"""A least-recently-used cache with a limit in bytes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """A least-recently-used cache with a limit in bytes.

    A single value over the limit is kept until the next one is added. Not thread-safe.

    Parameters
    ----------
    most_bytes
        Limit of all values together.
    size_of
        Returns the bytes of a value. Callers that change the size of a cached value call `grow`.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[V], int]) -> None:
        self._most_bytes = most_bytes
        self._size_of = size_of
        self._values: OrderedDict[K, V] = OrderedDict()
        self.size_bytes = 0
        self.get = self._values.get
        self.touch = self._values.move_to_end  # raises KeyError for unknown keys

    def __len__(self) -> int:
        return len(self._values)

    def put(self, key: K, value: V) -> list[V]:
        """Add a value; return the evicted ones, including a former value of the key."""
        displaced = [] if (old := self.pop(key)) is None else [old]
        self._values[key] = value
        self.size_bytes += self._size_of(value)
        return displaced + self._trimmed()

    def grow(self, key: K, by_bytes: int) -> list[V]:
        """Record that a cached value has grown; return the evicted ones."""
        self.touch(key)
        self.size_bytes += by_bytes
        return self._trimmed()

    def pop(self, key: K) -> V | None:
        """Remove a value and return it; None if there is none."""
        value = self._values.pop(key, None)
        if value is not None:
            self.size_bytes -= self._size_of(value)
        return value

    def clear(self) -> None:
        """Drop everything."""
        self._values.clear()
        self.size_bytes = 0

    def _trimmed(self) -> list[V]:
        dropped = []
        while self.size_bytes > self._most_bytes and len(self._values) > 1:
            value = self._values.popitem(last=False)[1]
            self.size_bytes -= self._size_of(value)
            dropped.append(value)
        return dropped
