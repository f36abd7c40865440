"""Types of IAM.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from collections.abc import Mapping
from typing import Any

from .model import Context, Made, Members, Properties, ResourceType, changed, gone
from .shaping import text
from .tagging import change_tags

_VERSION = "2012-10-17"
_PRINCIPALS = (("Roles", "Role"), ("Users", "User"), ("Groups", "Group"))
"""The property that lists principals, and how calls name one."""


async def _create_role(context: Context, properties: Properties) -> Made:
    name = properties.get("RoleName") or context.new_name(64)
    trust = text(properties["AssumeRolePolicyDocument"])
    wanted = {**properties, "RoleName": name, "AssumeRolePolicyDocument": trust}
    role = (await context.apply("iam", "CreateRole", wanted))["Role"]
    made = Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})
    context.note_partial(made)
    await _put_policies(context, name, _by_name(properties))
    for arn in properties.get("ManagedPolicyArns", []):
        await context.call("iam", "AttachRolePolicy", RoleName=name, PolicyArn=arn)
    return made


def _by_name(properties: Properties) -> Mapping[str, str]:
    return {
        str(policy["PolicyName"]): _inline(policy["PolicyDocument"])
        for policy in properties.get("Policies", [])
    }


def _inline(document: Any) -> str:
    """Return an inline policy with a version, which may be missing; moto requires it.

    Examples
    --------
    >>> _inline({"Statement": []})
    '{"Version": "2012-10-17", "Statement": []}'
    """
    return text({"Version": _VERSION, **document} if isinstance(document, Mapping) else document)


async def _put_policies(context: Context, role: str, policies: Mapping[str, str]) -> None:
    for name, document in policies.items():
        where = {"RoleName": role, "PolicyName": name}
        await context.call("iam", "PutRolePolicy", **where, PolicyDocument=document)


async def _update_role(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    role, different = {"RoleName": made.ref}, changed(old, new)
    if "AssumeRolePolicyDocument" in different:
        trust = text(new["AssumeRolePolicyDocument"])
        await context.call("iam", "UpdateAssumeRolePolicy", **role, PolicyDocument=trust)
    if different & {"Description", "MaxSessionDuration"}:
        settings = {"Description": "", "MaxSessionDuration": 3600, **new}
        await context.apply("iam", "UpdateRole", settings, **role)
    if "PermissionsBoundary" in different:
        await _set_boundary(context, role, new.get("PermissionsBoundary"))
    await _change_policies(context, made.ref, old, new)
    await _change_attached(context, role, old, new)
    tagging = {"to_set": "TagRole", "to_remove": "UntagRole"}
    await change_tags(context, "iam", old, new, **tagging, **role)
    return made


async def _set_boundary(context: Context, role: Members, arn: str | None) -> None:
    if arn:
        await context.call("iam", "PutRolePermissionsBoundary", **role, PermissionsBoundary=arn)
    else:
        await gone(context.call("iam", "DeleteRolePermissionsBoundary", **role))


async def _change_policies(context: Context, role: str, old: Properties, new: Properties) -> None:
    before, after = _by_name(old), _by_name(new)
    for name in sorted(before.keys() - after.keys()):
        await gone(context.call("iam", "DeleteRolePolicy", RoleName=role, PolicyName=name))
    different = {name: text for name, text in after.items() if before.get(name) != text}
    await _put_policies(context, role, different)


async def _change_attached(
    context: Context, role: Members, old: Properties, new: Properties
) -> None:
    before, after = (set(props.get("ManagedPolicyArns", [])) for props in (old, new))
    for arn in sorted(before - after):
        await gone(context.call("iam", "DetachRolePolicy", **role, PolicyArn=arn))
    for arn in sorted(after - before):
        await context.call("iam", "AttachRolePolicy", **role, PolicyArn=arn)


async def _delete_role(context: Context, made: Made, properties: Properties) -> None:
    role = {"RoleName": made.ref}
    for name in _by_name(properties):
        await gone(context.call("iam", "DeleteRolePolicy", **role, PolicyName=name))
    for arn in properties.get("ManagedPolicyArns", []):
        await gone(context.call("iam", "DetachRolePolicy", **role, PolicyArn=arn))
    await gone(context.call("iam", "DeleteRole", **role))


async def _put_policy(context: Context, properties: Properties) -> Made:
    identifier = context.new_name(64)
    made = Made(identifier, {"Id": identifier})
    context.note_partial(made)
    await _put_everywhere(context, properties)
    return made


async def _put_everywhere(context: Context, properties: Properties) -> None:
    document = {
        "PolicyName": str(properties["PolicyName"]),
        "PolicyDocument": _inline(properties["PolicyDocument"]),
    }
    for kind, names in _principals(properties):
        for name in names:
            await context.call("iam", f"Put{kind}Policy", **{f"{kind}Name": name}, **document)


def _principals(properties: Properties) -> list[tuple[str, list[Any]]]:
    return [(kind, properties.get(plural) or []) for plural, kind in _PRINCIPALS]


async def _update_policy(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    await _put_everywhere(context, new)
    kept = dict(_principals(new)) if old["PolicyName"] == new["PolicyName"] else {}
    await _delete_everywhere(context, old, kept)
    return made


async def _delete_everywhere(
    context: Context, properties: Properties, kept: Mapping[str, list[Any]]
) -> None:
    policy = {"PolicyName": str(properties["PolicyName"])}
    for kind, names in _principals(properties):
        for name in names:
            if name not in kept.get(kind, []):
                where = {f"{kind}Name": name}
                await gone(context.call("iam", f"Delete{kind}Policy", **where, **policy))


async def _delete_policy(context: Context, _: Made, properties: Properties) -> None:
    await _delete_everywhere(context, properties, {})


async def _put_role_policy(context: Context, properties: Properties) -> Made:
    wanted = {**properties, "PolicyDocument": _inline(properties["PolicyDocument"])}
    await context.apply("iam", "PutRolePolicy", wanted)
    return Made(f"{properties['PolicyName']}|{properties['RoleName']}")


async def _update_role_policy(context: Context, _: Made, __: Properties, new: Properties) -> Made:
    return await _put_role_policy(context, new)


async def _delete_role_policy(context: Context, _: Made, properties: Properties) -> None:
    await gone(context.apply("iam", "DeleteRolePolicy", properties))


async def _create_managed(context: Context, properties: Properties) -> Made:
    wanted = {
        **properties,
        "PolicyName": properties.get("ManagedPolicyName") or context.new_name(128),
        "PolicyDocument": text(properties["PolicyDocument"]),
    }
    arn = (await context.apply("iam", "CreatePolicy", wanted))["Policy"]["Arn"]
    made = Made(arn, {"PolicyArn": arn})
    context.note_partial(made)
    await _attach(context, arn, properties)
    return made


async def _attach(context: Context, arn: str, properties: Properties) -> None:
    for kind, names in _principals(properties):
        for name in names:
            where = {f"{kind}Name": name}
            await context.call("iam", f"Attach{kind}Policy", **where, PolicyArn=arn)


async def _detach(
    context: Context, arn: str, properties: Properties, kept: Mapping[str, list[Any]]
) -> None:
    for kind, names in _principals(properties):
        for name in names:
            if name not in kept.get(kind, []):
                where = {f"{kind}Name": name}
                await gone(context.call("iam", f"Detach{kind}Policy", **where, PolicyArn=arn))


async def _update_managed(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    if "PolicyDocument" in changed(old, new):
        await _forget_versions(context, made.ref)
        document = text(new["PolicyDocument"])
        await context.call(
            "iam",
            "CreatePolicyVersion",
            PolicyArn=made.ref,
            PolicyDocument=document,
            SetAsDefault=True,
        )
    await _attach(context, made.ref, new)
    await _detach(context, made.ref, old, dict(_principals(new)))
    return made


async def _forget_versions(context: Context, arn: str) -> None:
    """Delete a policy's versions but the one in use: it may have five."""
    versions = await context.call("iam", "ListPolicyVersions", PolicyArn=arn)
    for version in versions["Versions"]:
        if not version["IsDefaultVersion"]:
            where = {"PolicyArn": arn, "VersionId": version["VersionId"]}
            await gone(context.call("iam", "DeletePolicyVersion", **where))


async def _delete_managed(context: Context, made: Made, properties: Properties) -> None:
    await _detach(context, made.ref, properties, {})
    await gone(_forget_versions(context, made.ref))
    await gone(context.call("iam", "DeletePolicy", PolicyArn=made.ref))


async def _create_profile(context: Context, properties: Properties) -> Made:
    name = properties.get("InstanceProfileName") or context.new_name(128)
    wanted = {**properties, "InstanceProfileName": name}
    profile = (await context.apply("iam", "CreateInstanceProfile", wanted))["InstanceProfile"]
    made = Made(name, {"Arn": profile["Arn"]})
    context.note_partial(made)
    for role in properties["Roles"]:
        where = {"InstanceProfileName": name, "RoleName": role}
        await context.call("iam", "AddRoleToInstanceProfile", **where)
    return made


async def _update_profile(context: Context, made: Made, old: Properties, new: Properties) -> Made:
    profile = {"InstanceProfileName": made.ref}
    for role in old["Roles"]:
        call = context.call("iam", "RemoveRoleFromInstanceProfile", **profile, RoleName=role)
        await gone(call)
    for role in new["Roles"]:
        await context.call("iam", "AddRoleToInstanceProfile", **profile, RoleName=role)
    return made


async def _delete_profile(context: Context, made: Made, properties: Properties) -> None:
    profile = {"InstanceProfileName": made.ref}
    for role in properties["Roles"]:
        call = context.call("iam", "RemoveRoleFromInstanceProfile", **profile, RoleName=role)
        await gone(call)
    await gone(context.call("iam", "DeleteInstanceProfile", **profile))


_POLICY = frozenset({"PolicyDocument", "PolicyName"})
_ATTACHED = frozenset({"Groups", "Roles", "Users"})

TYPES = (
    ResourceType(
        name="AWS::IAM::Role",
        create=_create_role,
        update=_update_role,
        delete=_delete_role,
        calls=(("iam", "CreateRole"),),
        properties=frozenset({"ManagedPolicyArns", "Policies"}),
        required=frozenset({"AssumeRolePolicyDocument"}),
        replaced_by=frozenset({"Path", "RoleName"}),
        named_by="RoleName",
    ),
    ResourceType(
        name="AWS::IAM::Policy",
        create=_put_policy,
        update=_update_policy,
        delete=_delete_policy,
        properties=_POLICY | _ATTACHED,
        required=_POLICY,
    ),
    ResourceType(
        name="AWS::IAM::RolePolicy",
        create=_put_role_policy,
        update=_update_role_policy,
        delete=_delete_role_policy,
        properties=_POLICY | {"RoleName"},
        required=frozenset({"PolicyName", "RoleName"}),
        replaced_by=frozenset({"PolicyName", "RoleName"}),
    ),
    ResourceType(
        name="AWS::IAM::ManagedPolicy",
        create=_create_managed,
        update=_update_managed,
        delete=_delete_managed,
        properties=_ATTACHED | {"Description", "ManagedPolicyName", "Path", "PolicyDocument"},
        required=frozenset({"PolicyDocument"}),
        replaced_by=frozenset({"Description", "ManagedPolicyName", "Path"}),
        named_by="ManagedPolicyName",
    ),
    ResourceType(
        name="AWS::IAM::InstanceProfile",
        create=_create_profile,
        update=_update_profile,
        delete=_delete_profile,
        properties=frozenset({"InstanceProfileName", "Path", "Roles"}),
        required=frozenset({"Roles"}),
        replaced_by=frozenset({"InstanceProfileName", "Path"}),
        named_by="InstanceProfileName",
    ),
)
