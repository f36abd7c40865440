"""Turns properties of a template into members of a call, by botocore's model of the operation.

Templates may write numbers and booleans as texts and documents as objects; calls may not. API
Gateway, CloudWatch Logs and others begin members with a small letter, templates never do.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tracing_lab.embedded.protocol.service_models import operation_model

_TRUE = {"true": True, "false": False}


def shaped(service: str, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return those properties that an operation has members for, with the types of these.

    Examples
    --------
    >>> shaped("lambda", "CreateFunction", {"FunctionName": "f", "Timeout": "3", "Other": 1})
    {'FunctionName': 'f', 'Timeout': 3}
    >>> shaped("logs", "CreateLogGroup", {"LogGroupName": "g"})
    {'logGroupName': 'g'}
    >>> shaped("events", "PutRule", {"Name": "r", "EventPattern": {"source": ["a"]}})
    {'Name': 'r', 'EventPattern': '{"source": ["a"]}'}
    """
    shape = operation_model(service, operation).input_shape
    return {} if shape is None else _members(shape, properties)


@lru_cache(maxsize=512)
def property_names(service: str, operation: str) -> frozenset[str]:
    """Return the names that an operation's members have as properties of a template.

    Examples
    --------
    >>> sorted(property_names("logs", "PutRetentionPolicy"))
    ['LogGroupName', 'RetentionInDays']
    """
    shape = operation_model(service, operation).input_shape
    names = shape.members if shape is not None else {}
    return frozenset(name[0].upper() + name[1:] for name in names)


def tag_map(properties: Mapping[str, Any]) -> dict[str, str]:
    """Return the property ``Tags`` as most calls write tags.

    Examples
    --------
    >>> tag_map({"Tags": [{"Key": "a", "Value": 1}]}), tag_map({})
    ({'a': '1'}, {})
    """
    tags = properties.get("Tags") or []
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in tags}


def text(value: Any) -> str:
    """Return a property as text: JSON if it is an object or list.

    Examples
    --------
    >>> text({"a": 1}), text(True), text(3), text("x")
    ('{"a": 1}', 'true', '3', 'x')
    """
    return value if isinstance(value, str) else json.dumps(value)


def _members(shape: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    by_name = {name.lower(): (name, member) for name, member in shape.members.items()}
    found = {}
    for key, value in properties.items():
        if key.lower() in by_name:
            name, member = by_name[key.lower()]
            found[name] = _value(member, value)
    return found


def _value(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return _members(shape, value)
    if kind == "map":
        return _map(shape, value)
    if kind == "list":
        items = value if isinstance(value, list) else [value]
        return [_value(shape.member, item) for item in items]
    return _scalar(kind, value)


def _map(shape: Any, value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        value = {item["Key"]: item.get("Value", "") for item in value if "Key" in item}
    if not isinstance(value, Mapping):
        return value
    return {str(key): _value(shape.value, item) for key, item in value.items()}


def _scalar(kind: str, value: Any) -> Any:
    """Return a value as a type of botocore's; what cannot be is left, and rejected by the call."""
    if kind == "string":
        return text(value)
    if kind == "boolean" and isinstance(value, str):
        return _TRUE.get(value.lower(), value)
    if kind == "blob":
        return value if isinstance(value, bytes) else text(value).encode()
    try:
        if kind in {"integer", "long"} and not isinstance(value, bool):
            return int(value)
        if kind in {"float", "double"} and not isinstance(value, bool):
            return float(value)
    except (TypeError, ValueError):
        pass
    return value
