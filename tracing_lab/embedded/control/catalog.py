"""What was provisioned in a region, read from moto's state into plain specs.

Specs are cached until the control plane changes, because every request of the data planes needs
some.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from tracing_lab.embedded.model import (
    FunctionSpec,
    RuleSpec,
    StageSpec,
    TargetSpec,
    UsagePlanSpec,
)

from .api_specs import Deployed, deployed, stage_spec, usage_plan_spec
from .function_supplements import dead_letter_arn
from .moto_app import ACCOUNT_ID, backend
from .moto_errors import MOTO_ERRORS
from .resource_policy import service_may

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
        """Give a function by name or ARN.

        Raises
        ------
        KeyError
            There is no such function, version or alias.
        """
        return self._cached(
            ("function", name_or_arn, qualifier or ""),
            lambda: _function(self.region, name_or_arn, qualifier),
        )

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
        return service_may(
            policy, _INVOKE, function_arn, principal=principal, source_arn=source_arn
        )

    def _stage(self, api_id: str, stage_name: str) -> StageSpec:
        apis = backend("apigateway", self.region)
        stage = apis.apis[api_id].stages[stage_name]
        picture = self._deployed.get((api_id, stage.deployment_id), Deployed())
        return stage_spec(apis, api_id, stage_name, picture)

    def _cached(self, key: tuple[str, ...], read: Callable[[], _T]) -> _T:
        cache = self._cache
        if key not in cache:
            if len(cache) > _MOST_CACHED:
                cache.clear()
            cache[key] = self._locked(read)
        value: _T = cache[key]
        return value


def _function(region: str, name_or_arn: str, qualifier: str | None) -> FunctionSpec:
    lambdas = backend("lambda", region)
    try:
        found = lambdas.get_function(name_or_arn, qualifier)
    except MOTO_ERRORS as error:
        raise KeyError(name_or_arn) from error
    spec = FunctionSpec(
        name=found.function_name,
        arn=found.function_arn,
        runtime=found.run_time or "",
        handler=found.handler or "",
        timeout_s=float(found.timeout),
        memory_mb=int(found.memory_size),
        tracing_mode=found.tracing_config.get("Mode", "PassThrough"),
        role_arn=found.role,
        log_group=found.logs_group_name,
        code_sha256=found.code_sha_256,
        code_zip=found.code_bytes,
        environment=dict(found.environment_vars or {}),
        version=str(found.version),
        qualifier=_qualifier_in(name_or_arn) or qualifier,
        layer_zips=tuple(_layer_zips(lambdas, found.layers)),
        reserved_concurrency=_integer(found.reserved_concurrency),
        dead_letter_arn=dead_letter_arn(found),
        **_event_invoke_settings(lambdas, found.function_name),
    )
    return replace(spec, revision=_revision(spec))


def _qualifier_in(name_or_arn: str) -> str | None:
    """Give version or alias of ``name:qualifier`` or an ARN with one.

    Examples
    --------
    >>> _qualifier_in("pay:live"), _qualifier_in("pay")
    ('live', None)
    """
    name = name_or_arn.partition(":function:")[2] or name_or_arn
    return name.partition(":")[2] or None


def _layer_zips(lambdas: Any, layers: list[dict[str, Any]]) -> list[bytes]:
    versions = [lambdas.layers_versions_by_arn(layer["Arn"]) for layer in layers]
    return [version.code_bytes for version in versions if version is not None]


def _integer(value: Any) -> int | None:
    return None if value is None else int(value)


def _event_invoke_settings(lambdas: Any, name: str) -> dict[str, Any]:
    try:
        config = lambdas.get_function_event_invoke_config(name)
    except MOTO_ERRORS:
        return {}
    destinations = config.get("DestinationConfig") or {}
    return {
        "max_retries": int(config.get("MaximumRetryAttempts", 2)),
        "max_event_age_s": float(config.get("MaximumEventAgeInSeconds", 21600)),
        "on_success_arn": (destinations.get("OnSuccess") or {}).get("Destination"),
        "on_failure_arn": (destinations.get("OnFailure") or {}).get("Destination"),
    }


def _revision(spec: FunctionSpec) -> str:
    parts = (
        spec.code_sha256,
        spec.version,
        spec.handler,
        spec.runtime,
        spec.timeout_s,
        spec.memory_mb,
        spec.tracing_mode,
        spec.role_arn,
        sorted(spec.environment.items()),
        [hashlib.sha256(layer).hexdigest() for layer in spec.layer_zips],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


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
