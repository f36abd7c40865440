"""Log groups."""

from collections.abc import Mapping
from dataclasses import replace

from tracing_lab.aws.logs import Logs
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags


class LogGroupProvider:
    """Provider of ``AWS::Logs::LogGroup``.

    Writing a log to a missing group creates it, without tags and retention. A group of the stack's
    names in this state was created by one of its functions, perhaps during its destruction.
    """

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def observe(self, resource: Resource) -> Observed | None:
        """Read a group with key, retention and tags."""
        try:
            group = self._logs.describe_group(resource.name)
            arn = group["arn"].removesuffix(":*")
            tags = self._logs.tags(arn)
        except NotFoundError:
            return None
        key = group.get("kmsKeyId")
        properties = {
            **({"KmsKeyId": key} if key else {}),
            "LogGroupName": resource.name,
            "RetentionInDays": group.get("retentionInDays"),
        }
        found = observed(resource, properties, tags, outputs={"Arn": arn})
        made_by_writing = not tags and properties["RetentionInDays"] is None
        return replace(found, owned=found.owned or made_by_writing)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a group and set its retention."""
        wanted = resource.properties
        key = wanted.get("KmsKeyId")
        self._logs.create_group(resource.name, wanted["Tags"], kms_key_arn=key)
        self._logs.put_retention(resource.name, resource.properties["RetentionInDays"])
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change key, retention or tags."""
        if "KmsKeyId" in changed:
            self._logs.set_key(resource.name, resource.properties.get("KmsKeyId"))
        if "RetentionInDays" in changed:
            self._logs.put_retention(resource.name, resource.properties["RetentionInDays"])
        sync_tags(self._logs, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a group with its events."""
        self._logs.delete_group(found.resource.name)
