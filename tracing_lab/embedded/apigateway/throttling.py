"""How often a stage may be called: API keys, usage plans, throttling and quotas.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Hashable
from dataclasses import dataclass

from tracing_lab.embedded.model import StageSpec, ThrottleSpec

from .model import ApiClient, Exchange, Failure, GatewayRequest, Route
from .quotas import QuotaBook

_MAX_BUCKETS = 10_000


@dataclass
class _Bucket:
    """A token bucket, full at first."""

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


class Limits:
    """Counts the requests to the stages of a region.

    A changed limit begins with a full bucket.

    Parameters
    ----------
    quotas
        Counts what keys use of their quotas.
    """

    def __init__(self, quotas: QuotaBook) -> None:
        self._quotas = quotas
        self._buckets: dict[Hashable, _Bucket] = {}

    def refusal(self, exchange: Exchange, route: Route) -> Failure | None:
        """Count a request; tells why it is refused, or None.

        The limits of the client's usage plan come first, then those of the stage, then the quota,
        so that a throttled request uses up no quota. That last order is unconfirmed.

        Parameters
        ----------
        exchange
            The request.
        route
            The method that serves it.
        """
        now_s, client, stage = exchange.started_s, exchange.client, exchange.stage
        if route.method.api_key_required and client is None:
            return Failure.INVALID_KEY
        if client is not None and not self._within_plan(client, stage, route, now_s=now_s):
            return Failure.THROTTLED
        throttle = stage.settings_of(route.method).throttle
        place = (stage.api_id, stage.stage_name, route.method.name)
        if throttle is not None and not self._take(place, throttle, now_s=now_s):
            return Failure.THROTTLED
        if client is not None and not self._within_quota(client, now_s=now_s):
            return Failure.QUOTA_EXCEEDED
        return None

    def _within_plan(
        self, client: ApiClient, stage: StageSpec, route: Route, *, now_s: float
    ) -> bool:
        plan, who = client.plan, (client.plan.id, client.key_id)
        own = plan.method_throttles.get(route.method.name)
        if own is not None:
            place = (*who, stage.api_id, stage.stage_name, route.method.name)
            return self._take(place, own, now_s=now_s)
        return plan.throttle is None or self._take(who, plan.throttle, now_s=now_s)

    def _take(self, key: Hashable, limits: ThrottleSpec, *, now_s: float) -> bool:
        bucket = self._buckets.get(key)
        if bucket is None or bucket.limits != limits:
            if len(self._buckets) >= _MAX_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[key] = _Bucket(limits, float(limits.burst), now_s)
        return bucket.take(now_s)

    def _within_quota(self, client: ApiClient, *, now_s: float) -> bool:
        quota = client.plan.quota
        if quota is None:
            return True
        return self._quotas.take(client.plan.id, client.key_id, quota, now_s=now_s)


def client_of(request: GatewayRequest, stage: StageSpec, route: Route | None) -> ApiClient | None:
    """Find the usage plan of a request's API key; None where no key is required or none is good.

    Usage plans are applied to methods that require a key only.
    """
    if route is None or not route.method.api_key_required:
        return None
    value = request.header("x-api-key") or ""
    for plan in stage.usage_plans:
        key_id = plan.key_ids.get(value)
        if key_id is not None:
            return ApiClient(plan, key_id, value)
    return None
