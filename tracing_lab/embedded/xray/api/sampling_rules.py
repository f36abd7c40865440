"""Operations on sampling rules, which persist over restarts.

AWS X-Ray API reference (``SamplingRule``) and Developer Guide, "Configuring sampling rules": the
Default rule always exists, cannot be deleted, and only its rate and reservoir can change.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.arns import Arn
from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.sampling.rules import (
    DEFAULT_RULE_NAME,
    RuleSet,
    SamplingRule,
    default_rule,
    rule_from_record,
)

from . import requests, rule_members
from .errors import RuleLimitExceeded
from .paging import page_of
from .records import RecordChange, Records
from .requests import InvalidRequest, Members, Operation
from .tags import read_first_tags, tag_change

_KIND = "sampling-rule"
_KIND_DELETED = "sampling-rule-deleted"
_DEFAULT_CHANGES = frozenset({"fixed_rate", "reservoir_size", "boost"})


class SamplingRules:
    """Changes and stores the rules of a `RuleSet`.

    Parameters
    ----------
    rule_set
        The active rules; filled from `records`.
    records
        Stores the rules.
    region, account_id
        For the ARNs.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(
        self,
        rule_set: RuleSet,
        records: Records,
        *,
        region: str,
        account_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._rule_set = rule_set
        self._records = records
        self._region = region
        self._account_id = account_id
        self._clock = clock
        self._lock = threading.Lock()
        self.load()

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "GetSamplingRules": self.get_all,
            "CreateSamplingRule": self.create,
            "UpdateSamplingRule": self.update,
            "DeleteSamplingRule": self.delete,
        }

    def load(self) -> None:
        """Fill the set with the stored rules; with Default alone if there are none."""
        kept = [rule_from_record(record) for record in self._records.all(_KIND).values()]
        deleted_at_s = self._records.get(_KIND_DELETED, "") or 0.0
        self._rule_set.replace(default_rule(self._region), *kept, deleted_at_s=deleted_at_s)

    def has(self, arn: str) -> bool:
        """Return whether a rule has this ARN."""
        return any(rule.arn == arn for rule in self._rule_set.rules())

    def get_all(self, members: Members) -> dict[str, Any]:
        """Respond to GetSamplingRules, in the order of the names."""
        rules = sorted(self._rule_set.rules(), key=lambda rule: rule.name)
        page, more = page_of(
            rules, members, size=undocumented.LIST_PAGE_SIZE, key=lambda rule: rule.name
        )
        return {"SamplingRuleRecords": [rule.as_record() for rule in page], **more}

    def create(self, members: Members) -> dict[str, Any]:
        """Respond to CreateSamplingRule."""
        body = requests.required(requests.structure(members, "SamplingRule"), "SamplingRule")
        values = rule_members.read_new_rule(body)
        tags = read_first_tags(members)
        now_s = self._clock()
        resource = f"sampling-rule/{values['name']}"
        arn = str(Arn("xray", self._region, self._account_id, resource))
        rule = SamplingRule(arn=arn, created_at_s=now_s, modified_at_s=now_s, **values)
        with self._lock:
            self._check_new(rule.name)
            self._keep(rule, tag_change(arn, tags))
        return {"SamplingRuleRecord": rule.as_record()}

    def update(self, members: Members) -> dict[str, Any]:
        """Respond to UpdateSamplingRule; absent members stay as they are."""
        name = "SamplingRuleUpdate"
        body = requests.required(requests.structure(members, name), name)
        changes = rule_members.read_changes(body)
        with self._lock:
            before = self._named(body)
            changed = {key for key, value in changes.items() if getattr(before, key) != value}
            if before.name == DEFAULT_RULE_NAME and not changed <= _DEFAULT_CHANGES:
                msg = (
                    "SamplingRuleUpdate: only FixedRate and ReservoirSize of the Default rule "
                    "can change."
                )
                raise InvalidRequest(msg)
            rule = replace(before, modified_at_s=self._clock(), **changes)
            self._keep(rule)
        return {"SamplingRuleRecord": rule.as_record()}

    def delete(self, members: Members) -> dict[str, Any]:
        """Respond to DeleteSamplingRule."""
        with self._lock:
            rule = self._named(members)
            if rule.name == DEFAULT_RULE_NAME:
                requests.reject("RuleName", "another rule than Default, which cannot be deleted")
            now_s = self._clock()
            self._records.write(
                RecordChange(_KIND, rule.name, None),
                RecordChange(_KIND_DELETED, "", now_s),
                tag_change(rule.arn, {}),
            )
            self._rule_set.delete(rule.name, at_s=now_s)
        return {"SamplingRuleRecord": rule.as_record()}

    def _keep(self, rule: SamplingRule, *more: RecordChange) -> None:
        self._records.write(RecordChange(_KIND, rule.name, rule.as_record()), *more)
        self._rule_set.put(rule)

    def _check_new(self, name: str) -> None:
        if self._rule_set.get(name) is not None:
            msg = f"RuleName: there is a sampling rule named {name} already. Update or delete it."
            raise InvalidRequest(msg)
        custom = sum(rule.name != DEFAULT_RULE_NAME for rule in self._rule_set.rules())
        if custom >= undocumented.MAX_SAMPLING_RULES:
            msg = (
                f"SamplingRule: there are {custom} sampling rules, no more are possible. "
                "Delete one first."
            )
            raise RuleLimitExceeded(msg)

    def _named(self, members: Members) -> SamplingRule:
        """Return the rule that ``RuleName`` or ``RuleARN`` names."""
        requests.only_one(members, "RuleName", "RuleARN")
        name = requests.text(members, "RuleName", longest=rule_members.MAX_RULE_NAME)
        arn = requests.text(members, "RuleARN", longest=rule_members.MAX_RULE_ARN)
        for rule in self._rule_set.rules():
            if name == rule.name or arn == rule.arn:
                return rule
        msg = f"{'RuleName' if name else 'RuleARN'}: there is no sampling rule {name or arn}."
        raise InvalidRequest(msg)
