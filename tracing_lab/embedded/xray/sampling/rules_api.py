"""Operations on sampling rules; the rules are kept when the embedded AWS stops.

AWS X-Ray API reference (``SamplingRule``) and Developer Guide, "Configuring sampling rules": the
Default rule is always there, cannot be deleted, and only its rate and reservoir can change.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.xray import undocumented as assumptions
from tracing_lab.embedded.xray.api import requests
from tracing_lab.embedded.xray.api.errors import RuleLimitExceeded
from tracing_lab.embedded.xray.api.paging import page_of
from tracing_lab.embedded.xray.api.records import Change, Records
from tracing_lab.embedded.xray.api.requests import InvalidRequest, Members, Operation
from tracing_lab.embedded.xray.api.tags import read_first_tags, tag_change

from . import rule_members
from .rules import (
    DEFAULT_RULE_NAME,
    RuleBook,
    SamplingRule,
    default_rule,
    rule_from_record,
)

_KIND = "sampling-rule"
_KIND_DELETED = "sampling-rule-deleted"
_DEFAULT_CHANGES = frozenset({"fixed_rate", "reservoir_size", "boost"})


class SamplingRules:
    """Changes the rules in a `RuleBook` and keeps them.

    Parameters
    ----------
    book
        The rules that decisions are made by; filled from `records`.
    records
        Where the rules are kept.
    region, account_id
        For the ARNs.
    clock
        Gives the time in epoch seconds.
    """

    def __init__(
        self,
        book: RuleBook,
        records: Records,
        *,
        region: str,
        account_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._book = book
        self._records = records
        self._region = region
        self._account_id = account_id
        self._clock = clock
        self._lock = threading.Lock()
        self.load()

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by path."""
        return {
            "/GetSamplingRules": self.get_all,
            "/CreateSamplingRule": self.create,
            "/UpdateSamplingRule": self.update,
            "/DeleteSamplingRule": self.delete,
        }

    def load(self) -> None:
        """Fill the book with the rules that were kept; with Default alone if there are none."""
        kept = [rule_from_record(one) for one in self._records.all(_KIND).values()]
        deleted_at_s = self._records.get(_KIND_DELETED, "") or 0.0
        self._book.replace(default_rule(self._region), *kept, deleted_at_s=deleted_at_s)

    def has(self, arn: str) -> bool:
        """Tell whether a rule has this ARN."""
        return any(rule.arn == arn for rule in self._book.rules())

    def get_all(self, members: Members) -> dict[str, Any]:
        """Answer GetSamplingRules, in the order of the names."""
        rules = sorted(self._book.rules(), key=lambda rule: rule.name)
        page, more = page_of(
            rules, members, size=assumptions.LIST_PAGE_SIZE, key=lambda rule: rule.name
        )
        return {"SamplingRuleRecords": [rule.as_record() for rule in page], **more}

    def create(self, members: Members) -> dict[str, Any]:
        """Answer CreateSamplingRule."""
        body = requests.required(requests.structure(members, "SamplingRule"), "SamplingRule")
        values = rule_members.read_new_rule(body)
        tags = read_first_tags(members)
        now_s = self._clock()
        arn = f"arn:aws:xray:{self._region}:{self._account_id}:sampling-rule/{values['name']}"
        rule = SamplingRule(arn=arn, created_at_s=now_s, modified_at_s=now_s, **values)
        with self._lock:
            self._refuse_new(rule.name)
            self._keep(rule, tag_change(arn, tags))
        return {"SamplingRuleRecord": rule.as_record()}

    def update(self, members: Members) -> dict[str, Any]:
        """Answer UpdateSamplingRule: what is not given stays."""
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
        """Answer DeleteSamplingRule."""
        with self._lock:
            rule = self._named(members)
            if rule.name == DEFAULT_RULE_NAME:
                requests.refuse("RuleName", "another rule than Default, which cannot be deleted")
            now_s = self._clock()
            self._records.write(
                Change(_KIND, rule.name, None),
                Change(_KIND_DELETED, "", now_s),
                tag_change(rule.arn, {}),
            )
            self._book.delete(rule.name, at_s=now_s)
        return {"SamplingRuleRecord": rule.as_record()}

    def _keep(self, rule: SamplingRule, *more: Change) -> None:
        self._records.write(Change(_KIND, rule.name, rule.as_record()), *more)
        self._book.put(rule)

    def _refuse_new(self, name: str) -> None:
        if self._book.get(name) is not None:
            msg = f"RuleName: there is a sampling rule named {name} already. Update or delete it."
            raise InvalidRequest(msg)
        custom = sum(rule.name != DEFAULT_RULE_NAME for rule in self._book.rules())
        if custom >= assumptions.MAX_SAMPLING_RULES:
            msg = (
                f"SamplingRule: there are {custom} sampling rules, no more are possible. "
                "Delete one first."
            )
            raise RuleLimitExceeded(msg)

    def _named(self, members: Members) -> SamplingRule:
        """Give the rule that ``RuleName`` or ``RuleARN`` names."""
        requests.only_one(members, "RuleName", "RuleARN")
        name = requests.text(members, "RuleName", longest=rule_members.MAX_RULE_NAME)
        arn = requests.text(members, "RuleARN", longest=rule_members.MAX_RULE_ARN)
        for rule in self._book.rules():
            if name == rule.name or arn == rule.arn:
                return rule
        msg = f"{'RuleName' if name else 'RuleARN'}: there is no sampling rule {name or arn}."
        raise InvalidRequest(msg)
