"""Parses the ``SamplingRule`` and ``SamplingRuleUpdate`` structures of requests."""

from collections.abc import Mapping
from typing import Any

from . import requests
from .requests import Members

MAX_RULE_NAME = 32
MAX_RULE_ARN = 500

_PATTERNS: Mapping[str, tuple[str, int]] = {
    "ResourceARN": ("resource_arn", 500),
    "ServiceName": ("service_name", 64),
    "ServiceType": ("service_type", 64),
    "Host": ("host", 64),
    "HTTPMethod": ("method", 10),
    "URLPath": ("path", 128),
}
"""Field of SamplingRule and greatest length of the members that are patterns."""
_NUMBERS = ("Priority", "FixedRate", "ReservoirSize")
_LAST_PRIORITY = 9999
_VERSION = 1
_MAX_ATTRIBUTES = 5
_MAX_ATTRIBUTE = 32


def read_new_rule(members: Members) -> dict[str, Any]:
    """Return the fields of a new `SamplingRule`, with all that AWS requires.

    Raises
    ------
    InvalidRequest
        If a member is missing or wrong.
    """
    if members.get("RuleARN") is not None:
        msg = "RuleARN: name a new rule by RuleName; its ARN follows from the name."
        raise requests.InvalidRequest(msg)
    name = requests.required(
        requests.text(members, "RuleName", longest=MAX_RULE_NAME), "SamplingRule.RuleName"
    )
    for member in (*_PATTERNS, *_NUMBERS, "Version"):
        requests.required(members.get(member), f"SamplingRule.{member}")
    if requests.integer(members, "Version") != _VERSION:
        requests.reject("Version", str(_VERSION))
    return {"name": name, **read_changes(members)}


def read_changes(members: Members) -> dict[str, Any]:
    """Return the changed fields of a `SamplingRule`.

    Examples
    --------
    >>> read_changes({"FixedRate": 0.5, "Host": "*.example.com"})
    {'fixed_rate': 0.5, 'host': '*.example.com'}
    """
    values: dict[str, Any] = {
        "priority": requests.integer(members, "Priority", least=1, most=_LAST_PRIORITY),
        "fixed_rate": requests.number(members, "FixedRate", least=0, most=1),
        "reservoir_size": requests.integer(members, "ReservoirSize"),
        "attributes": _attributes(members),
        "boost": _boost(members),
    }
    for member, (field, longest) in _PATTERNS.items():
        values[field] = requests.text(members, member, longest=longest)
    return {field: value for field, value in values.items() if value is not None}


def _attributes(members: Members) -> dict[str, str] | None:
    attributes = requests.structure(members, "Attributes")
    if attributes is None:
        return None
    if len(attributes) > _MAX_ATTRIBUTES:
        requests.reject("Attributes", f"an object of at most {_MAX_ATTRIBUTES} members")
    for value in (*attributes, *attributes.values()):
        if not isinstance(value, str) or not 0 < len(value) <= _MAX_ATTRIBUTE:
            requests.reject(
                "Attributes", f"an object of strings of 1 to {_MAX_ATTRIBUTE} characters"
            )
    return attributes


def _boost(members: Members) -> dict[str, float] | None:
    boost = requests.structure(members, "SamplingRateBoost")
    if boost is None:
        return None
    rate = requests.number(boost, "MaxRate", least=0, most=1)
    window_min = requests.integer(boost, "CooldownWindowMinutes")
    return {
        "MaxRate": requests.required(rate, "SamplingRateBoost.MaxRate"),
        "CooldownWindowMinutes": requests.required(
            window_min, "SamplingRateBoost.CooldownWindowMinutes"
        ),
    }
