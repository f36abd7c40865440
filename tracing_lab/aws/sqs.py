"""Amazon SQS: queues, their attributes and tags, and reading messages."""

import json
from collections.abc import Mapping
from typing import Any

from .caller import Caller, Json


class Sqs:
    """The calls to Amazon SQS."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    def url(self, name: str) -> str:
        """Find a queue's URL; raises NotFoundError if there is no queue of this name."""
        return str(self._call("sqs:GetQueueUrl", name, QueueName=name)["QueueUrl"])

    def create(self, name: str, *, attributes: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Make a queue and give its URL."""
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
        """Change attributes of a queue; an empty policy takes it away."""
        self._call("sqs:SetQueueAttributes", url, QueueUrl=url, Attributes=_written(attributes))

    def delete(self, url: str) -> None:
        """Delete a queue with its messages; for a minute its name cannot be used again."""
        self._call("sqs:DeleteQueue", url, QueueUrl=url)

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
        """Receive some messages with all that is known of them; they are hidden for a while."""
        answer = self._call(
            "sqs:ReceiveMessage",
            url,
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=visibility_s,
            WaitTimeSeconds=1,  # without, SQS asks only some of its servers
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[Json] = answer.get("Messages", [])
        return messages

    def delete_message(self, url: str, handle: str) -> None:
        """Delete a message that was received."""
        self._call("sqs:DeleteMessage", url, QueueUrl=url, ReceiptHandle=handle)

    def show_message(self, url: str, handle: str) -> None:
        """Let a message that was received be received again."""
        self._call(
            "sqs:ChangeMessageVisibility",
            url,
            QueueUrl=url,
            ReceiptHandle=handle,
            VisibilityTimeout=0,
        )


def _written(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Write attributes as the text that SQS takes; nothing becomes empty text."""
    return {
        name: "" if value == {} else value if isinstance(value, str) else json.dumps(value)
        for name, value in attributes.items()
    }
