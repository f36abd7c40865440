"""Sampling rules (``SamplingRule`` of the API) and how they match requests."""

import fnmatch
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from tracing_lab.arns import Arn

DEFAULT_RULE_NAME = "Default"
_DEFAULT_PRIORITY = 10_000


@dataclass(frozen=True, kw_only=True)
class SamplingRequest:
    """The properties of a request at its entry point; empty values match any pattern."""

    service_name: str = ""
    service_type: str = ""
    host: str = ""
    method: str = ""
    path: str = ""
    resource_arn: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SamplingRule:
    """One sampling rule.

    Parameters
    ----------
    name, arn
        The rule's name and ARN.
    priority
        Rules are evaluated from the lowest number on, ties by name.
    fixed_rate
        Share of requests to sample after the reservoir, 0 to 1.
    reservoir_size
        Requests per second to sample first.
    service_name, service_type, host, method, path, resource_arn, attributes
        Patterns with ``*`` and ``?``, ignoring case.
    boost
        The ``SamplingRateBoost``; stored only, the embedded AWS never boosts a rate.
    created_at_s, modified_at_s
        Epoch seconds.
    """

    name: str
    arn: str
    priority: int
    fixed_rate: float
    reservoir_size: int
    service_name: str = "*"
    service_type: str = "*"
    host: str = "*"
    method: str = "*"
    path: str = "*"
    resource_arn: str = "*"
    attributes: Mapping[str, str] = field(default_factory=dict)
    boost: Mapping[str, float] | None = None
    created_at_s: float = 0.0
    modified_at_s: float = 0.0

    def matches(self, request: SamplingRequest) -> bool:
        """Return whether the rule applies to a request."""
        members = (
            (self.service_name, request.service_name),
            (self.service_type, request.service_type),
            (self.host, request.host),
            (self.method, request.method),
            (self.path, request.path),
            (self.resource_arn, request.resource_arn),
        )
        if not all(matches_pattern(pattern, value) for pattern, value in members):
            return False
        if not self.attributes:
            return True
        known = {key.lower(): value for key, value in request.attributes.items()}  # headers
        return all(
            key.lower() in known and matches_pattern(pattern, known[key.lower()])
            for key, pattern in self.attributes.items()
        )

    def as_record(self) -> dict[str, Any]:
        """Return the ``SamplingRuleRecord``."""
        rule: dict[str, Any] = {
            "RuleName": self.name,
            "RuleARN": self.arn,
            "ResourceARN": self.resource_arn,
            "Priority": self.priority,
            "FixedRate": self.fixed_rate,
            "ReservoirSize": self.reservoir_size,
            "ServiceName": self.service_name,
            "ServiceType": self.service_type,
            "Host": self.host,
            "HTTPMethod": self.method,
            "URLPath": self.path,
            "Version": 1,
            "Attributes": dict(self.attributes),
        }
        if self.boost is not None:
            rule["SamplingRateBoost"] = dict(self.boost)
        return {
            "SamplingRule": rule,
            "CreatedAt": self.created_at_s,
            "ModifiedAt": self.modified_at_s,
        }


def rule_from_record(record: Mapping[str, Any]) -> SamplingRule:
    """Return the rule of a ``SamplingRuleRecord``.

    Examples
    --------
    >>> rule_from_record(default_rule("us-east-1").as_record()) == default_rule("us-east-1")
    True
    """
    rule = record["SamplingRule"]
    return SamplingRule(
        name=rule["RuleName"],
        arn=rule["RuleARN"],
        resource_arn=rule["ResourceARN"],
        priority=rule["Priority"],
        fixed_rate=rule["FixedRate"],
        reservoir_size=rule["ReservoirSize"],
        service_name=rule["ServiceName"],
        service_type=rule["ServiceType"],
        host=rule["Host"],
        method=rule["HTTPMethod"],
        path=rule["URLPath"],
        attributes=rule["Attributes"],
        boost=rule.get("SamplingRateBoost"),
        created_at_s=record["CreatedAt"],
        modified_at_s=record["ModifiedAt"],
    )


def default_rule(region: str) -> SamplingRule:
    """Return the rule Default: one request per second and 5 % of the others."""
    return SamplingRule(
        name=DEFAULT_RULE_NAME,
        arn=str(Arn("xray", region, "", f"sampling-rule/{DEFAULT_RULE_NAME}")),
        priority=_DEFAULT_PRIORITY,
        fixed_rate=0.05,
        reservoir_size=1,
    )


def matches_pattern(pattern: str, value: str) -> bool:
    """Return whether a value matches ``*`` (any characters) and ``?`` (one), ignoring case.

    Examples
    --------
    >>> matches_pattern("/orders/*", "/Orders/7"), matches_pattern("a?c", "ac")
    (True, False)
    """
    return pattern == "*" or not value or _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> re.Pattern[str]:
    # fnmatch's expressions take linear time; the only thing it knows beyond * and ? is [
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")), re.IGNORECASE)


class RuleSet:
    """The rules in order of evaluation. Thread-safe."""

    def __init__(self, *rules: SamplingRule) -> None:
        self._lock = threading.Lock()
        self._rules = {rule.name: rule for rule in rules}
        self._ordered = self._sorted()
        self._deleted_at_s = 0.0

    def rules(self) -> tuple[SamplingRule, ...]:
        """Return all rules in order of evaluation."""
        return self._ordered

    def get(self, name: str) -> SamplingRule | None:
        """Return a rule by name."""
        return self._rules.get(name)

    def put(self, rule: SamplingRule) -> None:
        """Add a rule or replace the one of the same name."""
        with self._lock:
            self._rules[rule.name] = rule
            self._ordered = self._sorted()

    def delete(self, name: str, *, at_s: float = 0.0) -> None:
        """Delete a rule; unknown names are ignored.

        Parameters
        ----------
        name
            The rule.
        at_s
            When it is deleted, epoch seconds.
        """
        with self._lock:
            self._rules.pop(name, None)
            self._deleted_at_s = max(self._deleted_at_s, at_s)
            self._ordered = self._sorted()

    def replace(self, *rules: SamplingRule, deleted_at_s: float = 0.0) -> None:
        """Replace all rules.

        Parameters
        ----------
        rules
            The new rules.
        deleted_at_s
            When a rule was last deleted, epoch seconds.
        """
        with self._lock:
            self._rules = {rule.name: rule for rule in rules}
            self._deleted_at_s = deleted_at_s
            self._ordered = self._sorted()

    def last_modified_s(self) -> float:
        """Return the time of the newest change, epoch seconds."""
        newest_s = max((rule.modified_at_s for rule in self._ordered), default=0.0)
        return max(newest_s, self._deleted_at_s)

    def _sorted(self) -> tuple[SamplingRule, ...]:
        return tuple(sorted(self._rules.values(), key=lambda rule: (rule.priority, rule.name)))
