"""Types of SQS and SNS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html
"""

from collections.abc import Mapping
from typing import Any

from .model import Context, Made, Properties, ResourceType, changed, gone
from .shaping import tag_map, text
from .tagging import change_tags, tag_list

_FIFO = ".fifo"
_QUEUE_DEFAULTS: Mapping[str, str] = {
    "DelaySeconds": "0",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "VisibilityTimeout": "30",
}
_QUEUE = frozenset(
    {
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "SqsManagedSseEnabled",
        *_QUEUE_DEFAULTS,
    }
)
_TOPIC = frozenset(
    {
        "ArchivePolicy",
        "ContentBasedDeduplication",
        "DataProtectionPolicy",
        "DisplayName",
        "FifoThroughputScope",
        "FifoTopic",
        "KmsMasterKeyId",
        "SignatureVersion",
        "TracingConfig",
    }
)
_SUBSCRIPTION = frozenset(
    {
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "ReplayPolicy",
        "SubscriptionRoleArn",
    }
)


def attributes_of(properties: Properties, names: frozenset[str]) -> dict[str, str]:
    """Return properties as attributes, which are texts; without those that are false by default.

    Examples
    --------
    >>> attributes_of({"FifoQueue": True, "DelaySeconds": 3, "QueueName": "q"}, _QUEUE)
    {'FifoQueue': 'true', 'DelaySeconds': '3'}
    """
    return {
        name: text(value)
        for name, value in properties.items()
        if name in names and not (name.startswith("Fifo") and text(value).lower() == "false")
    }


def _name(context: Context, properties: Properties, prefix: str, limit: int) -> str:
    given = properties.get(f"{prefix}Name")
    if given:
        return str(given)
    is_fifo = text(properties.get(f"Fifo{prefix}", False)).lower() == "true"
    return context.new_name(limit - len(_FIFO)) + (_FIFO if is_fifo else "")


async def _create_queue(context: Context, properties: Properties) -> Made:
    name = _name(context, properties, "Queue", 80)
    made = await context.call(
        "sqs",
        "CreateQueue",
        QueueName=name,
        Attributes=attributes_of(properties, _QUEUE),
        tags=tag_map(properties),
    )
    url = made["QueueUrl"]
    return Made(url, {"Arn": context.arn("sqs", name), "QueueName": name, "QueueUrl": url})


async def _update_queue(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    different = changed(old, new)
    wanted = {**_QUEUE_DEFAULTS, **attributes_of(new, _QUEUE)}
    attributes = {name: wanted[name] for name in sorted(different) if name in wanted}
    if attributes:
        await context.call("sqs", "SetQueueAttributes", QueueUrl=made.ref, Attributes=attributes)
    tagging = {"to_set": "TagQueue", "to_remove": "UntagQueue"}
    await change_tags(context, "sqs", old, new, **tagging, QueueUrl=made.ref)
    return made


async def _delete_queue(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("sqs", "DeleteQueue", QueueUrl=made.ref))


async def _set_queue_policy(context: Context, urls: list[str], policy: str) -> None:
    attributes = {"Policy": policy}
    for url in urls:
        await context.call("sqs", "SetQueueAttributes", QueueUrl=url, Attributes=attributes)


async def _create_queue_policy(context: Context, properties: Properties) -> Made:
    await _set_queue_policy(context, properties["Queues"], text(properties["PolicyDocument"]))
    identifier = context.new_name(100)
    return Made(identifier, {"Id": identifier})


async def _update_queue_policy(
    context: Context, made: Made, old: Properties, new: Properties
) -> Made:
    left = [url for url in old["Queues"] if url not in new["Queues"]]
    await _set_queue_policy(context, left, "")
    await _set_queue_policy(context, new["Queues"], text(new["PolicyDocument"]))
    return made


async def _delete_queue_policy(context: Context, _: Made, properties: Properties) -> None:
    for url in properties["Queues"]:
        await gone(_set_queue_policy(context, [url], ""))


async def _create_topic(context: Context, properties: Properties) -> Made:
    name = _name(context, properties, "Topic", 256)
    attributes, tags = attributes_of(properties, _TOPIC), tag_list(tag_map(properties))
    topic = await context.call("sns", "CreateTopic", Name=name, Attributes=attributes, Tags=tags)
    arn = str(topic["TopicArn"])
    made = Made(arn, {"TopicArn": arn, "TopicName": name})
    context.note_partial(made)
    for item in properties.get("Subscription", []):
        await context.call(
            "sns", "Subscribe", TopicArn=arn, Protocol=item["Protocol"], Endpoint=item["Endpoint"]
        )
    return made


async def _update_topic(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    wanted = attributes_of(new, _TOPIC)
    for name in sorted(changed(old, new) & _TOPIC):
        where = {"TopicArn": made.ref, "AttributeName": name}
        value = wanted.get(name, "")
        await context.call("sns", "SetTopicAttributes", **where, AttributeValue=value)
    await change_tags(context, "sns", old, new, ResourceArn=made.ref)
    return made


async def _delete_topic(context: Context, made: Made, _: Properties) -> None:
    await gone(_unsubscribe(context, made))
    await gone(context.call("sns", "DeleteTopic", TopicArn=made.ref))


async def _unsubscribe(context: Context, made: Made) -> None:
    of_topic = await context.call("sns", "ListSubscriptionsByTopic", TopicArn=made.ref)
    for subscription in of_topic.get("Subscriptions", []):
        arn = subscription["SubscriptionArn"]
        await gone(context.call("sns", "Unsubscribe", SubscriptionArn=arn))


async def _set_topic_policy(context: Context, properties: Properties, policy: str) -> None:
    for arn in properties["Topics"]:
        where = {"TopicArn": arn, "AttributeName": "Policy"}
        await context.call("sns", "SetTopicAttributes", **where, AttributeValue=policy)


async def _create_topic_policy(context: Context, properties: Properties) -> Made:
    await _set_topic_policy(context, properties, text(properties["PolicyDocument"]))
    identifier = context.new_name(100)
    return Made(identifier, {"Id": identifier})


async def _update_topic_policy(
    context: Context, made: Made, old: Properties, new: Properties
) -> Made:
    left = [arn for arn in old["Topics"] if arn not in new["Topics"]]
    for arn in left:
        await _forget_topic_policy(context, arn)
    await _set_topic_policy(context, new, text(new["PolicyDocument"]))
    return made


async def _delete_topic_policy(context: Context, _: Made, properties: Properties) -> None:
    for arn in properties["Topics"]:
        await gone(_forget_topic_policy(context, arn))


async def _forget_topic_policy(context: Context, arn: str) -> None:
    """Set a topic's policy to that of a new topic, which only its owner may use."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in ("GetTopicAttributes", "Publish", "Subscribe")],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": context.account_id}},
    }
    policy = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    await _set_topic_policy(context, {"Topics": [arn]}, text(policy))


async def _create_subscription(context: Context, properties: Properties) -> Made:
    made: Any = await context.call(
        "sns",
        "Subscribe",
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Attributes=attributes_of(properties, _SUBSCRIPTION),
        ReturnSubscriptionArn=True,
        **({"Endpoint": properties["Endpoint"]} if "Endpoint" in properties else {}),
    )
    return Made(made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]})


async def _update_subscription(
    context: Context, made: Made, old: Properties, new: Properties
) -> Made:
    wanted = attributes_of(new, _SUBSCRIPTION)
    defaults = {"RawMessageDelivery": "false", "FilterPolicy": "{}"}
    for name in sorted(changed(old, new) & _SUBSCRIPTION):
        value = wanted.get(name, defaults.get(name, ""))
        where = {"SubscriptionArn": made.ref, "AttributeName": name}
        await context.call("sns", "SetSubscriptionAttributes", **where, AttributeValue=value)
    return made


async def _delete_subscription(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("sns", "Unsubscribe", SubscriptionArn=made.ref))


TYPES = (
    ResourceType(
        name="AWS::SQS::Queue",
        create=_create_queue,
        update=_update_queue,
        delete=_delete_queue,
        properties=_QUEUE | {"QueueName", "Tags"},
        replaced_by=frozenset({"FifoQueue", "QueueName"}),
        named_by="QueueName",
    ),
    ResourceType(
        name="AWS::SQS::QueuePolicy",
        create=_create_queue_policy,
        update=_update_queue_policy,
        delete=_delete_queue_policy,
        properties=frozenset({"PolicyDocument", "Queues"}),
        required=frozenset({"PolicyDocument", "Queues"}),
    ),
    ResourceType(
        name="AWS::SNS::Topic",
        create=_create_topic,
        update=_update_topic,
        delete=_delete_topic,
        properties=_TOPIC | {"Subscription", "Tags", "TopicName"},
        replaced_by=frozenset({"FifoTopic", "Subscription", "TopicName"}),
        named_by="TopicName",
    ),
    ResourceType(
        name="AWS::SNS::TopicPolicy",
        create=_create_topic_policy,
        update=_update_topic_policy,
        delete=_delete_topic_policy,
        properties=frozenset({"PolicyDocument", "Topics"}),
        required=frozenset({"PolicyDocument", "Topics"}),
    ),
    ResourceType(
        name="AWS::SNS::Subscription",
        create=_create_subscription,
        update=_update_subscription,
        delete=_delete_subscription,
        properties=_SUBSCRIPTION | {"Endpoint", "Protocol", "TopicArn"},
        required=frozenset({"Protocol", "TopicArn"}),
        replaced_by=frozenset({"Endpoint", "Protocol", "TopicArn"}),
    ),
)
