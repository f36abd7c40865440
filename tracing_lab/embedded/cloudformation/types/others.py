"""Types of WAF and EventBridge Scheduler, and those of CloudFormation itself."""

from .model import Context, Made, Members, Properties, ResourceType, gone


async def _associate(context: Context, properties: Properties) -> Made:
    await context.apply("wafv2", "AssociateWebACL", properties)
    return Made(f"{properties['WebACLArn']}|{properties['ResourceArn']}")


async def _associate_other(context: Context, _: Made, __: Properties, new: Properties) -> Made:
    """Associate another web ACL, which takes the place of the one before."""
    return await _associate(context, new)


async def _disassociate(context: Context, _: Made, properties: Properties) -> None:
    arn = properties["ResourceArn"]
    await gone(
        context.call("wafv2", "DisassociateWebACL", ResourceArn=arn), "WAFNonexistentItemException"
    )


async def _create_schedule(context: Context, properties: Properties) -> Made:
    wanted = {"Name": context.new_name(64), **properties}
    made = await context.apply("scheduler", "CreateSchedule", wanted)
    return Made(str(wanted["Name"]), {"Arn": made["ScheduleArn"]})


async def _update_schedule(context: Context, made: Made, _: Properties, new: Properties) -> Made:
    await context.apply("scheduler", "UpdateSchedule", {**new, "Name": made.ref})
    return made


async def _delete_schedule(context: Context, made: Made, properties: Properties) -> None:
    group = {"GroupName": properties["GroupName"]} if "GroupName" in properties else {}
    await gone(context.call("scheduler", "DeleteSchedule", Name=made.ref, **group))


async def _create_group(context: Context, properties: Properties) -> Made:
    wanted: Members = {"Name": context.new_name(64), **properties}
    made = await context.apply("scheduler", "CreateScheduleGroup", wanted)
    return Made(str(wanted["Name"]), {"Arn": made["ScheduleGroupArn"]})


async def _delete_group(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("scheduler", "DeleteScheduleGroup", Name=made.ref))


async def _note(context: Context, _: Properties) -> Made:
    return Made(context.new_name(100))


async def _forget(_context: Context, _made: Made, _properties: Properties) -> None:
    """Delete nothing: there is nothing."""


TYPES = (
    ResourceType(
        name="AWS::WAFv2::WebACLAssociation",
        create=_associate,
        update=_associate_other,
        delete=_disassociate,
        calls=(("wafv2", "AssociateWebACL"),),
        required=frozenset({"ResourceArn", "WebACLArn"}),
        replaced_by=frozenset({"ResourceArn"}),
    ),
    ResourceType(
        name="AWS::Scheduler::Schedule",
        create=_create_schedule,
        update=_update_schedule,
        delete=_delete_schedule,
        calls=(("scheduler", "CreateSchedule"),),
        required=frozenset({"FlexibleTimeWindow", "ScheduleExpression", "Target"}),
        replaced_by=frozenset({"GroupName", "Name"}),
        named_by="Name",
    ),
    ResourceType(
        name="AWS::Scheduler::ScheduleGroup",
        create=_create_group,
        delete=_delete_group,
        calls=(("scheduler", "CreateScheduleGroup"),),
        named_by="Name",
    ),
    ResourceType(
        name="AWS::CDK::Metadata",
        create=_note,
        delete=_forget,
        properties=frozenset({"Analytics"}),
    ),
    ResourceType(name="AWS::CloudFormation::WaitConditionHandle", create=_note, delete=_forget),
)
