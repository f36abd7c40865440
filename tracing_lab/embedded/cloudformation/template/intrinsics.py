"""Computes the values of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import ipaddress
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.cloudformation.errors import StackError

from .references import SUBSTITUTED

NO_VALUE = object()
"""What ``Ref`` of ``AWS::NoValue`` gives: the property or item that has it is left out."""


@dataclass
class TemplateScope:
    """What the values of a template may refer to.

    Parameters
    ----------
    values
        Parameters, pseudo parameters and resources that exist by name, as ``Ref`` gives them.
    attributes
        The attributes of resources by name.
    conditions
        Conditions of the template, evaluated.
    mappings
        The section Mappings.
    exports
        Values that other stacks export, by name.
    """

    values: dict[str, Any]
    attributes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    conditions: dict[str, bool] = field(default_factory=dict)
    mappings: Mapping[str, Any] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)

    def value(self, content: Any) -> Any:
        """Return a value of the template, its intrinsic functions computed.

        Raises
        ------
        StackError
            A reference or function cannot be resolved.

        Examples
        --------
        >>> scope = TemplateScope({"A": "a"}, {"Q": {"Arn": "arn:q"}})
        >>> scope.value({"Fn::Join": ["-", [{"Ref": "A"}, {"Fn::GetAtt": ["Q", "Arn"]}]]})
        'a-arn:q'
        >>> scope.value({"Fn::Sub": ["${A}/${Q.Arn}/${B}/${!C}", {"B": "b"}]})
        'a/arn:q/b/${C}'
        """
        if isinstance(content, list):
            items = [self.value(item) for item in content]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(content, dict):
            return content
        if len(content) == 1:
            name, argument = next(iter(content.items()))
            if name in FUNCTIONS:
                return self._computed(name, argument)
            if str(name).startswith("Fn::"):
                message = f"Template error: the function {name} is not simulated."
                raise StackError(message)
        values = {name: self.value(item) for name, item in content.items()}
        return {name: item for name, item in values.items() if item is not NO_VALUE}

    def ref(self, name: str) -> Any:
        """Return what ``Ref`` of a name gives."""
        if name == "AWS::NoValue":
            return NO_VALUE
        if name not in self.values:
            message = (
                f"Template format error: Unresolved resource dependencies [{name}] in the "
                "Resources block of the template"
            )
            raise StackError(message)
        return self.values[name]

    def attribute(self, name: str, attribute: str) -> str:
        """Return an attribute of a resource."""
        if name not in self.attributes:
            message = f"Template error: instance of Fn::GetAtt references undefined resource {name}"
            raise StackError(message)
        known = self.attributes[name]
        if attribute not in known:
            has = ", ".join(sorted(known)) or "none"
            message = (
                f"Template error: resource {name} does not support attribute type {attribute} in "
                f"Fn::GetAtt. Those that are simulated: {has}"
            )
            raise StackError(message)
        return known[attribute]

    def _computed(self, name: str, argument: Any) -> Any:
        try:
            return FUNCTIONS[name](self, argument)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            written = json.dumps(argument, default=str)[:200]
            message = f"Template error: {name} cannot be computed from {written}: {error}"
            raise StackError(message) from error


def _get_att(scope: TemplateScope, argument: Any) -> str:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    return scope.attribute(parts[0], str(scope.value(parts[1])))


def _join(scope: TemplateScope, argument: Any) -> str:
    delimiter, items = argument
    return str(delimiter).join(_text(item) for item in scope.value(items))


def _split(scope: TemplateScope, argument: Any) -> list[str]:
    delimiter, text = argument
    return str(scope.value(text)).split(delimiter)


def _select(scope: TemplateScope, argument: Any) -> Any:
    index, items = scope.value(argument)
    if not 0 <= int(index) < len(items):
        message = f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        raise StackError(message)
    return items[int(index)]


def _sub(scope: TemplateScope, argument: Any) -> str:
    text, given = (argument, {}) if isinstance(argument, str) else argument
    own = {name: scope.value(item) for name, item in given.items()}

    def substitute(name: str) -> str:
        if name in own:
            return _text(own[name])
        first, _, attribute = name.partition(".")
        return _text(scope.attribute(first, attribute) if attribute else scope.ref(first))

    return SUBSTITUTED.sub(lambda match: substitute(match[1].strip()), text).replace("${!", "${")


def _if(scope: TemplateScope, argument: Any) -> Any:
    name, then, otherwise = argument
    if name not in scope.conditions:
        message = f"Template error: unresolved condition dependency {name} in Fn::If"
        raise StackError(message)
    return scope.value(then if scope.conditions[name] else otherwise)


def _find_in_map(scope: TemplateScope, argument: Any) -> Any:
    name, first, second, *more = [scope.value(item) for item in argument]
    found = scope.mappings.get(name, {}).get(str(first), {})
    if str(second) in found:
        return found[str(second)]
    if more:
        return more[0]["DefaultValue"]
    message = f"Template error: Unable to get mapping for {name}::{first}::{second}"
    raise StackError(message)


def _import_value(scope: TemplateScope, argument: Any) -> str:
    name = scope.value(argument)
    if name not in scope.exports:
        message = f"No export named {name} found."
        raise StackError(message)
    return scope.exports[name]


def _cidr(scope: TemplateScope, argument: Any) -> list[str]:
    block, count, *bits = scope.value(argument)
    network = ipaddress.ip_network(block)
    prefix = network.max_prefixlen - int(bits[0] if bits else 8)
    subnets = network.subnets(new_prefix=prefix)
    return [str(next(subnets)) for _ in range(int(count))]


def _base64(scope: TemplateScope, argument: Any) -> str:
    return base64.b64encode(str(scope.value(argument)).encode()).decode()


def _zones(scope: TemplateScope, argument: Any) -> list[str]:
    region = scope.value(argument) or scope.values["AWS::Region"]
    return [f"{region}{letter}" for letter in "abc"]


def _equals(scope: TemplateScope, argument: Any) -> bool:
    first, second = scope.value(argument)
    return _text(first) == _text(second)


def _condition(scope: TemplateScope, argument: Any) -> bool:
    return scope.conditions[argument]


def _text(value: Any) -> str:
    """Return a value as a text joins it: true as JSON writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


FUNCTIONS: Mapping[str, Callable[[TemplateScope, Any], Any]] = {
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": _zones,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Join": _join,
    "Fn::Length": lambda scope, argument: len(scope.value(argument)),
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::Sub": _sub,
    "Fn::ToJsonString": lambda scope, argument: json.dumps(scope.value(argument)),
    "Ref": lambda scope, argument: scope.ref(argument),
}
"""The intrinsic functions of values by name."""

CONDITION_FUNCTIONS: Mapping[str, Callable[[TemplateScope, Any], bool]] = {
    "Condition": _condition,
    "Fn::And": lambda scope, argument: all(decided(scope, item) for item in argument),
    "Fn::Equals": _equals,
    "Fn::Not": lambda scope, argument: not decided(scope, argument[0]),
    "Fn::Or": lambda scope, argument: any(decided(scope, item) for item in argument),
}
"""Those of conditions."""


def decided(scope: TemplateScope, content: Any) -> bool:
    """Return whether a condition of a template is true.

    Examples
    --------
    >>> decided(TemplateScope({"A": "1"}), {"Fn::Not": [{"Fn::Equals": [{"Ref": "A"}, "2"]}]})
    True
    """
    try:
        ((name, argument),) = content.items()
        return bool(CONDITION_FUNCTIONS[name](scope, argument))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        message = f"Template format error: a condition cannot be evaluated: {content}"
        raise StackError(message) from error
