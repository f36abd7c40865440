"""Returns the IAM actions, resources and condition keys of a call. Pure.

Nearly every action is the service's prefix and the operation's name; the tables hold the others.
Resources are those that the request names, ``*`` where it names none that is known. Further
authorizations are left out: ``iam:PassRole`` for a role that is passed on, and keys of encrypted
resources.
Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

from tracing_lab.arns import Arn, service_in
from tracing_lab.embedded.protocol.api_call import ApiCall

from .policy import AuthorizationRequest
from .s3_actions import s3_authorizations

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
_Texts = Mapping[str, str]

_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""Actions that every role may call."""

_TABLE = ("dynamodb", "TableName")
_NAMES: Mapping[tuple[str, str], str] = {
    ("cloudwatch", "AlarmName"): "alarm:{}",
    _TABLE: "table/{}",
    ("events", "ArchiveName"): "archive/{}",
    ("events", "ReplayName"): "replay/{}",
    ("iam", "RoleName"): "role/{}",
    ("iam", "UserName"): "user/{}",
    ("iam", "PolicyName"): "policy/{}",
    ("kinesis", "StreamName"): "stream/{}",
    ("lambda", "FunctionName"): "function:{}",
    ("secretsmanager", "SecretId"): "secret:{}",
    ("sns", "Name"): "{}",
    ("sqs", "QueueName"): "{}",
}
"""Members that name a resource without being its ARN, in order of precedence."""

_GLOBAL = frozenset({"iam"})
"""Services whose ARNs have no region."""

_LISTS = {"cloudwatch": "AlarmNames"}
"""Members that list several resource names."""

_WRITES_OF_TRANSACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}


def authorization_requests(call: ApiCall, account_id: str) -> list[AuthorizationRequest]:
    """Return the authorization requests that a call needs.

    Examples
    --------
    >>> from tracing_lab.embedded.http.messages import HttpRequest
    >>> from tracing_lab.embedded.protocol.api_call import read_call
    >>> from tracing_lab.embedded.protocol.signature import SigningScope
    >>> target = (("X-Amz-Target", "AmazonSQS.SendMessageBatch"),)
    >>> body = b'{"QueueUrl": "http://127.0.0.1:4566/1/letters"}'
    >>> request = HttpRequest("POST", "/", headers=target, body=body)
    >>> call = read_call(request, SigningScope("k", "us-east-1", "sqs"))
    >>> authorization_requests(call, "1")[0].resource
    'arn:aws:sqs:us-east-1:1:letters'
    """
    if call.service == "s3":
        return s3_authorizations(call.request)
    if call.scope.service == "apigateway":
        arn = Arn("apigateway", call.region, "", unquote(call.request.path))
        return [AuthorizationRequest(f"apigateway:{call.request.method}", str(arn))]
    prefix = _PREFIXES.get(call.scope.service, call.scope.service)
    return list(_authorizations(prefix, call, _Location(call.region, account_id)))


class _Location(NamedTuple):
    """The region and account of resources."""

    region: str
    account_id: str

    @lru_cache(maxsize=1024)  # noqa: B019 - of a few locations
    def arn(self, service: str, resource: str) -> str:
        return str(Arn(service, self.region, self.account_id, resource))

    def named(self, key: tuple[str, str], name: str) -> str:
        """Return the ARN of a resource that a member names; the name itself if it is one."""
        if name.startswith("arn:"):
            return name
        service, region = key[0], "" if key[0] in _GLOBAL else self.region
        return str(Arn(service, region, self.account_id, _NAMES[key].format(name)))


def _authorizations(
    prefix: str, call: ApiCall, location: _Location
) -> Iterable[AuthorizationRequest]:
    name = f"{prefix}:{call.operation or 'Unknown'}"
    action = _ACTIONS.get(name, name)
    if action in _FREE:
        return []
    if action == "events:PutEvents":
        return [_about_event(entry, location) for entry in _mappings(call.members.get("Entries"))]
    if prefix == "dynamodb" and call.operation in _SEVERAL_TABLES:
        return _about_tables(call, location)
    several = call.members.get(_LISTS.get(prefix, ""))
    if isinstance(several, list) and several:
        key = prefix, _LISTS[prefix].removesuffix("s")
        return [AuthorizationRequest(action, location.named(key, str(item))) for item in several]
    return [AuthorizationRequest(action, _resource(prefix, call, location), _context(prefix, call))]


def _about_event(entry: Mapping[str, Any], location: _Location) -> AuthorizationRequest:
    source, detail_type = str(entry.get("Source", "")), str(entry.get("DetailType", ""))
    bus = _bus_arn(entry.get("EventBusName"), location)
    context = {"events:source": source, "events:detail-type": detail_type}
    return AuthorizationRequest("events:PutEvents", bus, context)


_SEVERAL_TABLES = frozenset(
    {"BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"}
)


def _about_tables(call: ApiCall, location: _Location) -> list[AuthorizationRequest]:
    found: dict[tuple[str, str], None] = {}
    requested = call.members.get("RequestItems")
    if isinstance(requested, Mapping):
        found |= {(str(call.operation), name): None for name in requested}
    for item in _mappings(call.members.get("TransactItems")):
        for kind, member in item.items():
            default = "GetItem" if kind == "Get" else "ConditionCheckItem"
            operation = _WRITES_OF_TRANSACTIONS.get(kind, default)
            if isinstance(member, Mapping):
                found[operation, str(member.get("TableName", "*"))] = None
    return [
        AuthorizationRequest(f"dynamodb:{operation}", location.named(_TABLE, name))
        for operation, name in found
    ] or [AuthorizationRequest(f"dynamodb:{call.operation}")]


def _resource(prefix: str, call: ApiCall, location: _Location) -> str:
    members = {
        key: value for key, value in call.members.items() if isinstance(value, str) and value
    }
    special = _SPECIAL.get(prefix)
    found = None if special is None else special(str(call.operation), members, location)
    if found is not None:
        return found
    for service, member in _NAMES:
        if service == prefix and member in members:
            return location.named((service, member), members[member])
    if prefix == "sts" and "RoleArn" in members:
        return members["RoleArn"]
    return next((value for value in members.values() if service_in(value) == prefix), "*")


def _queue(_operation: str, members: _Texts, location: _Location) -> str | None:
    url = members.get("QueueUrl")
    return location.arn("sqs", url.rpartition("/")[2]) if url else None


def _log_stream(_operation: str, members: _Texts, location: _Location) -> str | None:
    """Return the ARN of a log stream, or of a group with an empty stream name, as Logs does."""
    group, stream = members.get("logGroupName"), members.get("logStreamName", "")
    return location.arn("logs", f"log-group:{group}:log-stream:{stream}") if group else None


def _rule_or_bus(operation: str, members: _Texts, location: _Location) -> str | None:
    bus = members.get("EventBusName")
    name = members.get("Rule") or members.get("Name")
    if name is None or "EventBus" in operation:
        return _bus_arn(name or bus, location) if name or bus else None
    owner = "" if bus in {None, "default"} else f"{str(bus).rpartition('/')[2]}/"
    return location.arn("events", f"rule/{owner}{name}")


def _subscribed_topic(_operation: str, members: _Texts, _location: _Location) -> str | None:
    subscription = members.get("SubscriptionArn")
    return subscription.rpartition(":")[0] if subscription else members.get("TopicArn")


def _index(_operation: str, members: _Texts, location: _Location) -> str | None:
    table, index = members.get("TableName"), members.get("IndexName")
    return f"{location.named(_TABLE, table)}/index/{index}" if table and index else None


def _schedule(operation: str, members: _Texts, location: _Location) -> str | None:
    """Return the ARN of a schedule, which its group is part of, or of a group."""
    name = members.get("Name")
    if name is None:
        return None
    if "ScheduleGroup" in operation:
        return location.arn("scheduler", f"schedule-group/{name}")
    group = members.get("GroupName") or members.get("groupName") or "default"
    return location.arn("scheduler", f"schedule/{group}/{name}")


def _parameter(_operation: str, members: _Texts, location: _Location) -> str | None:
    name = members.get("Name")
    return location.arn("ssm", f"parameter/{name.lstrip('/')}") if name else None


_SPECIAL: Mapping[str, Callable[[str, _Texts, _Location], str | None]] = {
    "dynamodb": _index,
    "events": _rule_or_bus,
    "logs": _log_stream,
    "scheduler": _schedule,
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


def _bus_arn(bus: Any, location: _Location) -> str:
    name = str(bus or "default")
    return name if name.startswith("arn:") else location.arn("events", f"event-bus/{name}")


def _mappings(found: Any) -> list[Mapping[str, Any]]:
    several = found if isinstance(found, list) else []
    return [item for item in several if isinstance(item, Mapping)]
