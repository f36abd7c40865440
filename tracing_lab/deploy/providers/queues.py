"""SQS queues."""

from collections.abc import Mapping

from tracing_lab.aws.sqs import Sqs
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

_ATTRIBUTES = ("MessageRetentionPeriod", "Policy")


class QueueProvider:
    """Provider of ``AWS::SQS::Queue``."""

    def __init__(self, sqs: Sqs) -> None:
        self._sqs = sqs

    def observe(self, resource: Resource) -> Observed | None:
        """Read a queue with retention, policy and tags."""
        try:
            url = self._sqs.url(resource.name)
            found, tags = self._sqs.attributes(url), self._sqs.tags(url)
        except NotFoundError:
            return None
        properties = {
            "MessageRetentionPeriod": int(found["MessageRetentionPeriod"]),
            "Policy": found["Policy"],
            "QueueName": resource.name,
        }
        outputs = {"Arn": found["QueueArn"], "Url": url}
        return observed(resource, properties, tags, outputs=outputs)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create a queue."""
        wanted = resource.properties
        attributes = {name: wanted[name] for name in _ATTRIBUTES if wanted[name]}
        return {"Url": self._sqs.create(resource.name, attributes=attributes, tags=wanted["Tags"])}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change retention, policy or tags."""
        url = found.outputs["Url"]
        attributes = {name: resource.properties[name] for name in _ATTRIBUTES if name in changed}
        if attributes:
            self._sqs.set_attributes(url, attributes)
        sync_tags(self._sqs, url, resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a queue with its messages."""
        self._sqs.delete(found.outputs["Url"])
