"""Reads functions, versions and aliases from moto's state into specs."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.model import FunctionSpec

from .adapter import backend
from .errors import MOTO_ERRORS
from .overrides.functions.account import kept_layers
from .overrides.functions.event_configs import event_config
from .overrides.functions.logging import log_settings
from .overrides.functions.shown import dead_letter_arn

Routes = tuple[tuple[float, FunctionSpec], ...]
"""Versions, each with the upper bound of its share of [0, 1)."""


def routes_to(region: str, name_or_arn: str, qualifier: str | None) -> Routes:
    """Return the versions that a call may reach: one, unless it is to an alias with weights.

    Parameters
    ----------
    region
        The region of the function.
    name_or_arn
        The function; a qualifier in it wins.
    qualifier
        Version or alias.

    Raises
    ------
    KeyError
        There is no such function, version or alias.
    """
    main = _function(region, name_or_arn, qualifier)
    routes: list[tuple[float, FunctionSpec]] = []
    bound = 0.0
    for version, weight in _additional_versions(region, main).items():
        bound += float(weight)
        other = _function(region, main.name, version)
        routes.append((bound, replace(other, qualifier=main.qualifier)))
    return (*routes, (1.0, main))


def version_for(routes: Routes, share: float) -> FunctionSpec:
    """Return the version for a random number.

    Parameters
    ----------
    routes
        As `routes_to` returned them.
    share
        A number in [0, 1), evenly distributed.
    """
    return next(function for bound, function in routes if share < bound)


def _additional_versions(region: str, function: FunctionSpec) -> Mapping[str, float]:
    """Return the weights of an alias's other versions.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    try:
        alias = backend("lambda", region).get_alias(function.qualifier, function.name)
    except MOTO_ERRORS:
        return {}  # not an alias
    routing: Mapping[str, Mapping[str, float]] = alias.routing_config or {}
    return routing.get("AdditionalVersionWeights") or {}


def _function(region: str, name_or_arn: str, qualifier: str | None) -> FunctionSpec:
    lambdas = backend("lambda", region)
    try:
        found = lambdas.get_function(name_or_arn, qualifier)
    except (*MOTO_ERRORS, ValueError) as error:  # a name with too many colons, too
        raise KeyError(name_or_arn) from error
    qualifier = _qualifier_in(name_or_arn) or qualifier
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
        qualifier=qualifier,
        layer_zips=tuple(_layer_zips(lambdas, found.layers)),
        reserved_concurrency=_reserved(lambdas, found.function_name),
        dead_letter_arn=dead_letter_arn(found),
        logging=log_settings(found),
        ephemeral_mb=int(found.ephemeral_storage),
        **_event_invoke_settings(lambdas, found.function_name, qualifier),
    )
    return replace(spec, revision=_revision(spec))


def _qualifier_in(name_or_arn: str) -> str | None:
    """Return the version or alias in ``name:qualifier`` or an ARN.

    Examples
    --------
    >>> _qualifier_in("pay:live"), _qualifier_in("pay")
    ('live', None)
    """
    return name_or_arn.rpartition(":function:")[2].partition(":")[2] or None


def _layer_zips(lambdas: Any, layers: list[dict[str, Any]]) -> list[bytes]:
    kept, arns = kept_layers(lambdas), [layer["Arn"] for layer in layers]
    versions = [lambdas.layers_versions_by_arn(arn) or kept.get(arn) for arn in arns]
    return [version.code_bytes for version in versions if version is not None]


def _reserved(lambdas: Any, name: str) -> int | None:
    """Return the reserved concurrency of a function, which all of its versions share."""
    value = lambdas.get_function(name).reserved_concurrency
    return None if value is None else int(value)


def _event_invoke_settings(lambdas: Any, name: str, qualifier: str | None) -> dict[str, Any]:
    config = event_config(lambdas.get_function(name), qualifier)
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
        spec.ephemeral_mb,
        spec.tracing_mode,
        spec.role_arn,
        sorted(spec.environment.items()),
        spec.log_group,
        spec.logging,
        [hashlib.sha256(layer).hexdigest() for layer in spec.layer_zips],
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
