"""REST APIs with their methods, deployments, stages, and the account's log role."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from tracing_lab.aws.gateway import Gateway
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .api_methods import observed_methods, sync_methods
from .base import observed, sync_tags


class RestApi:
    """Provider of ``AWS::ApiGateway::RestApi``.

    Names of APIs are not unique; of several with our name and tag the oldest counts.
    """

    def __init__(self, gateway: Gateway, apis_arn: str) -> None:
        self._gateway, self._apis_arn = gateway, apis_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read an API with its methods and tags."""
        found = [self._described(resource, api) for api in self._gateway.apis_named(resource.name)]
        return next((item for item in found if item.owned), None)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make an API with its methods."""
        wanted = resource.properties
        api_id = self._gateway.create_api(resource.name, tags=wanted["Tags"])["id"]
        sync_methods(self._gateway, api_id, wanted["Methods"])
        return {"Id": api_id}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change endpoint type, methods or tags."""
        api_id, wanted = found.outputs["Id"], resource.properties
        if "EndpointType" in changed:
            old, new = found.properties["EndpointType"], wanted["EndpointType"]
            self._gateway.set_endpoint_type(api_id, old=old, new=new)
        if "Methods" in changed:
            sync_methods(self._gateway, api_id, wanted["Methods"])
        if "Tags" in changed:
            arn = f"{self._apis_arn}/{api_id}"
            tag, untag = partial(self._gateway.tag, arn), partial(self._gateway.untag, arn)
            sync_tags(resource, found, tag=tag, untag=untag)

    def delete(self, found: Observed) -> None:
        """Delete an API with everything in it."""
        self._gateway.delete_api(found.outputs["Id"])

    def _described(self, resource: Resource, api: Mapping[str, Any]) -> Observed:
        properties = {
            "EndpointType": api["endpointConfiguration"]["types"][0],
            "Methods": observed_methods(self._gateway.resources(api["id"])),
            "Name": api["name"],
        }
        outputs = {"Id": api["id"]}
        return observed(resource, properties, api.get("tags", {}), outputs=outputs)


class Deployment:
    """Provider of ``AWS::ApiGateway::Deployment``; the description says what it is a snapshot of.

    A stage keeps serving the old snapshot until it is moved, so the stage deletes the old one.
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
        properties = {
            "Description": newest.get("description", ""),
            "RestApiId": wanted["RestApiId"],
        }
        return Observed(resource=resource, properties=properties, outputs={"Id": newest["id"]})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Take a snapshot of the API."""
        wanted = resource.properties
        api_id, description = wanted["RestApiId"], wanted["Description"]
        return {"Id": self._gateway.create_deployment(api_id, description=description)}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: a snapshot cannot be changed, the plan replaces it."""

    def delete(self, found: Observed) -> None:
        """Delete a snapshot that no stage serves."""
        self._gateway.delete_deployment(found.properties["RestApiId"], found.outputs["Id"])


class Stage:
    """Provider of ``AWS::ApiGateway::Stage``."""

    def __init__(self, gateway: Gateway, apis_arn: str) -> None:
        self._gateway, self._apis_arn = gateway, apis_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read the stage of the wanted name, or else another one of ours, to be replaced."""
        wanted = resource.properties
        api_id = wanted["RestApiId"]
        found = [_described(resource, api_id, stage) for stage in self._gateway.stages(api_id)]
        named = [item for item in found if item.properties["StageName"] == wanted["StageName"]]
        ours = [item for item in found if item.owned]
        return next(iter([*named, *ours]), None)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make a stage with its settings."""
        wanted = resource.properties
        self._gateway.create_stage(
            wanted["RestApiId"],
            wanted["StageName"],
            deployment_id=wanted["DeploymentId"],
            tracing=wanted["TracingEnabled"],
            tags=wanted["Tags"],
        )
        changed = {"MetricsEnabled"} if wanted["MetricsEnabled"] else set()
        changed |= {"AccessLogSetting"} if wanted["AccessLogSetting"] else set()
        self._patch(resource, frozenset(changed))
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change settings, snapshot or tags; drop the snapshot that is served no more."""
        wanted = resource.properties
        self._patch(resource, changed)
        if "DeploymentId" in changed:
            self._drop_deployment(wanted["RestApiId"], found.properties["DeploymentId"])
        if "Tags" in changed:
            arn = f"{self._apis_arn}/{wanted['RestApiId']}/stages/{wanted['StageName']}"
            tag, untag = partial(self._gateway.tag, arn), partial(self._gateway.untag, arn)
            sync_tags(resource, found, tag=tag, untag=untag)

    def delete(self, found: Observed) -> None:
        """Delete a stage."""
        self._gateway.delete_stage(found.properties["RestApiId"], found.properties["StageName"])

    def _patch(self, resource: Resource, changed: frozenset[str]) -> None:
        wanted = resource.properties
        operations = [op for name in sorted(changed) for op in _patch_operations(name, wanted)]
        if operations:
            self._gateway.update_stage(wanted["RestApiId"], wanted["StageName"], operations)

    def _drop_deployment(self, api_id: str, deployment_id: str) -> None:
        stages = self._gateway.stages(api_id)
        if all(stage["deploymentId"] != deployment_id for stage in stages):
            with suppress(NotFoundError):  # someone else may have tidied up
                self._gateway.delete_deployment(api_id, deployment_id)


class Account:
    """Provider of ``AWS::ApiGateway::Account``: the role that all REST APIs log with.

    Only our own role counts as existing, so that nobody else's is ever replaced or unset.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def observe(self, resource: Resource) -> Observed | None:
        """Read the account's log role, if it is ours."""
        arn = self._gateway.log_role_arn()
        if arn != resource.properties["CloudWatchRoleArn"]:
            return None
        return Observed(resource=resource, properties={"CloudWatchRoleArn": arn})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Set our role, unless someone has set one since the plan was made."""
        if not self._gateway.log_role_arn():
            self._gateway.set_log_role(resource.properties["CloudWatchRoleArn"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: the one property there is decides whether the resource exists."""

    def delete(self, found: Observed) -> None:
        """Unset the role, unless someone has set another since the plan was made."""
        if self._gateway.log_role_arn() == found.properties["CloudWatchRoleArn"]:
            self._gateway.set_log_role("")


def _described(resource: Resource, api_id: str, stage: Mapping[str, Any]) -> Observed:
    access_log = stage.get("accessLogSettings") or {}
    settings = stage.get("methodSettings", {}).get("*/*", {})
    properties = {
        "AccessLogSetting": {key[0].upper() + key[1:]: value for key, value in access_log.items()},
        "DeploymentId": stage["deploymentId"],
        "MetricsEnabled": settings.get("metricsEnabled", False),
        "RestApiId": api_id,
        "StageName": stage["stageName"],
        "TracingEnabled": stage.get("tracingEnabled", False),
    }
    return observed(resource, properties, stage.get("tags", {}))


def _patch_operations(name: str, wanted: Mapping[str, Any]) -> list[dict[str, str]]:
    access_log = wanted["AccessLogSetting"]
    if name == "AccessLogSetting" and not access_log:
        return [{"op": "remove", "path": "/accessLogSettings"}]
    values = {
        "AccessLogSetting": {
            "/accessLogSettings/destinationArn": access_log.get("DestinationArn"),
            "/accessLogSettings/format": access_log.get("Format"),
        },
        "DeploymentId": {"/deploymentId": wanted["DeploymentId"]},
        "MetricsEnabled": {"/*/*/metrics/enabled": _json_bool(wanted["MetricsEnabled"])},
        "TracingEnabled": {"/tracingEnabled": _json_bool(wanted["TracingEnabled"])},
    }
    return [
        {"op": "replace", "path": path, "value": value}
        for path, value in values.get(name, {}).items()
    ]


def _json_bool(value: object) -> str:
    return "true" if value else "false"
