"""Caches the results of authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization-with-console.html
"""

from collections import OrderedDict
from typing import Generic, NamedTuple, TypeVar

_MOST_CACHED = 10_000

Result = TypeVar("Result")


class CacheKey(NamedTuple):
    """The identity that a result is about, for all methods of a stage that have the authorizer."""

    api_id: str
    stage_name: str
    authorizer_id: str
    identity: tuple[str, ...]


class ResultCache(Generic[Result]):
    """Results by identity, for the time that their authorizer sets.

    Examples
    --------
    >>> cache, key = ResultCache[str](), CacheKey("api", "prod", "a1", ("token",))
    >>> cache.put(key, "ann", ends_s=10.0)
    >>> cache.get(key, now_s=9.9), cache.get(key, now_s=10.0)
    ('ann', None)
    """

    def __init__(self) -> None:
        self._results: OrderedDict[CacheKey, tuple[Result, float]] = OrderedDict()

    def get(self, key: CacheKey, *, now_s: float) -> Result | None:
        """Return a result that has not ended, or None."""
        found = self._results.get(key)
        if found is None:
            return None
        result, ends_s = found
        if now_s < ends_s:
            return result
        del self._results[key]
        return None

    def put(self, key: CacheKey, result: Result, *, ends_s: float) -> None:
        """Keep a result; the oldest one is dropped if there are too many."""
        self._results[key] = result, ends_s
        if len(self._results) > _MOST_CACHED:
            self._results.popitem(last=False)

    def flush(self, api_id: str, stage_name: str) -> None:
        """Drop the results of a stage."""
        for key in list(self._results):
            if (key.api_id, key.stage_name) == (api_id, stage_name):
                del self._results[key]
