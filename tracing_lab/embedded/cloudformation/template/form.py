"""Rejects templates whose parts do not have the form that the rest of the package reads.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Globals",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_LIMITS = ("MaxLength", "MaxValue", "MinLength", "MinValue")
_MAX_DEPTH = 100
"""Levels of a template; AWS states no limit. Python allows a thousand calls within calls."""


def check_form(template: Mapping[str, Any]) -> None:
    """Raise ApiError if a template has unknown sections, or parts of a wrong form.

    Examples
    --------
    >>> check_form({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"A": {}}})
    Traceback (most recent call last):
    tracing_lab.embedded.protocol.errors.ApiError: Template format error: Every Outputs member must contain a Value object
    """  # noqa: E501 - the error
    if _is_deeper(template, _MAX_DEPTH):
        _reject(f"the template has more than {_MAX_DEPTH} levels.")
    unknown = sorted(template.keys() - SECTIONS)
    if unknown:
        message = f"Invalid template property or properties [{', '.join(unknown)}]"
        raise validation_error(message)
    for section in ("Conditions", *_CHECKS):
        if not isinstance(template.get(section, {}), dict):
            _reject(f"{section} must be an object.")
    for section in _CHECKS:
        for name, part in template.get(section, {}).items():
            if not isinstance(part, dict):
                _reject(f"[/{section}/{name}] must be an object.")
            _CHECKS[section](name, part)


def _check_resource(name: str, resource: Mapping[str, Any]) -> None:
    if not isinstance(resource.get("Type"), str):
        _reject(f"[/Resources/{name}/Type] 'null' values are not allowed in templates")
    if not isinstance(resource.get("Properties") or {}, dict):
        _reject(f"Properties of {name} must be an object.")
    named = resource.get("DependsOn") or []
    names = named if isinstance(named, list) else [named]
    if not all(isinstance(other, str) for other in names):
        _reject("DependsOn must be a string or list of strings.")
    _check_condition(name, resource)


def _check_output(name: str, output: Mapping[str, Any]) -> None:
    if "Value" not in output:
        _reject("Every Outputs member must contain a Value object")
    export = output.get("Export", {"Name": ""})
    if not isinstance(export, dict) or "Name" not in export:
        _reject(f"Export of output {name} must be an object with a Name.")
    _check_condition(name, output)


def _check_condition(name: str, part: Mapping[str, Any]) -> None:
    if not isinstance(part.get("Condition", ""), str):
        _reject(f"Condition of {name} must be a string.")


def _check_parameter(name: str, declaration: Mapping[str, Any]) -> None:
    if not isinstance(declaration.get("AllowedValues", []), list):
        _reject(f"AllowedValues of parameter {name} must be a list.")
    try:
        re.compile(declaration.get("AllowedPattern", ""))
    except (re.error, TypeError):
        _reject(f"AllowedPattern of parameter {name} must be a regular expression.")
    for limit in _LIMITS:
        try:
            float(declaration.get(limit, 0))
        except (OverflowError, TypeError, ValueError):
            _reject(f"{limit} of parameter {name} must be a number.")


_CHECKS: Mapping[str, Callable[[str, Mapping[str, Any]], None]] = {
    "Mappings": lambda _, __: None,
    "Outputs": _check_output,
    "Parameters": _check_parameter,
    "Resources": _check_resource,
}
"""What is checked of each part of a section."""


def _is_deeper(content: Any, levels: int) -> bool:
    if not isinstance(content, dict | list):
        return False
    items = content.values() if isinstance(content, dict) else content
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


def _reject(problem: str) -> None:
    message = f"Template format error: {problem}"
    raise validation_error(message)
