"""CloudWatch alarms and dashboards."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracing_lab.aws.cloudwatch import CloudWatch
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

_SETTINGS = (
    "ActionsEnabled",
    "AlarmActions",
    "ComparisonOperator",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "MetricName",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
)


class AlarmProvider:
    """Provider of ``AWS::CloudWatch::Alarm``; dimensions are an unordered mapping."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    def observe(self, resource: Resource) -> Observed | None:
        """Read an alarm with its tags."""
        return self.observe_many([resource])[0]

    def observe_many(self, resources: Sequence[Resource]) -> list[Observed | None]:
        """Read up to a hundred alarms in one call, and the tags of those that exist."""
        found = self._cloudwatch.alarms([resource.name for resource in resources])
        return [
            self._described(resource, found[resource.name]) if resource.name in found else None
            for resource in resources
        ]

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create an alarm."""
        self._put(resource, tags=resource.properties["Tags"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update the settings, which are always set as a whole, or the tags."""
        if changed - {"Tags"}:
            self._put(resource)
        sync_tags(self._cloudwatch, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete an alarm."""
        self._cloudwatch.delete_alarm(found.resource.name)

    def _put(self, resource: Resource, tags: Mapping[str, str] | None = None) -> None:
        wanted = resource.properties
        settings = {name: wanted[name] for name in _SETTINGS if name in wanted}
        dimensions = [
            {"Name": name, "Value": value} for name, value in wanted["Dimensions"].items()
        ]
        self._cloudwatch.put_alarm(resource.name, {**settings, "Dimensions": dimensions}, tags)

    def _described(self, resource: Resource, alarm: Mapping[str, Any]) -> Observed:
        arn = alarm["AlarmArn"]
        properties = {
            **{name: alarm[name] for name in _SETTINGS if alarm.get(name) is not None},
            "AlarmName": resource.name,
            "Dimensions": {
                dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions", [])
            },
        }
        return observed(resource, properties, self._cloudwatch.tags(arn), outputs={"Arn": arn})


class DashboardProvider:
    """Provider of ``AWS::CloudWatch::Dashboard``."""

    def __init__(self, cloudwatch: CloudWatch) -> None:
        self._cloudwatch = cloudwatch

    def observe(self, resource: Resource) -> Observed | None:
        """Read a dashboard with its tags."""
        try:
            found = self._cloudwatch.dashboard(resource.name)
            tags = self._cloudwatch.tags(found["Arn"])
        except NotFoundError:
            return None
        properties = {"DashboardBody": found["Body"], "DashboardName": resource.name}
        return observed(resource, properties, tags, outputs={"Arn": found["Arn"]})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a dashboard."""
        wanted = resource.properties
        self._cloudwatch.put_dashboard(resource.name, wanted["DashboardBody"], wanted["Tags"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update a dashboard's body or tags."""
        if "DashboardBody" in changed:
            self._cloudwatch.put_dashboard(resource.name, resource.properties["DashboardBody"])
        sync_tags(self._cloudwatch, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a dashboard."""
        self._cloudwatch.delete_dashboard(found.resource.name)
