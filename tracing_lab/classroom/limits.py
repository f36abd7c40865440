"""Check whether an account's quotas allow a class, before anything is created."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tracing_lab.aws.account import reservable
from tracing_lab.stack import Action, Step

_LISTED_BY = {
    "AWS::ApiGateway::RestApi": "apigateway:GetRestApis",
    "AWS::ApiGateway::UsagePlan": "apigateway:GetUsagePlans",
    "AWS::Events::EventBus": "events:ListEventBuses",
    "AWS::IAM::Role": "iam:ListRoles",
    "AWS::XRay::Group": "xray:GetGroups",
    "AWS::XRay::SamplingRule": "xray:GetSamplingRules",
}
_OF_EVERY_ACCOUNT = {"AWS::XRay::Group": {"Default"}, "AWS::XRay::SamplingRule": {"Default"}}
_SETTINGS = {
    "AWS::ApiGateway::UsagePlan": "enable_api_key=false",
    "AWS::XRay::Group": "enable_x_ray_group=false",
    "AWS::XRay::SamplingRule": "no x_ray_sampling_rate",
}
_RUNNING_A_LEARNER = 4  # functions that run at the same time for one order


def demand(plans: Iterable[Iterable[Step]]) -> Counter[str]:
    """Return the number of new resources in plans, by CloudFormation type.

    Parameters
    ----------
    plans
        The steps of each plan.

    Returns
    -------
    Counter[str]
        Number of new resources by type.
    """
    steps = [step for plan in plans for step in plan]
    created = Counter(step.resource.type for step in steps if step.action is Action.CREATE)
    created.subtract(step.resource.type for step in steps if step.action is Action.DELETE)
    return created


def shortages(
    wanted: Mapping[str, int], limits: Mapping[str, int], listed: Mapping[str, Iterable[str]]
) -> tuple[str, ...]:
    """Return a sentence for each quota that would be exceeded.

    Parameters
    ----------
    wanted
        Number of new resources by type.
    limits
        Quotas by type.
    listed
        Names of existing resources, by the operation that lists them.

    Returns
    -------
    tuple[str, ...]
        One sentence per exceeded quota.
    """
    return tuple(
        text
        for type_, most in limits.items()
        if (text := _shortage(type_, wanted.get(type_, 0), most, _existing(type_, listed)))
    )


def concurrency_shortage(limits: Mapping[str, int], reserved: int) -> str:
    """Return why some concurrency cannot be reserved; empty if it can.

    Parameters
    ----------
    limits
        ``AccountLimit`` of Lambda's GetAccountSettings.
    reserved
        The concurrency that the class adds to what is reserved already.
    """
    left = reservable(limits)
    if reserved <= left:
        return ""
    return (
        f"{reserved} concurrent executions of Lambda are to be reserved and {left} can "
        "be. Leave lambda_reserved_concurrency out or raise the quota."
    )


def concurrency_note(limits: Mapping[str, int], learners: int) -> str:
    """Return when learners will be throttled; empty if that is unlikely.

    Parameters
    ----------
    limits
        ``AccountLimit`` of Lambda's GetAccountSettings.
    learners
        How many there are.
    """
    there = int(limits.get("UnreservedConcurrentExecutions", 0))
    needed = _RUNNING_A_LEARNER * learners
    if there >= needed:
        return ""
    return (
        f"{there} functions may run at a time and {learners} learners who send orders at the same "
        f"time need {needed} or more. Ask Service Quotas for more concurrent executions of Lambda."
    )


def _existing(type_: str, listed: Mapping[str, Iterable[str]]) -> int:
    names = set(listed.get(_LISTED_BY.get(type_, ""), ()))
    return len(names - _OF_EVERY_ACCOUNT.get(type_, set()))


def _shortage(type_: str, new: int, most: int, existing: int) -> str:
    if new <= 0 or existing + new <= most:
        return ""
    remedies = "Take fewer learners or another region, or raise the quota"
    setting = _SETTINGS.get(type_)
    go_without = f"; or all go without it: {setting}" if setting else ""
    return (
        f"{new} more of {type_} are needed, {existing} exist and {most} are allowed, so "
        f"{max(0, most - existing)} can be made. {remedies}{go_without}."
    )
