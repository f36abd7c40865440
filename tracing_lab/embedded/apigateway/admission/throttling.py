"""Limits the requests to stages: API keys, usage plans, throttling and quotas.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from tracing_lab.embedded.apigateway.model import ApiClient, Exchange, Failure, MethodRoute
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import StageSpec

from .quotas import QuotaCounts
from .token_buckets import TokenBuckets


class Limits:
    """Counts the requests to the stages of a region.

    A changed limit starts with a full bucket.

    Parameters
    ----------
    quotas
        Counts the requests of keys.
    """

    def __init__(self, quotas: QuotaCounts) -> None:
        self._quotas = quotas
        self._buckets = TokenBuckets()

    def failure(self, exchange: Exchange, route: MethodRoute) -> Failure | None:
        """Count a request; return why it is rejected, or None.

        The limits of the client's usage plan come first, then those of the stage, then the quota,
        so that a throttled request is not counted in the quota. That last order is unconfirmed.
        """
        now_s, client, stage = exchange.started_s, exchange.client, exchange.stage
        if route.method.api_key_required and client is None:
            return Failure.INVALID_KEY
        if client is not None and not self._within_plan(client, stage, route, now_s=now_s):
            return Failure.THROTTLED
        throttle = stage.settings_of(route.method).throttle
        place = (stage.api_id, stage.stage_name, route.method.name)
        if throttle is not None and not self._buckets.take(place, throttle, now_s=now_s):
            return Failure.THROTTLED
        if client is not None and not self._within_quota(client, now_s=now_s):
            return Failure.QUOTA_EXCEEDED
        return None

    def _within_plan(
        self, client: ApiClient, stage: StageSpec, route: MethodRoute, *, now_s: float
    ) -> bool:
        plan, who = client.plan, (client.plan.id, client.key_id)
        own = plan.method_throttles.get(route.method.name)
        if own is not None:
            place = (*who, stage.api_id, stage.stage_name, route.method.name)
            return self._buckets.take(place, own, now_s=now_s)
        return plan.throttle is None or self._buckets.take(who, plan.throttle, now_s=now_s)

    def _within_quota(self, client: ApiClient, *, now_s: float) -> bool:
        quota = client.plan.quota
        if quota is None:
            return True
        return self._quotas.take(client.plan.id, client.key_id, quota, now_s=now_s)


def client_of(
    request: HttpRequest,
    stage: StageSpec,
    route: MethodRoute | None,
    usage_key: str | None = None,
) -> ApiClient | None:
    """Return the client of a request's API key; None if no key is required or it is invalid.

    Usage plans are applied to methods that require a key only.

    Parameters
    ----------
    request, stage, route
        The request, its stage and its method.
    usage_key
        The key that the method's authorizer returned; it counts if the API says so.
    """
    if route is None or not route.method.api_key_required:
        return None
    is_header = stage.api_key_source == "HEADER"
    value = (request.header("x-api-key") if is_header else usage_key) or ""
    for plan in stage.usage_plans:
        key_id = plan.key_ids.get(value)
        if key_id is not None:
            return ApiClient(plan, key_id, value)
    return None
