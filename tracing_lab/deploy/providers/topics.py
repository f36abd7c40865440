"""SNS topics and subscriptions to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tracing_lab.aws.sns import Sns
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import observed, sync_tags

_PENDING = "PendingConfirmation"  # instead of an ARN, until who is subscribed has confirmed it


class Topic:
    """Provider of ``AWS::SNS::Topic``."""

    def __init__(self, sns: Sns, topics_arn: str) -> None:
        self._sns, self._topics_arn = sns, topics_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read a topic with its tags."""
        arn = f"{self._topics_arn}:{resource.name}"
        try:
            self._sns.topic(arn)
            tags = self._sns.tags(arn)
        except NotFoundError:
            return None
        return observed(resource, {"TopicName": resource.name}, tags, outputs={"Arn": arn})

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Make a topic."""
        return {"Arn": self._sns.create_topic(resource.name, resource.properties["Tags"])}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Change a topic's tags, which is all there is to change."""
        if "Tags" in changed:
            arn = found.outputs["Arn"]
            tag, untag = partial(self._sns.tag, arn), partial(self._sns.untag, arn)
            sync_tags(resource, found, tag=tag, untag=untag)

    def delete(self, found: Observed) -> None:
        """Delete a topic with its subscriptions."""
        self._sns.delete_topic(found.outputs["Arn"])


class Subscription:
    """Provider of ``AWS::SNS::Subscription`` by mail; it belongs to its topic.

    Nobody can end a subscription that was never confirmed, SNS forgets it after some days. So one
    to an address that is not wanted any more counts as gone.
    """

    def __init__(self, sns: Sns) -> None:
        self._sns = sns

    def observe(self, resource: Resource) -> Observed | None:
        """Read the subscription of the wanted address, or else another confirmed one."""
        topic_arn = resource.properties["TopicArn"]
        try:
            found = self._sns.subscriptions(topic_arn)
        except NotFoundError:
            return None
        by_mail = [one for one in found if one["Protocol"] == "email"]
        wanted = [one for one in by_mail if one["Endpoint"] == resource.properties["Endpoint"]]
        confirmed = [one for one in by_mail if one["SubscriptionArn"] != _PENDING]
        return next((_described(resource, one) for one in [*wanted, *confirmed]), None)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Subscribe somebody."""
        wanted = resource.properties
        self._sns.subscribe(
            wanted["TopicArn"], protocol=wanted["Protocol"], endpoint=wanted["Endpoint"]
        )
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: a subscription cannot be changed, the plan replaces it."""

    def delete(self, found: Observed) -> None:
        """End a subscription, if it was confirmed."""
        if found.outputs["Arn"] != _PENDING:
            self._sns.unsubscribe(found.outputs["Arn"])


def _described(resource: Resource, found: Mapping[str, Any]) -> Observed:
    properties = {name: found[name] for name in ("Endpoint", "Protocol", "TopicArn")}
    return Observed(
        resource=resource, properties=properties, outputs={"Arn": found["SubscriptionArn"]}
    )
