"""What a request asks IAM for: actions, resources and condition keys. Pure.

Nearly every action is the service's prefix and the operation's name; the tables hold what is not.
Resources are those that the request names, ``*`` where it names none that we know. IAM's second
questions are left out: ``iam:PassRole`` when a role is handed over, and keys of encrypted things.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import ApiCall, read_call

from .policy import Question
from .s3_actions import s3_questions

_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeAsync": "lambda:InvokeFunction",
    "lambda:InvokeWithResponseStream": "lambda:InvokeFunction",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""What everybody may do."""

_NAMES: Mapping[tuple[str, str], str] = {
    ("cloudwatch", "AlarmName"): "arn:aws:cloudwatch:{place}:alarm:{name}",
    ("dynamodb", "TableName"): "arn:aws:dynamodb:{place}:table/{name}",
    ("events", "ArchiveName"): "arn:aws:events:{place}:archive/{name}",
    ("events", "ReplayName"): "arn:aws:events:{place}:replay/{name}",
    ("iam", "RoleName"): "arn:aws:iam::{account}:role/{name}",
    ("iam", "UserName"): "arn:aws:iam::{account}:user/{name}",
    ("iam", "PolicyName"): "arn:aws:iam::{account}:policy/{name}",
    ("kinesis", "StreamName"): "arn:aws:kinesis:{place}:stream/{name}",
    ("lambda", "FunctionName"): "arn:aws:lambda:{place}:function:{name}",
    ("secretsmanager", "SecretId"): "arn:aws:secretsmanager:{place}:secret:{name}",
    ("sns", "Name"): "arn:aws:sns:{place}:{name}",
    ("sqs", "QueueName"): "arn:aws:sqs:{place}:{name}",
    ("sts", "RoleArn"): "{name}",
}
"""Members that name a resource without being its ARN, in the order in which they count."""

_LISTS = {"cloudwatch": "AlarmNames"}
"""Members that list several such names."""

_WRITES_OF_TRANSACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


@dataclass(frozen=True)
class Place:
    """Where a request goes: the region and account of its resources."""

    region: str
    account_id: str

    def __str__(self) -> str:
        """Write it as ARNs do."""
        return f"{self.region}:{self.account_id}"


def questions_of(service: str, request: HttpRequest, place: Place) -> list[Question]:
    """Give everything that a role must be allowed to do for one request.

    Parameters
    ----------
    service
        As the request is signed for.
    request
        The request.
    place
        Region and account.

    Examples
    --------
    >>> target = (("X-Amz-Target", "AmazonSQS.SendMessageBatch"),)
    >>> body = b'{"QueueUrl": "http://127.0.0.1:4566/1/letters"}'
    >>> request = HttpRequest("POST", "/", headers=target, body=body)
    >>> questions_of("sqs", request, Place("us-east-1", "1"))[0].resource
    'arn:aws:sqs:us-east-1:1:letters'
    """
    if service == "s3":
        return s3_questions(request)
    if service == "apigateway":
        arn = f"arn:aws:apigateway:{place.region}::{unquote(request.path)}"
        return [Question(f"apigateway:{request.method}", arn)]
    return list(_questions(read_call(service, request), place))


def _questions(call: ApiCall, place: Place) -> Iterable[Question]:
    prefix = _PREFIXES.get(call.service, call.service)
    name = f"{prefix}:{call.operation or 'Unknown'}"
    action = _ACTIONS.get(name, name)
    if action in _FREE:
        return []
    if action == "events:PutEvents":
        return [_about_event(one, place) for one in _mappings(call.members.get("Entries"))]
    if prefix == "dynamodb" and call.operation in _SEVERAL_TABLES:
        return _about_tables(call, place)
    several = call.members.get(_LISTS.get(prefix, ""))
    if isinstance(several, list) and several:
        template = _NAMES[prefix, _LISTS[prefix].removesuffix("s")]
        return [Question(action, _filled(template, str(one), place)) for one in several]
    return [Question(action, _resource(prefix, call, place), _context(prefix, call))]


def _about_event(entry: Mapping[str, Any], place: Place) -> Question:
    source, detail_type = str(entry.get("Source", "")), str(entry.get("DetailType", ""))
    bus = _bus_arn(entry.get("EventBusName"), place)
    context = {"events:source": source, "events:detail-type": detail_type}
    return Question("events:PutEvents", bus, context)


_SEVERAL_TABLES = frozenset(
    {"BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"}
)


def _about_tables(call: ApiCall, place: Place) -> list[Question]:
    found: dict[tuple[str, str], None] = {}
    requested = call.members.get("RequestItems")
    if isinstance(requested, Mapping):
        found |= {(str(call.operation), name): None for name in requested}
    for item in _mappings(call.members.get("TransactItems")):
        for kind, one in item.items():
            default = "GetItem" if kind == "Get" else "ConditionCheckItem"
            operation = _WRITES_OF_TRANSACTIONS.get(kind, default)
            if isinstance(one, Mapping):
                found[operation, str(one.get("TableName", "*"))] = None
    template = _NAMES["dynamodb", "TableName"]
    return [
        Question(f"dynamodb:{operation}", _filled(template, name, place))
        for operation, name in found
    ] or [Question(f"dynamodb:{call.operation}")]


def _resource(prefix: str, call: ApiCall, place: Place) -> str:
    members = {key: one for key, one in call.members.items() if isinstance(one, str) and one}
    special = _SPECIAL.get(prefix)
    found = special(replace(call, members=members), place) if special is not None else None
    if found is not None:
        return found
    for (service, member), template in _NAMES.items():
        if service == prefix and member in members:
            return _filled(template, members[member], place)
    arns = (one for one in members.values() if one.startswith(f"arn:aws:{prefix}:"))
    return next(arns, "*")


def _queue(call: ApiCall, place: Place) -> str | None:
    url = call.members.get("QueueUrl")
    return f"arn:aws:sqs:{place}:{url.rpartition('/')[2]}" if url else None


def _log_stream(call: ApiCall, place: Place) -> str | None:
    """Name streams as Logs does, which also names groups so, with an empty stream."""
    group, stream = call.members.get("logGroupName"), call.members.get("logStreamName", "")
    return f"arn:aws:logs:{place}:log-group:{group}:log-stream:{stream}" if group else None


def _rule_or_bus(call: ApiCall, place: Place) -> str | None:
    bus = call.members.get("EventBusName")
    name = call.members.get("Rule") or call.members.get("Name")
    if name is None or "EventBus" in (call.operation or ""):
        return _bus_arn(name or bus, place) if name or bus else None
    owner = "" if bus in {None, "default"} else f"{str(bus).rpartition('/')[2]}/"
    return f"arn:aws:events:{place}:rule/{owner}{name}"


def _subscribed_topic(call: ApiCall, _place: Place) -> str | None:
    subscription = call.members.get("SubscriptionArn")
    return subscription.rpartition(":")[0] if subscription else call.members.get("TopicArn")


def _index(call: ApiCall, place: Place) -> str | None:
    table, index = call.members.get("TableName"), call.members.get("IndexName")
    if not table or not index:
        return None
    return f"{_filled(_NAMES['dynamodb', 'TableName'], table, place)}/index/{index}"


def _parameter(call: ApiCall, place: Place) -> str | None:
    name = call.members.get("Name")
    return f"arn:aws:ssm:{place}:parameter/{name.lstrip('/')}" if name else None


_SPECIAL = {
    "dynamodb": _index,
    "events": _rule_or_bus,
    "logs": _log_stream,
    "sns": _subscribed_topic,
    "sqs": _queue,
    "ssm": _parameter,
}


def _context(prefix: str, call: ApiCall) -> dict[str, str]:
    if prefix == "cloudwatch" and "Namespace" in call.members:
        return {"cloudwatch:namespace": str(call.members["Namespace"])}
    if prefix == "sns" and call.operation == "Subscribe":
        wanted = {"sns:Protocol": "Protocol", "sns:Endpoint": "Endpoint"}
        return {key: str(call.members.get(member, "")) for key, member in wanted.items()}
    return {}


def _bus_arn(bus: Any, place: Place) -> str:
    name = str(bus or "default")
    return name if name.startswith("arn:") else f"arn:aws:events:{place}:event-bus/{name}"


def _filled(template: str, name: str, place: Place) -> str:
    if name.startswith("arn:"):
        return name
    return template.format(place=place, account=place.account_id, name=name)


def _mappings(found: Any) -> list[Mapping[str, Any]]:
    several = found if isinstance(found, list) else []
    return [one for one in several if isinstance(one, Mapping)]
