"""Evaluates the section Conditions of a template."""

from collections.abc import Iterator, Mapping
from typing import Any

from .intrinsics import TemplateScope, decided
from .references import in_order


def evaluate_conditions(conditions: Mapping[str, Any], scope: TemplateScope) -> None:
    """Add the conditions of a template to a scope, each after those that it refers to.

    Examples
    --------
    >>> scope = TemplateScope({"Stage": "prod"})
    >>> conditions = {
    ...     "Test": {"Fn::Not": [{"Condition": "Prod"}]},
    ...     "Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
    ... }
    >>> evaluate_conditions(conditions, scope)
    >>> scope.conditions
    {'Prod': True, 'Test': False}
    """
    needed = {name: set(_conditions_in(content)) for name, content in conditions.items()}
    for name in in_order(needed):
        scope.conditions[name] = decided(scope, conditions[name])


def chosen(content: Any, conditions: Mapping[str, bool]) -> Any:
    """Return a value with only the branch of each ``Fn::If`` that its condition selects.

    Examples
    --------
    >>> chosen({"Fn::If": ["Yes", {"Ref": "A"}, {"Ref": "B"}]}, {"Yes": True})
    {'Ref': 'A'}
    """
    if isinstance(content, list):
        return [chosen(item, conditions) for item in content]
    if not isinstance(content, dict):
        return content
    match content:
        case {"Fn::If": [str(name), then, otherwise]} if name in conditions and len(content) == 1:
            return chosen(then if conditions[name] else otherwise, conditions)
    return {name: chosen(item, conditions) for name, item in content.items()}


def _conditions_in(content: Any) -> Iterator[str]:
    if isinstance(content, list):
        for item in content:
            yield from _conditions_in(item)
    elif isinstance(content, dict):
        for name, item in content.items():
            if name == "Condition" and isinstance(item, str):
                yield item
            else:
                yield from _conditions_in(item)
