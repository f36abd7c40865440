"""Amazon SQS: queues, their attributes and tags, and reading messages."""

import json
from collections.abc import Mapping
from typing import Any

from .calling.caller import Json, ServiceFacade


class Sqs(ServiceFacade):
    """The calls to Amazon SQS."""

    def url(self, name: str) -> str:
        """Return a queue's URL; raise NotFoundError if there is no queue of this name."""
        return str(self._call("sqs:GetQueueUrl", name, QueueName=name)["QueueUrl"])

    def create(self, name: str, *, attributes: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Create a queue and return its URL."""
        answer = self._call(
            "sqs:CreateQueue",
            name,
            QueueName=name,
            Attributes=_written(attributes),
            tags=dict(tags),
        )
        return str(answer["QueueUrl"])

    def attributes(self, url: str) -> Json:
        """Read a queue's attributes, the policy parsed."""
        answer = self._call("sqs:GetQueueAttributes", url, QueueUrl=url, AttributeNames=["All"])
        found: Json = answer.get("Attributes", {})
        return {**found, "Policy": json.loads(found.get("Policy") or "{}")}

    def set_attributes(self, url: str, attributes: Mapping[str, Any]) -> None:
        """Change attributes of a queue; an empty policy removes the policy."""
        self._call("sqs:SetQueueAttributes", url, QueueUrl=url, Attributes=_written(attributes))

    def delete(self, url: str) -> None:
        """Delete a queue with its messages and wait until its name finds nothing.

        SQS takes up to a minute, in which it may respond as if the queue still existed; nor can the
        name be reused in this time.
        """
        self._call("sqs:DeleteQueue", url, QueueUrl=url)
        name = url.rpartition("/")[2]
        self._wait_until_gone("sqs:GetQueueUrl", name, QueueName=name)

    def tags(self, url: str) -> dict[str, str]:
        """Read a queue's tags."""
        return dict(self._call("sqs:ListQueueTags", url, QueueUrl=url).get("Tags", {}))

    def tag(self, url: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a queue."""
        self._call("sqs:TagQueue", url, QueueUrl=url, Tags=dict(tags))

    def untag(self, url: str, keys: list[str]) -> None:
        """Remove tags from a queue."""
        self._call("sqs:UntagQueue", url, QueueUrl=url, TagKeys=keys)

    def receive(self, url: str, *, visibility_s: int) -> list[Json]:
        """Receive some messages with all attributes; hide them for the visibility timeout."""
        answer = self._call(
            "sqs:ReceiveMessage",
            url,
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=visibility_s,
            WaitTimeSeconds=1,  # without it, SQS queries only some of its servers
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Json] = answer.get("Messages", [])
        return messages

    def delete_message(self, url: str, handle: str) -> None:
        """Delete a message that was received."""
        self._call("sqs:DeleteMessage", url, QueueUrl=url, ReceiptHandle=handle)

    def show_message(self, url: str, handle: str) -> None:
        """Make a received message visible again."""
        self._call(
            "sqs:ChangeMessageVisibility",
            url,
            QueueUrl=url,
            ReceiptHandle=handle,
            VisibilityTimeout=0,
        )


def _written(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Return attributes as the text that SQS expects; None becomes empty text."""
    return {
        name: "" if value == {} else value if isinstance(value, str) else json.dumps(value)
        for name, value in attributes.items()
    }
