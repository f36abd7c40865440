"""What was provisioned in a region, read from moto's state into plain specs.

Specs are cached until the control plane changes, because every request of the data planes needs
some.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from tracing_lab.embedded.iam.resource_policy import service_may
from tracing_lab.embedded.model import (
    FunctionSpec,
    RuleSpec,
    StageSpec,
    TargetSpec,
    UsagePlanSpec,
)

from .adapter import ACCOUNT_ID, backend
from .api_specs import Deployed, deployed, stage_spec, usage_plan_spec
from .errors import MOTO_ERRORS
from .function_specs import picked, routes_to

_T = TypeVar("_T")
_MOST_CACHED = 5000  # API Gateway asks about each path that is called
_INVOKE = "lambda:InvokeFunction"


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
        self._deployed: dict[tuple[str, str], Deployed] = {}
        self.refresh()

    def refresh(self, *, forget: bool = False) -> None:
        """Drop what was cached, and keep a picture of each new API deployment.

        A stage serves what its API looked like when the deployment was made, not what was edited
        since.
        """
        self._cache = {}
        if forget:
            self._deployed = {}
        for api in list(backend("apigateway", self.region).apis.values()):
            for deployment_id in api.deployments:
                key = (api.id, deployment_id)
                if key not in self._deployed:
                    self._deployed[key] = deployed(api)

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        """Give a function by name or ARN; an alias with weights gives one of its versions.

        Raises
        ------
        KeyError
            There is no such function, version or alias.
        """
        routes = self._cached(
            ("function", name_or_arn, qualifier or ""),
            lambda: routes_to(self.region, name_or_arn, qualifier),
        )
        return routes[0][1] if len(routes) == 1 else picked(routes, random.random())

    def has_bus(self, name_or_arn: str) -> bool:
        """Tell whether an event bus exists."""
        return _bus_name(name_or_arn) in backend("events", self.region).event_buses

    def rules(self, bus_name_or_arn: str) -> tuple[RuleSpec, ...]:
        """Give the enabled rules of a bus that have an event pattern.

        Raises
        ------
        KeyError
            There is no such bus.
        """
        name = _bus_name(bus_name_or_arn)
        return self._cached(("rules", name), lambda: _rules(self.region, name))

    def stage(self, api_id: str, stage_name: str) -> StageSpec:
        """Give a deployed stage of a REST API.

        Raises
        ------
        KeyError
            There is no such API or stage.
        """
        return self._cached(("stage", api_id, stage_name), lambda: self._stage(api_id, stage_name))

    def usage_plan(self, plan_id: str) -> UsagePlanSpec:
        """Give a usage plan, without what it says about single stages.

        Raises
        ------
        KeyError
            There is no such plan.
        """
        apis = backend("apigateway", self.region)
        plan: UsagePlanSpec = self._locked(lambda: usage_plan_spec(apis, plan_id))
        return plan

    def has_api(self, api_id: str) -> bool:
        """Tell whether a REST API exists in this region."""
        return api_id in backend("apigateway", self.region).apis

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        """Tell whether the function's resource policy lets a service call it."""
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
        picture = self._deployed.get((api_id, stage.deployment_id), Deployed())
        return stage_spec(apis, api_id, stage_name, picture)

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
    """Give the resource policy of a function, version or alias.

    Its statements are about what they are attached to, however they write that.

    Raises
    ------
    KeyError
        There is no such function.
    """
    try:
        found = backend("lambda", region).get_function(function_arn)
    except MOTO_ERRORS as error:
        raise KeyError(function_arn) from error
    return {"Statement": [{**one, "Resource": "*"} for one in found.policy.statements]}


def _bus_name(name_or_arn: str) -> str:
    return name_or_arn.rpartition("event-bus/")[2]


def _rules(region: str, bus_name: str) -> tuple[RuleSpec, ...]:
    bus = backend("events", region).event_buses[bus_name]
    return tuple(
        RuleSpec(
            name=rule.name,
            arn=rule.arn,
            pattern=rule.event_pattern.get_pattern(),
            targets=tuple(_target(target) for target in rule.targets),
        )
        for rule in bus.rules.values()
        if rule.state == "ENABLED" and rule.event_pattern.get_pattern()
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
    )
