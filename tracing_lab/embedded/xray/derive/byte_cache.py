"""Values by key, as many as fit into a number of bytes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """Keeps the values that were put or touched last, as many as fit into a number of bytes.

    A single value that is larger by itself is kept until the next one comes. Not safe to use from
    several threads.

    Parameters
    ----------
    most_bytes
        What all values together may take.
    size_of
        Returns the bytes of a value. Whoever changes the size of a value that is kept calls
        `grow`.
    """

    def __init__(self, most_bytes: int, size_of: Callable[[V], int]) -> None:
        self._most_bytes = most_bytes
        self._size_of = size_of
        self._values: OrderedDict[K, V] = OrderedDict()
        self.size_bytes = 0
        self.get = self._values.get
        self.touch = self._values.move_to_end  # raises KeyError when there is no such value

    def __len__(self) -> int:
        return len(self._values)

    def put(self, key: K, value: V) -> list[V]:
        """Keep a value, and return those that it displaces, the one of the same key included."""
        displaced = [] if (old := self.pop(key)) is None else [old]
        self._values[key] = value
        self.size_bytes += self._size_of(value)
        return displaced + self._trimmed()

    def grow(self, key: K, by_bytes: int) -> list[V]:
        """Note that a kept value has grown, and return those that it displaces."""
        self.touch(key)
        self.size_bytes += by_bytes
        return self._trimmed()

    def pop(self, key: K) -> V | None:
        """Drop a value and return it; None when there is none."""
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
