"""Publishes to moto's SNS topics: access policy, subscriptions, and delivery to each subscriber.

moto keeps topics, subscriptions and filter policies. It would send to queues regardless of their
policy and run functions in containers of its own, so its subscriptions pass messages to this
module. Subscriptions of URLs, mail and telephones receive nothing: no message leaves this machine.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.iam.resource_policy import service_may
from tracing_lab.embedded.model import QueueMessage, ServiceCall
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.xray_model.trace_header import TraceHeader

_LOGGER = logging.getLogger(__name__)

PRINCIPAL = "sns.amazonaws.com"
_ACTION = "sns:Publish"
_NAME_OWNER = frozenset({"cloudwatch.amazonaws.com"})
"""Services that pass the account of their resource: the default policy of a topic allows those.

EventBridge does not: its user guide requires a statement about it in the policy of each topic.
"""
_MAX_SUBJECT_CHARS = 100

SendToQueue = Callable[[QueueMessage], None]
CallFunction = Callable[[ServiceCall], None]


@dataclass(frozen=True)
class Subscribers:
    """How subscribers are reached."""

    send: SendToQueue
    call: CallFunction


def publish(message: QueueMessage, subscribers: Subscribers) -> None:
    """Publish a service's message to the topic that it names.

    Raises
    ------
    KeyError
        There is no such topic.
    PermissionError
        The topic's policy does not allow the service.
    ValueError
        SNS rejects the message.
    """
    region = parse_arn(message.queue_arn).region
    sns = backend("sns", region)
    topic = sns.topics[message.queue_arn]
    _check_policy(topic, message)
    adopt_subscriptions(region, subscribers, message.trace_header)
    try:
        sns.publish(
            message.body,
            message.queue_arn,
            subject=message.subject and message.subject[:_MAX_SUBJECT_CHARS],
            message_attributes={
                key: _attribute(attribute) for key, attribute in message.attributes.items()
            },
            group_id=message.group_id,
        )
    except MOTO_ERRORS as error:
        msg = f"{message.queue_arn} rejected the message: {error}"
        raise ValueError(msg) from error


def adopt_subscriptions(
    region: str, subscribers: Subscribers, trace_header: TraceHeader | None
) -> None:
    """Make all subscriptions of a region pass their next messages to this module.

    Parameters
    ----------
    region
        The region whose topics are about to be published to.
    subscribers
        How subscribers are reached.
    trace_header
        The publisher's, which SNS propagates to queues and functions.
    """
    for subscription in backend("sns", region).subscriptions.values():
        subscription.publish = partial(_deliver, subscription, subscribers, trace_header)


def _check_policy(topic: Any, message: QueueMessage) -> None:
    if message.principal is None:
        return
    if service_may(
        json.loads(topic.policy),
        _ACTION,
        topic.arn,
        principal=message.principal,
        source_arn=message.source_arn,
        more={"aws:SourceOwner": ACCOUNT_ID} if message.principal in _NAME_OWNER else {},
    ):
        return
    msg = (
        f"the policy of {topic.arn} does not let {message.principal} publish for "
        f"{message.source_arn}; allow {_ACTION}"
    )
    raise PermissionError(msg)


def _deliver(
    subscription: Any,
    subscribers: Subscribers,
    trace_header: TraceHeader | None,
    message: str,
    message_id: str,
    **more: Any,
) -> None:
    """Replace moto's ``Subscription.publish``: deliver to one subscriber."""
    attributes = more.get("message_attributes")
    matcher = subscription._filter_policy_matcher  # noqa: SLF001 - moto offers no other way
    if matcher is not None and not matcher.matches(attributes, message):
        return
    deliver = _PROTOCOLS.get(subscription.protocol)
    if deliver is None:
        return
    if more.get("message_structure") == "json":
        parse = subscription._parse_message_structure  # noqa: SLF001 - rejects as SNS does
        message = parse(message, subscription.protocol)
    envelope = subscription.get_post_data(message, message_id, more.get("subject"), attributes)
    try:
        deliver(subscription, subscribers, envelope, trace_header, more.get("group_id"))
    except (KeyError, PermissionError, ValueError) as error:
        # SNS does not report this to the publisher either
        _LOGGER.warning("%s did not accept a message: %s", subscription.endpoint, error)


def _to_queue(
    subscription: Any,
    subscribers: Subscribers,
    envelope: Mapping[str, Any],
    trace_header: TraceHeader | None,
    group_id: str | None,
) -> None:
    raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
    attributes = envelope.get("MessageAttributes", {}) if raw else {}
    subscribers.send(
        QueueMessage(
            subscription.endpoint,
            envelope["Message"] if raw else json.dumps(envelope),
            {key: _plain(attribute) for key, attribute in attributes.items()},
            trace_header=trace_header,
            group_id=group_id,
            principal=PRINCIPAL,
            source_arn=subscription.topic.arn,
        )
    )


def _to_function(
    subscription: Any,
    subscribers: Subscribers,
    envelope: Mapping[str, Any],
    trace_header: TraceHeader | None,
    _group_id: str | None,
) -> None:
    spelled = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    content: dict[str, Any] = {"Subject": None, "MessageAttributes": {}}
    content |= {spelled.get(key, key): value for key, value in envelope.items()}
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": content,
    }
    payload = json.dumps({"Records": [record]}).encode()
    topic_arn = subscription.topic.arn
    subscribers.call(
        ServiceCall(subscription.endpoint, payload, PRINCIPAL, topic_arn, trace_header)
    )


_PROTOCOLS = {"sqs": _to_queue, "lambda": _to_function}


def _attribute(value: str | int) -> dict[str, str]:
    return {"Type": "Number" if isinstance(value, int) else "String", "Value": str(value)}


def _plain(attribute: Mapping[str, Any]) -> str | int:
    value = attribute["Value"]
    return int(value) if attribute["Type"] == "Number" and str(value).isdigit() else str(value)
