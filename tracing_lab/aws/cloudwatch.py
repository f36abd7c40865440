"""Amazon CloudWatch: metrics, alarms and dashboards."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .calling.caller import Json, ServiceFacade
from .tags import tag_dict, tag_list

MAX_ALARM_NAMES = 100
"""Alarms that DescribeAlarms takes by name at once (API reference of DescribeAlarms)."""


class CloudWatch(ServiceFacade):
    """The calls to Amazon CloudWatch."""

    def alarms(self, names: Sequence[str]) -> dict[str, Json]:
        """Return up to a hundred alarms by name, those that exist."""
        answer = self._call(
            "cloudwatch:DescribeAlarms",
            f"{len(names)} alarms",
            AlarmNames=list(names),
            MaxRecords=MAX_ALARM_NAMES,
        )
        return {alarm["AlarmName"]: alarm for alarm in answer["MetricAlarms"]}

    def statistics(
        self,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, str],
        *,
        statistic: str,
        period_s: int,
        start: datetime,
        end: datetime,
    ) -> list[tuple[datetime, float]]:
        """Return a statistic of a metric, such as ``Sum``: when each period begins, and its value.

        Periods without data are left out.
        """
        answer = self._call(
            "cloudwatch:GetMetricStatistics",
            f"{namespace} {metric}",
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            Statistics=[statistic],
            Period=period_s,
            StartTime=start,
            EndTime=end,
        )
        points = [(point["Timestamp"], float(point[statistic])) for point in answer["Datapoints"]]
        return sorted(points)

    def put_alarm(
        self, name: str, settings: Mapping[str, Any], tags: Mapping[str, str] | None = None
    ) -> None:
        """Create or update an alarm; tags are used only when it is created."""
        extra = {} if tags is None else {"Tags": tag_list(tags)}
        self._call("cloudwatch:PutMetricAlarm", name, AlarmName=name, **settings, **extra)

    def delete_alarm(self, name: str) -> None:
        """Delete an alarm."""
        self._call("cloudwatch:DeleteAlarms", name, AlarmNames=[name])

    def dashboard(self, name: str) -> Json:
        """Return a dashboard: its ``Arn`` and ``Body``, parsed."""
        answer = self._call("cloudwatch:GetDashboard", name, DashboardName=name)
        return {"Arn": answer["DashboardArn"], "Body": json.loads(answer["DashboardBody"])}

    def put_dashboard(
        self, name: str, body: Mapping[str, Any], tags: Mapping[str, str] | None = None
    ) -> None:
        """Create or update a dashboard; tags are used only when it is created."""
        extra = {} if tags is None else {"Tags": tag_list(tags)}
        text = json.dumps(body)
        self._call("cloudwatch:PutDashboard", name, DashboardName=name, DashboardBody=text, **extra)

    def delete_dashboard(self, name: str) -> None:
        """Delete a dashboard."""
        self._call("cloudwatch:DeleteDashboards", name, DashboardNames=[name])

    def tags(self, arn: str) -> dict[str, str]:
        """Read the tags of an alarm or dashboard."""
        return tag_dict(self._call("cloudwatch:ListTagsForResource", arn, ResourceARN=arn)["Tags"])

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of an alarm or dashboard."""
        self._call("cloudwatch:TagResource", arn, ResourceARN=arn, Tags=tag_list(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from an alarm or dashboard."""
        self._call("cloudwatch:UntagResource", arn, ResourceARN=arn, TagKeys=keys)
