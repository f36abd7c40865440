"""Token buckets, API Gateway's way of limiting requests.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Hashable
from dataclasses import dataclass

from tracing_lab.embedded.model import ThrottleSpec

_MAX_BUCKETS = 10_000


@dataclass
class _TokenBucket:
    """A token bucket, initially full."""

    limits: ThrottleSpec
    tokens: float
    filled_s: float

    def take(self, now_s: float) -> bool:
        rate, burst = self.limits.rate_per_s, self.limits.burst
        self.tokens = min(burst, self.tokens + max(0.0, now_s - self.filled_s) * rate)
        self.filled_s = now_s
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


class TokenBuckets:
    """A bucket for each key. A changed limit starts with a full bucket."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, _TokenBucket] = {}

    def take(self, key: Hashable, limits: ThrottleSpec, *, now_s: float) -> bool:
        """Return whether a bucket had a token, which is used."""
        bucket = self._buckets.get(key)
        if bucket is None or bucket.limits != limits:
            if len(self._buckets) >= _MAX_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[key] = _TokenBucket(limits, float(limits.burst), now_s)
        return bucket.take(now_s)
