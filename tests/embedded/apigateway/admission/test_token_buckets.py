"""Token buckets by key."""

from tracing_lab.embedded.apigateway.admission.token_buckets import TokenBuckets
from tracing_lab.embedded.model import ThrottleSpec

SLOW = ThrottleSpec(rate_per_s=1.0, burst=2)


def test_a_bucket_allows_a_burst_and_fills_with_time() -> None:
    buckets = TokenBuckets()
    assert [buckets.take("a", SLOW, now_s=0.0) for _ in range(3)] == [True, True, False]
    assert buckets.take("b", SLOW, now_s=0.0)
    assert buckets.take("a", SLOW, now_s=1.0)
    assert not buckets.take("a", SLOW, now_s=1.5)


def test_a_changed_limit_starts_with_a_full_bucket() -> None:
    buckets = TokenBuckets()
    one = ThrottleSpec(rate_per_s=0.0, burst=1)
    assert [buckets.take("a", one, now_s=0.0) for _ in range(2)] == [True, False]
    assert buckets.take("a", SLOW, now_s=0.0)
