"""Rejects templates that AWS rejects before it makes anything.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

from .references import names_in

_ATTRIBUTES = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Description",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)
_LOGICAL_ID = re.compile("[A-Za-z0-9]+")
_NOT_SIMULATED = {
    "Rules": "check parameters with AllowedValues",
    "Hooks": "deploy with UpdateStack",
}


def check_template(template: Mapping[str, Any], known_types: Collection[str]) -> None:
    """Raise ApiError if a template cannot be deployed.

    Parameters
    ----------
    template
        Its content, of the right form, after macros have been applied.
    known_types
        The resource types that can be made.
    """
    _check_sections(template)
    resources = template.get("Resources")
    if not resources:
        message = "Template format error: At least one Resources member must be defined."
        raise validation_error(message)
    for name, resource in resources.items():
        _check_resource(name, resource)
    _check_types(resources, known_types)
    _check_references(template, resources)


def depends_on(resource: Mapping[str, Any]) -> list[str]:
    """Return the names in a resource's DependsOn.

    Examples
    --------
    >>> depends_on({"DependsOn": "Api"}), depends_on({})
    (['Api'], [])
    """
    named = resource.get("DependsOn") or []
    return [named] if isinstance(named, str) else list(named)


def _check_sections(template: Mapping[str, Any]) -> None:
    for section, instead in _NOT_SIMULATED.items():
        if template.get(section):
            message = f"The section {section} of templates is not simulated: {instead}."
            raise validation_error(message)


def _check_resource(name: str, resource: Mapping[str, Any]) -> None:
    if not _LOGICAL_ID.fullmatch(name):
        message = f"Template format error: Resource name {name} is non alphanumeric."
        raise validation_error(message)
    unknown = sorted(resource.keys() - _ATTRIBUTES)
    if unknown:
        message = f"Invalid template resource property '{unknown[0]}'"
        raise validation_error(message)


def _check_types(resources: Mapping[str, Any], known_types: Collection[str]) -> None:
    for name, resource in resources.items():
        type_ = resource["Type"]
        if type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource":
            message = (
                f"{name} is a custom resource, which is not simulated. Take it out of the "
                "template and call its function yourself."
            )
            raise validation_error(message)
        if type_ not in known_types:
            message = (
                f"Resource type {type_} is not simulated: take {name} out of the template, or "
                "make it by its service's own call."
            )
            raise validation_error(message)


def _check_references(template: Mapping[str, Any], resources: Mapping[str, Any]) -> None:
    known = {*resources, *template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        content = template.get(section) or {}
        missing = sorted(names_in(content) - known)
        if missing:
            message = (
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                f"in the {section} block of the template"
            )
            raise validation_error(message)
    wanted = {name for resource in resources.values() for name in depends_on(resource)}
    if not wanted <= resources.keys():
        names = ", ".join(sorted(wanted - resources.keys()))
        message = (
            f"Template format error: Unresolved resource dependencies [{names}] in the Resources "
            "block of the template"
        )
        raise validation_error(message)
    _check_conditions(template, resources)


def _check_conditions(template: Mapping[str, Any], resources: Mapping[str, Any]) -> None:
    known = template.get("Conditions") or {}
    outputs = template.get("Outputs") or {}
    for name, part in (*resources.items(), *outputs.items()):
        condition = part.get("Condition")
        if condition is not None and condition not in known:
            message = (
                f"Template format error: Unresolved condition dependency {condition} in the "
                f"block of {name}"
            )
            raise validation_error(message)
