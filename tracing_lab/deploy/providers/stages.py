"""Deployments, which are snapshots of a REST API, and the stages that serve them."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tracing_lab.aws.gateway import Gateway
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import known, observed, sync_tags

# What API Gateway returns where a stage has no limits of its own: none, or those of the account,
# which some regions and quotas have others of; the last pair is moto's.
_NO_LIMITS = frozenset({(-1, -1.0), (5000, 10000.0), (2000, 1000.0)})


class DeploymentProvider:
    """Provider of ``AWS::ApiGateway::Deployment``; the description identifies its content.

    A stage serves the old snapshot until it is updated, so the stage's provider deletes the old
    one. Others that no stage serves are a difference, and an update deletes them.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def observe(self, resource: Resource) -> Observed | None:
        """Read the newest deployment of the wanted description, or else the newest of all."""
        wanted = resource.properties
        found = self._gateway.deployments(wanted["RestApiId"])
        fitting = [item for item in found if item.get("description") == wanted["Description"]]
        if not found:
            return None
        newest = (fitting or found)[-1]
        stale = _unserved(self._gateway, wanted["RestApiId"], found) - {newest["id"]}
        properties = {
            "Description": newest.get("description", ""),
            "RestApiId": wanted["RestApiId"],
            **({"Stale": sorted(stale)} if stale else {}),
        }
        return Observed(resource=resource, properties=properties, outputs={"Id": newest["id"]})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a snapshot of the API."""
        wanted = resource.properties
        api_id, description = wanted["RestApiId"], wanted["Description"]
        return {"Id": self._gateway.create_deployment(api_id, description=description)}

    def update(self, _resource: Resource, found: Observed, _changed: frozenset[str]) -> None:
        """Delete deployments that no stage serves; the snapshot itself cannot be changed."""
        for deployment_id in found.properties.get("Stale", ()):
            with suppress(NotFoundError):
                self._gateway.delete_deployment(found.properties["RestApiId"], deployment_id)

    def delete(self, found: Observed) -> None:
        """Delete a snapshot that no stage serves."""
        self._gateway.delete_deployment(found.properties["RestApiId"], found.outputs["Id"])


class StageProvider:
    """Provider of ``AWS::ApiGateway::Stage``."""

    def __init__(self, gateway: Gateway, apis_arn: str) -> None:
        self._gateway, self._apis_arn = gateway, apis_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read the stage of the wanted name, or else another one of the stack, to be replaced."""
        wanted = resource.properties
        api_id = wanted["RestApiId"]
        stages = self._gateway.stages(api_id)
        found = [self._described(resource, api_id, stage) for stage in stages]
        named = [item for item in found if item.properties["StageName"] == wanted["StageName"]]
        ours = [item for item in found if item.owned]
        return next(iter([*named, *ours]), None)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a stage with its settings."""
        wanted = resource.properties
        self._gateway.create_stage(
            wanted["RestApiId"],
            wanted["StageName"],
            deployment_id=wanted["DeploymentId"],
            tracing=wanted["TracingEnabled"],
            tags=wanted["Tags"],
        )
        settings = ("AccessLogSetting", "MetricsEnabled", "Throttling")
        self._patch(resource, frozenset(name for name in settings if wanted.get(name)))
        self._drop_unserved(wanted["RestApiId"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update settings, snapshot or tags; delete snapshots that are no longer served."""
        wanted = resource.properties
        self._patch(resource, changed)
        if "DeploymentId" in changed:
            self._drop_unserved(wanted["RestApiId"])
        arn = f"{self._apis_arn}/{wanted['RestApiId']}/stages/{wanted['StageName']}"
        sync_tags(self._gateway, arn, resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a stage."""
        self._gateway.delete_stage(found.properties["RestApiId"], found.properties["StageName"])

    def _described(self, resource: Resource, api_id: str, stage: Mapping[str, Any]) -> Observed:
        access_log = known(stage.get("accessLogSettings") or {}, "destinationArn", "format")
        settings = stage.get("methodSettings", {}).get("*/*", {})
        properties = {
            "AccessLogSetting": {
                key[0].upper() + key[1:]: value for key, value in access_log.items()
            },
            "DeploymentId": stage["deploymentId"],
            "MetricsEnabled": settings.get("metricsEnabled", False),
            "RestApiId": api_id,
            "StageName": stage["stageName"],
            **self._throttling(settings, resource.properties.get("Throttling")),
            "TracingEnabled": stage.get("tracingEnabled", False),
        }
        return observed(resource, properties, stage.get("tags", {}))

    def _throttling(self, settings: Mapping[str, Any], wanted: object) -> dict[str, Any]:
        """Return the limits of a stage, unless they are those of a stage without its own."""
        burst = int(settings.get("throttlingBurstLimit", -1))
        rate = float(settings.get("throttlingRateLimit", -1))
        limits = {"BurstLimit": burst, "RateLimit": rate}
        if limits != wanted and self._are_no_limits((burst, rate)):
            return {}
        return {"Throttling": limits}

    def _are_no_limits(self, limits: tuple[int, float]) -> bool:
        """Return whether a stage with these has none of its own; ask only if they are unusual."""
        return limits in _NO_LIMITS or limits == self._gateway.account_limits()

    def _patch(self, resource: Resource, changed: frozenset[str]) -> None:
        wanted = resource.properties
        operations = [op for name in sorted(changed) for op in _patch_operations(name, wanted)]
        if operations:
            self._gateway.update_stage(wanted["RestApiId"], wanted["StageName"], operations)

    def _drop_unserved(self, api_id: str) -> None:
        deployments = self._gateway.deployments(api_id)
        if len(deployments) > 1:
            for deployment_id in _unserved(self._gateway, api_id, deployments):
                with suppress(NotFoundError):  # it may have been deleted in the meantime
                    self._gateway.delete_deployment(api_id, deployment_id)


def _unserved(gateway: Gateway, api_id: str, deployments: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the deployments that no stage serves."""
    served = {stage["deploymentId"] for stage in gateway.stages(api_id)}
    return {deployment["id"] for deployment in deployments} - served


def _patch_operations(name: str, wanted: Mapping[str, Any]) -> list[dict[str, str]]:
    access_log = wanted["AccessLogSetting"]
    throttling = wanted.get("Throttling", {"BurstLimit": -1, "RateLimit": -1})
    if name == "AccessLogSetting" and not access_log:
        return [{"op": "remove", "path": "/accessLogSettings"}]
    values = {
        "AccessLogSetting": {
            "/accessLogSettings/destinationArn": access_log.get("DestinationArn"),
            "/accessLogSettings/format": access_log.get("Format"),
        },
        "DeploymentId": {"/deploymentId": wanted["DeploymentId"]},
        "Throttling": {
            "/*/*/throttling/burstLimit": f"{throttling['BurstLimit']}",
            "/*/*/throttling/rateLimit": f"{throttling['RateLimit']}",
        },
        "MetricsEnabled": {"/*/*/metrics/enabled": _json_bool(wanted["MetricsEnabled"])},
        "TracingEnabled": {"/tracingEnabled": _json_bool(wanted["TracingEnabled"])},
    }
    return [
        {"op": "replace", "path": path, "value": value}
        for path, value in values.get(name, {}).items()
    ]


def _json_bool(value: object) -> str:
    return "true" if value else "false"
