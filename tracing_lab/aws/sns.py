"""Amazon SNS: topics and their subscriptions."""

from collections.abc import Mapping

from .calling.caller import Json, ServiceFacade
from .tags import tag_dict, tag_list


class Sns(ServiceFacade):
    """The calls to Amazon SNS."""

    def topic(self, arn: str) -> Json:
        """Read a topic's attributes."""
        attributes: Json = self._call("sns:GetTopicAttributes", arn, TopicArn=arn)["Attributes"]
        return attributes

    def create_topic(self, name: str, tags: Mapping[str, str]) -> str:
        """Create a topic and return its ARN."""
        answer = self._call("sns:CreateTopic", name, Name=name, Tags=tag_list(tags))
        return str(answer["TopicArn"])

    def delete_topic(self, arn: str) -> None:
        """Delete a topic with its subscriptions."""
        self._call("sns:DeleteTopic", arn, TopicArn=arn)

    def subscriptions(self, topic_arn: str) -> list[Json]:
        """List a topic's subscriptions."""
        operation = "sns:ListSubscriptionsByTopic"
        return self._pages(operation, topic_arn, "Subscriptions", TopicArn=topic_arn)

    def subscribe(self, topic_arn: str, *, protocol: str, endpoint: str) -> None:
        """Create a subscription; one by mail has to be confirmed by its recipient."""
        self._call(
            "sns:Subscribe", topic_arn, TopicArn=topic_arn, Protocol=protocol, Endpoint=endpoint
        )

    def unsubscribe(self, arn: str) -> None:
        """End a confirmed subscription."""
        self._call("sns:Unsubscribe", arn, SubscriptionArn=arn)

    def tags(self, arn: str) -> dict[str, str]:
        """Read a topic's tags."""
        return tag_dict(self._call("sns:ListTagsForResource", arn, ResourceArn=arn)["Tags"])

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add or change tags of a topic."""
        self._call("sns:TagResource", arn, ResourceArn=arn, Tags=tag_list(tags))

    def untag(self, arn: str, keys: list[str]) -> None:
        """Remove tags from a topic."""
        self._call("sns:UntagResource", arn, ResourceArn=arn, TagKeys=keys)
