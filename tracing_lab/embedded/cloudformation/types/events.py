"""EventBridge's types.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
"""

from .model import Context, Made, Members, Properties, ResourceType, gone, no_tags
from .shaping import text
from .tagging import change_tags

_DEFAULT = "default"


async def _create_bus(context: Context, properties: Properties) -> Made:
    bus = await context.apply("events", "CreateEventBus", properties)
    name = str(properties["Name"])
    made = Made(name, {"Arn": bus["EventBusArn"], "Name": name, "Policy": ""})
    context.note_partial(made)
    await _put_bus_policy(context, name, properties.get("Policy"))
    return made


async def _update_bus(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    settings = {"Description": "", "DeadLetterConfig": {}, **new}
    await context.apply("events", "UpdateEventBus", settings)
    await _put_bus_policy(context, made.ref, new.get("Policy"))
    if old.get("Policy") and not new.get("Policy"):
        where = {"EventBusName": made.ref, "RemoveAllPermissions": True}
        await context.call("events", "RemovePermission", **where)
    await change_tags(context, "events", old, new, ResourceARN=made.attributes["Arn"])
    return made


async def _put_bus_policy(context: Context, name: str, policy: object) -> None:
    if policy:
        await context.call("events", "PutPermission", EventBusName=name, Policy=text(policy))


async def _delete_bus(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("events", "DeleteEventBus", Name=made.ref))


def _bus(properties: Properties) -> str:
    return str(properties.get("EventBusName") or _DEFAULT)


def _of_rule(name: str, properties: Properties) -> Members:
    return {"Rule": name, "EventBusName": _bus(properties)}


async def _create_rule(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.new_name(64)
    arn = (await context.apply("events", "PutRule", {**properties, "Name": name}))["RuleArn"]
    made = Made(_rule_id(name, properties), {"Arn": arn})
    context.note_partial(made)
    await _put_targets(context, name, properties)
    return made


def _rule_id(name: str, properties: Properties) -> str:
    """Return what Ref of a rule gives: with its bus, unless that is the default one."""
    bus = _bus(properties).rpartition("/")[2]
    return name if bus == _DEFAULT else f"{bus}|{name}"


def _rule_name(made: Made) -> str:
    return made.ref.rpartition("|")[2]


async def _put_targets(context: Context, name: str, properties: Properties) -> None:
    if properties.get("Targets"):
        await context.apply("events", "PutTargets", {**properties, **_of_rule(name, properties)})


async def _update_rule(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    name = _rule_name(made)
    await context.apply("events", "PutRule", {"State": "ENABLED", **no_tags(new), "Name": name})
    kept = {target["Id"] for target in new.get("Targets", [])}
    removed = [target["Id"] for target in old.get("Targets", []) if target["Id"] not in kept]
    if removed:
        await context.call("events", "RemoveTargets", **_of_rule(name, new), Ids=removed)
    await _put_targets(context, name, new)
    await change_tags(context, "events", old, new, ResourceARN=made.attributes["Arn"])
    return made


async def _delete_rule(context: Context, made: Made, properties: Properties) -> None:
    where = _of_rule(_rule_name(made), properties)
    ids = [target["Id"] for target in properties.get("Targets", [])]
    if ids:
        await gone(context.call("events", "RemoveTargets", **where, Ids=ids))
    bus = {"EventBusName": where["EventBusName"]}
    await gone(context.call("events", "DeleteRule", Name=where["Rule"], **bus))


async def _put_policy(context: Context, properties: Properties) -> Made:
    statement = str(properties["StatementId"])
    where = {"EventBusName": _bus(properties)}
    if "Statement" in properties:
        content = {"Sid": statement, **properties["Statement"]}
        policy = text({"Version": "2012-10-17", "Statement": [content]})
        await context.call("events", "PutPermission", **where, Policy=policy)
    else:
        await context.apply("events", "PutPermission", {**properties, **where})
    return Made(f"{_bus(properties)}|{statement}")


async def _update_policy(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await _put_policy(context, new)
    return made


async def _delete_policy(context: Context, _: Made, properties: Properties) -> None:
    where = {"EventBusName": _bus(properties), "StatementId": str(properties["StatementId"])}
    await gone(context.call("events", "RemovePermission", **where))


async def _create_archive(context: Context, properties: Properties) -> Made:
    name = properties.get("ArchiveName") or context.new_name(48)
    source = {"EventSourceArn": properties["SourceArn"], "ArchiveName": name}
    made = await context.apply("events", "CreateArchive", {**properties, **source})
    return Made(name, {"Arn": made["ArchiveArn"], "ArchiveName": name})


async def _update_archive(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await context.apply("events", "UpdateArchive", {**new, "ArchiveName": made.ref})
    return made


async def _delete_archive(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("events", "DeleteArchive", ArchiveName=made.ref))


TYPES = (
    ResourceType(
        name="AWS::Events::EventBus",
        create=_create_bus,
        update=_update_bus,
        delete=_delete_bus,
        calls=(("events", "CreateEventBus"),),
        properties=frozenset({"Policy"}),
        required=frozenset({"Name"}),
        replaced_by=frozenset({"EventSourceName", "Name"}),
        named_by="Name",
    ),
    ResourceType(
        name="AWS::Events::Rule",
        create=_create_rule,
        update=_update_rule,
        delete=_delete_rule,
        calls=(("events", "PutRule"),),
        properties=frozenset({"Targets"}),
        replaced_by=frozenset({"EventBusName", "Name"}),
        named_by="Name",
    ),
    ResourceType(
        name="AWS::Events::EventBusPolicy",
        create=_put_policy,
        update=_update_policy,
        delete=_delete_policy,
        properties=frozenset(
            {"Action", "Condition", "EventBusName", "Principal", "Statement", "StatementId"}
        ),
        required=frozenset({"StatementId"}),
        replaced_by=frozenset({"EventBusName", "StatementId"}),
    ),
    ResourceType(
        name="AWS::Events::Archive",
        create=_create_archive,
        update=_update_archive,
        delete=_delete_archive,
        properties=frozenset(
            {"ArchiveName", "Description", "EventPattern", "RetentionDays", "SourceArn"}
        ),
        required=frozenset({"SourceArn"}),
        replaced_by=frozenset({"ArchiveName", "SourceArn"}),
        named_by="ArchiveName",
    ),
)
