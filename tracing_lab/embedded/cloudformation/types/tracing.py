"""X-Ray's types.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_XRay.html
"""

from .model import Context, Made, Properties, ResourceType, gone, no_tags
from .tagging import change_tags


async def _create_trace_group(context: Context, properties: Properties) -> Made:
    made = await context.apply("xray", "CreateGroup", properties)
    arn = made["Group"]["GroupARN"]
    return Made(arn, {"GroupARN": arn})


async def _update_trace_group(
    context: Context, made: Made, old: Properties, new: Properties
) -> Made:
    settings = {"FilterExpression": "", **no_tags(new)}
    await context.apply("xray", "UpdateGroup", settings)
    await change_tags(context, "xray", old, new, ResourceARN=made.ref)
    return made


async def _delete_trace_group(context: Context, made: Made, _: Properties) -> None:
    await gone(context.call("xray", "DeleteGroup", GroupARN=made.ref), "InvalidRequestException")


async def _create_rule(context: Context, properties: Properties) -> Made:
    rule = {"Version": 1, "Attributes": {}, **properties["SamplingRule"]}
    if not {"RuleName", "RuleARN"} & rule.keys():
        rule["RuleName"] = properties.get("RuleName") or context.new_name(32)
    made = await context.apply("xray", "CreateSamplingRule", {**properties, "SamplingRule": rule})
    arn = made["SamplingRuleRecord"]["SamplingRule"]["RuleARN"]
    return Made(arn, {"RuleARN": arn})


async def _update_rule(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    left_out = {"RuleName", "Version"}  # a rule is named by its ARN, and keeps its version
    rule = {name: value for name, value in new["SamplingRule"].items() if name not in left_out}
    rule["RuleARN"] = made.ref
    await context.apply("xray", "UpdateSamplingRule", {"SamplingRuleUpdate": rule})
    await change_tags(context, "xray", old, new, ResourceARN=made.ref)
    return made


async def _delete_rule(context: Context, made: Made, _: Properties) -> None:
    call = context.call("xray", "DeleteSamplingRule", RuleARN=made.ref)
    await gone(call, "InvalidRequestException")


async def _put_trace_policy(context: Context, properties: Properties) -> Made:
    await context.apply("xray", "PutResourcePolicy", properties)
    return Made(str(properties["PolicyName"]))


async def _update_trace_policy(context: Context, _: Made, __: Properties, new: Properties) -> Made:
    return await _put_trace_policy(context, new)


async def _delete_trace_policy(context: Context, made: Made, _: Properties) -> None:
    call = context.call("xray", "DeleteResourcePolicy", PolicyName=made.ref)
    await gone(call, "InvalidRequestException", "InvalidPolicyRevisionIdException")


TYPES = (
    ResourceType(
        name="AWS::XRay::Group",
        create=_create_trace_group,
        update=_update_trace_group,
        delete=_delete_trace_group,
        calls=(("xray", "CreateGroup"),),
        required=frozenset({"GroupName"}),
        replaced_by=frozenset({"GroupName"}),
        named_by="GroupName",
    ),
    ResourceType(
        name="AWS::XRay::SamplingRule",
        create=_create_rule,
        update=_update_rule,
        delete=_delete_rule,
        properties=frozenset({"RuleName", "SamplingRule", "Tags"}),
        required=frozenset({"SamplingRule"}),
        replaced_by=frozenset({"RuleName"}),
    ),
    ResourceType(
        name="AWS::XRay::ResourcePolicy",
        create=_put_trace_policy,
        update=_update_trace_policy,
        delete=_delete_trace_policy,
        calls=(("xray", "PutResourcePolicy"),),
        required=frozenset({"PolicyDocument", "PolicyName"}),
        replaced_by=frozenset({"PolicyName"}),
    ),
)
