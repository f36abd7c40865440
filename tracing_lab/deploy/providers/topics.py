"""SNS topics and subscriptions to them."""

import hashlib
from collections.abc import Mapping
from typing import Any

from tracing_lab.aws.sns import Sns
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .base import SUBSCRIBER_TAG, observed, sync_tags

# Instead of an ARN: until the recipient confirms, and for some days after the recipient cancels.
_PENDING, _CANCELLED = "PendingConfirmation", "Deleted"


class TopicProvider:
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
        """Create a topic."""
        return {"Arn": self._sns.create_topic(resource.name, resource.properties["Tags"])}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update a topic's tags; nothing else can change."""
        sync_tags(self._sns, found.outputs["Arn"], resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete a topic with its subscriptions."""
        self._sns.delete_topic(found.outputs["Arn"])


class SubscriptionProvider:
    """Provider of ``AWS::SNS::Subscription`` by mail.

    Others may subscribe to the topic, too. So a tag of the topic marks the stack's subscription by
    a hash of the address: it is set before and removed after. An unconfirmed subscription cannot be
    deleted; SNS removes it after some days.
    """

    def __init__(self, sns: Sns) -> None:
        self._sns = sns

    def observe(self, resource: Resource) -> Observed | None:
        """Read the subscription that the stack has created."""
        wanted = resource.properties
        try:
            mark = self._sns.tags(wanted["TopicArn"]).get(SUBSCRIBER_TAG)
            found = self._sns.subscriptions(wanted["TopicArn"]) if mark else []
        except NotFoundError:
            return None
        marked = [item for item in found if _mark(item["Endpoint"]) == mark and _is_live(item)]
        if marked:
            return _described(resource, marked[0])
        if mark in {None, _mark(wanted["Endpoint"])}:
            return None
        gone = {**wanted, "Endpoint": "", "SubscriptionArn": _PENDING}
        return _described(resource, gone)  # so that the mark is removed, too

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create the subscription."""
        topic_arn, email = resource.properties["TopicArn"], resource.properties["Endpoint"]
        self._sns.tag(topic_arn, {SUBSCRIBER_TAG: _mark(email)})
        protocol = resource.properties["Protocol"]
        self._sns.subscribe(topic_arn, protocol=protocol, endpoint=email)
        return {}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: a subscription cannot be changed, so the plan replaces it."""

    def delete(self, found: Observed) -> None:
        """Delete a subscription, if it was confirmed."""
        if found.outputs["Arn"].startswith("arn:"):
            self._sns.unsubscribe(found.outputs["Arn"])
        self._sns.untag(found.properties["TopicArn"], [SUBSCRIBER_TAG])


def _mark(email: str) -> str:
    """Return the hash of an address: tags must not hold personal addresses."""
    return hashlib.sha256(email.encode()).hexdigest()[:16]


def _is_live(subscription: Mapping[str, Any]) -> bool:
    return bool(subscription["SubscriptionArn"] != _CANCELLED)


def _described(resource: Resource, found: Mapping[str, Any]) -> Observed:
    properties = {name: found[name] for name in ("Endpoint", "Protocol", "TopicArn")}
    return Observed(
        resource=resource, properties=properties, outputs={"Arn": found["SubscriptionArn"]}
    )
