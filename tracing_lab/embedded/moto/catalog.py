"""Reads what is provisioned in a region from moto's state into plain specs.

Specs are cached until the control plane changes, because every data-plane request needs some.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tracing_lab.arns import parse_function_arn
from tracing_lab.embedded.apigateway.http_apis.specs import FunctionUrlSpec, HttpApiSpec
from tracing_lab.embedded.iam.resource_policy import service_may
from tracing_lab.embedded.model import FunctionSpec, RuleSpec, StageSpec, TargetSpec, UsagePlanSpec
from tracing_lab.embedded.queues.mappings import QueueMapping
from tracing_lab.embedded.queues.streams.mappings import StreamMapping
from tracing_lab.embedded.scheduler.model import ScheduleSpec

from .adapter import ACCOUNT_ID, backend
from .errors import MOTO_ERRORS
from .function_specs import routes_to, version_for
from .overrides.functions.policies import statements_of
from .overrides.functions.urls import function_urls
from .overrides.http_apis.specs import http_api, http_api_spec
from .queues.mapping_specs import queue_mappings
from .queues.stream_specs import stream_mappings
from .specs.api_specs import ApiSnapshot, snapshot_of, stage_spec, usage_plan_spec
from .specs.schedule_specs import schedules

_T = TypeVar("_T")
_MOST_CACHED = 5000  # API Gateway looks up each path that is called
_INVOKE = "lambda:InvokeFunction"
_SCHEDULING_BUS = "default"  # the only one whose rules may have schedules


class MotoCatalog:
    """A `Catalog` over moto's backends.

    Parameters
    ----------
    locked
        Runs a function while the control plane stands still.
    region
        The region to look in.
    """

    account_id = ACCOUNT_ID

    def __init__(self, locked: Callable[[Callable[[], Any]], Any], *, region: str) -> None:
        self.region = region
        self._locked = locked
        self._cache: dict[tuple[str, ...], Any] = {}
        self._decisions: dict[tuple[str, ...], tuple[Mapping[str, Any] | None, bool]] = {}
        self._snapshots: dict[tuple[str, str], ApiSnapshot] = {}
        self._scheduled: tuple[RuleSpec, ...] = ()
        self._schedules: tuple[ScheduleSpec, ...] = ()
        self.refresh()

    def refresh(self, *, forget: bool = False) -> None:
        """Clear the cache, and take a snapshot of each new API deployment.

        A stage serves its API as it was when the deployment was made, without later changes.
        """
        self._cache = {}
        if forget:
            self._snapshots = {}
        for api in list(backend("apigateway", self.region).apis.values()):
            for deployment_id in api.deployments:
                key = (api.id, deployment_id)
                if key not in self._snapshots:
                    self._snapshots[key] = snapshot_of(api)

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        """Return a function by name or ARN; of an alias with weights, one of its versions.

        Raises
        ------
        KeyError
            There is no such function, version or alias.
        """
        routes = self._cached(
            ("function", name_or_arn, qualifier or ""),
            lambda: routes_to(self.region, name_or_arn, qualifier),
        )
        return routes[0][1] if len(routes) == 1 else version_for(routes, random.random())

    def has_bus(self, name_or_arn: str) -> bool:
        """Return whether an event bus exists."""
        return _bus_name(name_or_arn) in backend("events", self.region).event_buses

    def rules(self, bus_name_or_arn: str) -> tuple[RuleSpec, ...]:
        """Return the enabled rules of a bus that have an event pattern.

        Raises
        ------
        KeyError
            There is no such bus.
        """
        name = _bus_name(bus_name_or_arn)
        return self._cached(("rules", name), lambda: _rules(self.region, name))

    def scheduled_rules(self) -> tuple[RuleSpec, ...]:
        """Return the enabled rules that have a schedule; the same object until one changes."""
        found = self._cached(("scheduled rules",), lambda: _scheduled_rules(self.region))
        if found != self._scheduled:
            self._scheduled = found
        return self._scheduled

    def schedules(self) -> tuple[ScheduleSpec, ...]:
        """Return the enabled schedules of Scheduler; the same object until one changes."""
        found = self._cached(("schedules",), lambda: schedules(self.region))
        if found != self._schedules:
            self._schedules = found
        return self._schedules

    def queue_mappings(self) -> tuple[QueueMapping, ...]:
        """Return the enabled event source mappings of queues."""
        return self._cached(("queue mappings",), lambda: queue_mappings(self.region))

    def stream_mappings(self) -> tuple[StreamMapping, ...]:
        """Return the enabled event source mappings of tables' streams."""
        return self._cached(("stream mappings",), lambda: stream_mappings(self.region))

    def stage(self, api_id: str, stage_name: str) -> StageSpec:
        """Return a deployed stage of a REST API.

        Raises
        ------
        KeyError
            There is no such API or stage.
        """
        return self._cached(("stage", api_id, stage_name), lambda: self._stage(api_id, stage_name))

    def usage_plan(self, plan_id: str) -> UsagePlanSpec:
        """Return a usage plan, without its settings for single stages.

        Raises
        ------
        KeyError
            There is no such plan.
        """
        apis = backend("apigateway", self.region)
        plan: UsagePlanSpec = self._locked(lambda: usage_plan_spec(apis, plan_id))
        return plan

    def has_api(self, api_id: str) -> bool:
        """Return whether a REST or HTTP API exists in this region."""
        return api_id in backend("apigateway", self.region).apis or self.has_http_api(api_id)

    def has_http_api(self, api_id: str) -> bool:
        """Return whether an HTTP API exists in this region."""
        try:
            return http_api(self.region, api_id) is not None
        except KeyError:
            return False

    def http_api(self, api_id: str) -> HttpApiSpec:
        """Return an HTTP API.

        Raises
        ------
        KeyError
            There is no such API.
        """
        key = ("http api", api_id)
        return self._cached(key, lambda: http_api_spec(http_api(self.region, api_id)))

    def has_function_url(self, url_id: str) -> bool:
        """Return whether a function URL exists in this region."""
        return url_id in self._function_urls()

    def function_url(self, url_id: str) -> FunctionUrlSpec:
        """Return a function URL by its id.

        Raises
        ------
        KeyError
            There is no such URL.
        """
        return self._function_urls()[url_id]

    def _function_urls(self) -> Mapping[str, FunctionUrlSpec]:
        return self._cached(("function urls",), lambda: function_urls(self.region))

    def function_policy(self, function_arn: str) -> Mapping[str, Any]:
        """Return the resource policy of a function, version or alias.

        Raises
        ------
        KeyError
            There is no such function.
        """
        key = ("function policy", function_arn)
        return self._cached(key, lambda: function_policy(self.region, function_arn))

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        """Return whether the function's resource policy lets a service call it."""
        key = ("may invoke", function_arn, principal, source_arn)
        return self._cached(key, lambda: self._may_invoke(function_arn, principal, source_arn))

    def _may_invoke(self, function_arn: str, principal: str, source_arn: str) -> bool:
        try:
            policy = function_policy(self.region, function_arn)
        except KeyError:
            return False
        key = (function_arn, principal, source_arn)
        known_policy, known = self._decisions.get(key, (None, False))
        return known if known_policy is policy else self._decide(key, policy)

    def _stage(self, api_id: str, stage_name: str) -> StageSpec:
        apis = backend("apigateway", self.region)
        stage = apis.apis[api_id].stages[stage_name]
        snapshot = self._snapshots.get((api_id, stage.deployment_id), ApiSnapshot())
        return stage_spec(apis, api_id, stage_name, snapshot)

    def _decide(self, key: tuple[str, str, str], policy: Mapping[str, Any]) -> bool:
        function_arn, principal, source_arn = key
        found = service_may(
            policy, _INVOKE, function_arn, principal=principal, source_arn=source_arn
        )
        if len(self._decisions) > _MOST_CACHED:
            self._decisions.clear()
        self._decisions[key] = (policy, found)
        return found

    def _cached(self, key: tuple[str, ...], read: Callable[[], _T]) -> _T:
        cache = self._cache
        if key not in cache:
            if len(cache) > _MOST_CACHED:
                cache.clear()
            cache[key] = self._locked(read)
        value: _T = cache[key]
        return value


def function_policy(region: str, function_arn: str) -> Mapping[str, Any]:
    """Return the resource policy of a function, version or alias.

    The resource of its statements is what they are attached to, however it is written.

    Raises
    ------
    KeyError
        There is no such function.
    """
    parsed = parse_function_arn(function_arn)
    try:
        found = backend("lambda", region).get_function(parsed.name)
    except MOTO_ERRORS as error:
        raise KeyError(function_arn) from error
    statements = statements_of(found, parsed.qualifier)
    return {"Statement": [{**statement, "Resource": "*"} for statement in statements]}


def _bus_name(name_or_arn: str) -> str:
    return name_or_arn.rpartition("event-bus/")[2]


def _rules(region: str, bus_name: str) -> tuple[RuleSpec, ...]:
    bus = backend("events", region).event_buses[bus_name]
    return tuple(
        _rule(rule)
        for rule in bus.rules.values()
        if rule.state == "ENABLED" and rule.event_pattern.get_pattern()
    )


def _scheduled_rules(region: str) -> tuple[RuleSpec, ...]:
    bus = backend("events", region).event_buses[_SCHEDULING_BUS]
    return tuple(
        _rule(rule)
        for rule in bus.rules.values()
        if rule.state == "ENABLED" and rule.scheduled_expression
    )


def _rule(rule: Any) -> RuleSpec:
    return RuleSpec(
        name=rule.name,
        arn=rule.arn,
        pattern=rule.event_pattern.get_pattern() or {},
        targets=tuple(_target(target) for target in rule.targets),
        schedule=rule.scheduled_expression or None,
    )


def _target(target: Mapping[str, Any]) -> TargetSpec:
    retry = target.get("RetryPolicy") or {}
    return TargetSpec(
        id=target["Id"],
        arn=target["Arn"],
        input=target.get("Input"),
        input_path=target.get("InputPath"),
        input_transformer=target.get("InputTransformer"),
        dead_letter_arn=(target.get("DeadLetterConfig") or {}).get("Arn"),
        max_retries=int(retry.get("MaximumRetryAttempts", 185)),
        max_event_age_s=float(retry.get("MaximumEventAgeInSeconds", 86400)),
        message_group_id=(target.get("SqsParameters") or {}).get("MessageGroupId"),
        role_arn=target.get("RoleArn"),
        http_parameters=target.get("HttpParameters"),
    )
