"""Amazon CloudWatch Logs: groups, their retention, and reading events."""

from collections.abc import Mapping, Sequence

from tracing_lab.errors import NotFoundError

from .calling.caller import Json, ServiceFacade


class Logs(ServiceFacade):
    """The calls to Amazon CloudWatch Logs."""

    def describe_group(self, name: str) -> Json:
        """Return one log group; raise NotFoundError if there is none of exactly this name."""
        operation = "logs:DescribeLogGroups"
        groups = self._pages(operation, name, "logGroups", logGroupNamePrefix=name)
        for group in groups:
            if group["logGroupName"] == name:
                found: Json = group
                return found
        msg = f"{operation} on {name}: there is no such log group. Run `tracing-lab apply`."
        raise NotFoundError(msg, operation=operation)

    def create_group(
        self, name: str, tags: Mapping[str, str], *, kms_key_arn: str | None = None
    ) -> None:
        """Create a log group without retention, encrypted with a key if one is passed."""
        extra: Json = {} if kms_key_arn is None else {"kmsKeyId": kms_key_arn}
        self._call("logs:CreateLogGroup", name, logGroupName=name, tags=dict(tags), **extra)

    def set_key(self, name: str, kms_key_arn: str | None) -> None:
        """Set the key that encrypts new events; None for CloudWatch's own."""
        if kms_key_arn is None:
            self._call("logs:DisassociateKmsKey", name, logGroupName=name)
        else:
            self._call("logs:AssociateKmsKey", name, logGroupName=name, kmsKeyId=kms_key_arn)

    def put_retention(self, name: str, days: int) -> None:
        """Set for how many days a group keeps its events."""
        self._call("logs:PutRetentionPolicy", name, logGroupName=name, retentionInDays=days)

    def delete_group(self, name: str) -> None:
        """Delete a group with all its events."""
        self._call("logs:DeleteLogGroup", name, logGroupName=name)

    def tags(self, arn: str) -> dict[str, str]:
        """Read the tags of a group; its ARN without the trailing ``:*``."""
        answer = self._call("logs:ListTagsForResource", arn, resourceArn=arn)
        return dict(answer.get("tags", {}))

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a group."""
        self._call("logs:TagResource", arn, resourceArn=arn, tags=dict(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a group."""
        self._call("logs:UntagResource", arn, resourceArn=arn, tagKeys=keys)

    def filter_events(
        self, name: str, *, start_ms: int, end_ms: int | None = None, pattern: str = ""
    ) -> list[Json]:
        """Read a group's events of a time range, in epoch milliseconds, oldest first."""
        extra: Json = {} if end_ms is None else {"endTime": end_ms}
        return self._pages(
            "logs:FilterLogEvents",
            name,
            "events",
            logGroupName=name,
            startTime=start_ms,
            filterPattern=pattern,
            **extra,
        )

    def start_query(self, names: Sequence[str], text: str, *, start_s: int, end_s: int) -> str:
        """Start a Logs Insights query over some groups and return its id."""
        answer = self._call(
            "logs:StartQuery",
            ", ".join(names),
            logGroupNames=list(names),
            queryString=text,
            startTime=start_s,
            endTime=end_s,
        )
        return str(answer["queryId"])

    def query_status(self, query_id: str) -> str:
        """Return the status of a query."""
        answer = self._call("logs:GetQueryResults", query_id, queryId=query_id)
        return str(answer["status"])

    def query_results(self, query_id: str) -> list[list[Json]]:
        """Return all results of a query that is complete."""
        return self._pages("logs:GetQueryResults", query_id, "results", queryId=query_id)

    def stop_query(self, query_id: str) -> None:
        """Stop a query that is running."""
        self._call("logs:StopQuery", query_id, queryId=query_id)
