"""Applies the macros of a template: its section Transform.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-serverless.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

from .serverless import SERVERLESS, without_serverless

_LANGUAGE = "AWS::LanguageExtensions"

_IAM = frozenset(
    {
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::IAM::RolePolicy",
    }
)
_NAMES = ("InstanceProfileName", "ManagedPolicyName", "RoleName")


def transforms_of(template: Mapping[str, Any]) -> list[str]:
    """Return the macros that a template names.

    Examples
    --------
    >>> transforms_of({"Transform": "AWS::Serverless-2016-10-31"}), transforms_of({})
    (['AWS::Serverless-2016-10-31'], [])
    """
    named = template.get("Transform") or []
    return [str(name) for name in (named if isinstance(named, list) else [named])]


def expanded(
    template: dict[str, Any], parameters: Mapping[str, str], region: str
) -> dict[str, Any]:
    """Return a template with its macros applied; ApiError if one is not simulated.

    Parameters
    ----------
    template
        Its content.
    parameters
        The values that were given for its parameters.
    region
        The stack's.
    """
    for name in transforms_of(template):
        if name == SERVERLESS:
            template = without_serverless(template, parameters, region)
        elif name != _LANGUAGE:
            message = (
                f"Transform {name} is not simulated: deploy the template as it is after the "
                "transformation."
            )
            raise validation_error(message)
    return template


def capabilities_of(template: Mapping[str, Any]) -> list[str]:
    """Return what a caller has to acknowledge to deploy a template.

    Examples
    --------
    >>> role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}
    >>> capabilities_of({"Resources": {"R": role}})
    ['CAPABILITY_NAMED_IAM']
    """
    resources = template.get("Resources", {}).values()
    of_iam = [item for item in resources if item["Type"] in _IAM]
    needed = []
    if any(name in (item.get("Properties") or {}) for item in of_iam for name in _NAMES):
        needed.append("CAPABILITY_NAMED_IAM")
    elif of_iam:
        needed.append("CAPABILITY_IAM")
    if transforms_of(template):
        needed.append("CAPABILITY_AUTO_EXPAND")
    return needed
