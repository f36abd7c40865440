"""Groups: names for filter expressions; kept when the embedded AWS stops.

AWS X-Ray Developer Guide, "Configuring groups", and the API reference (``Group``). The group
Default is always there: it has all traces, cannot be deleted, and has no filter of its own.

On AWS a changed filter holds for traces that arrive afterwards. Here it is evaluated whenever
traces are read, so it holds for all of them and ``ContainsOldGroupVersions`` is never true.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracing_lab.embedded.xray import undocumented as assumptions
from tracing_lab.filters import Expression
from tracing_lab.filters.syntax import And

from . import requests
from .expressions import parse_member
from .paging import page_of
from .records import Change, Records
from .requests import InvalidRequest, Members, Operation
from .tags import read_first_tags, tag_change

DEFAULT_GROUP_NAME = "Default"
MAX_GROUP_NAME = 32
MAX_GROUP_ARN = 400
EVERY_TRACE: Expression = And(())
_KIND = "group"
_INSIGHTS_MEMBERS = ("InsightsEnabled", "NotificationsEnabled")


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group.

    Parameters
    ----------
    name, arn
        What the group is called.
    filter_expression
        Which traces belong to it; empty for all of them.
    insights_enabled, notifications_enabled
        The ``InsightsConfiguration``.
    """

    name: str
    arn: str
    filter_expression: str = ""
    insights_enabled: bool = False
    notifications_enabled: bool = False

    def expression(self) -> Expression:
        """Give the expression that holds for its traces; an empty one holds for all."""
        if not self.filter_expression:
            return EVERY_TRACE
        return parse_member(self.filter_expression, f"FilterExpression of the group {self.name}")

    def as_member(self) -> dict[str, Any]:
        """Give the ``Group`` structure."""
        group: dict[str, Any] = {"GroupName": self.name, "GroupARN": self.arn}
        if self.filter_expression:
            group["FilterExpression"] = self.filter_expression
        group["InsightsConfiguration"] = {
            "InsightsEnabled": self.insights_enabled,
            "NotificationsEnabled": self.notifications_enabled,
        }
        return group


class Groups:
    """Makes, changes, finds and deletes groups. Safe to use from several threads.

    Parameters
    ----------
    records
        Where they are kept.
    region, account_id
        For the ARNs.
    """

    def __init__(self, records: Records, *, region: str, account_id: str) -> None:
        self._records = records
        self._arn_prefix = f"arn:aws:xray:{region}:{account_id}:group/"
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by path."""
        return {
            "/CreateGroup": self.create,
            "/UpdateGroup": self.update,
            "/DeleteGroup": self.delete,
            "/GetGroup": self.get,
            "/Groups": self.get_all,
        }

    def has(self, arn: str) -> bool:
        """Tell whether a group has this ARN."""
        return any(group.arn == arn for group in self._all())

    def asked_for(self, members: Members) -> Group:
        """Give the group of a request that may name one; Default if it names none.

        Raises
        ------
        InvalidRequest
            If there is no such group.
        """
        if members.get("GroupName") is None and members.get("GroupARN") is None:
            return self._default()
        return self._named(members)

    def expression(self, name_or_arn: str) -> Expression | None:
        """Give what a filter expression that names a group means by it; None if there is none."""
        for group in self._all():
            if name_or_arn in (group.name, group.arn):
                return group.expression()
        return None

    def create(self, members: Members) -> dict[str, Any]:
        """Answer CreateGroup."""
        name = requests.text(members, "GroupName", longest=MAX_GROUP_NAME)
        name = requests.required(name, "GroupName")
        arn = f"{self._arn_prefix}{name}/{secrets.token_hex(16).upper()}"
        group = replace(Group(name=name, arn=arn), **self._read_changes(members))
        tags = read_first_tags(members)
        with self._lock:
            self._refuse_new(name)
            self._records.write(_kept(group), tag_change(arn, tags))
        return {"Group": group.as_member()}

    def update(self, members: Members) -> dict[str, Any]:
        """Answer UpdateGroup: what is not given stays."""
        changes = self._read_changes(members)
        with self._lock:
            before = self._named(members)
            if before.name == DEFAULT_GROUP_NAME and changes.get("filter_expression"):
                requests.refuse("FilterExpression", "absent for the group Default")
            group = replace(before, **changes)
            self._records.write(_kept(group))
        return {"Group": group.as_member()}

    def delete(self, members: Members) -> dict[str, Any]:
        """Answer DeleteGroup."""
        with self._lock:
            group = self._named(members)
            if group.name == DEFAULT_GROUP_NAME:
                requests.refuse("GroupName", "another group than Default, which cannot be deleted")
            self._records.write(Change(_KIND, group.name, None), tag_change(group.arn, {}))
        return {}

    def get(self, members: Members) -> dict[str, Any]:
        """Answer GetGroup."""
        return {"Group": self._named(members).as_member()}

    def get_all(self, members: Members) -> dict[str, Any]:
        """Answer GetGroups, in the order of the names."""
        groups = sorted(self._all(), key=lambda group: group.name)
        page, more = page_of(
            groups, members, size=assumptions.LIST_PAGE_SIZE, key=lambda group: group.name
        )
        return {"Groups": [group.as_member() for group in page], **more}

    def _all(self) -> list[Group]:
        kept = {name: _group(member) for name, member in self._records.all(_KIND).items()}
        kept.setdefault(DEFAULT_GROUP_NAME, self._default())
        return list(kept.values())

    def _default(self) -> Group:
        kept = self._records.get(_KIND, DEFAULT_GROUP_NAME)
        arn = self._arn_prefix + DEFAULT_GROUP_NAME
        return Group(name=DEFAULT_GROUP_NAME, arn=arn) if kept is None else _group(kept)

    def _read_changes(self, members: Members) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        expression = members.get("FilterExpression")
        if expression is not None:
            if not isinstance(expression, str):
                requests.refuse("FilterExpression", "a string")
            if expression.strip():
                parse_member(expression, "FilterExpression")
            changes["filter_expression"] = expression.strip()
        settings = requests.structure(members, "InsightsConfiguration")
        if settings is not None:
            enabled, notify = (requests.boolean(settings, name) for name in _INSIGHTS_MEMBERS)
            if notify and not enabled:
                requests.refuse("NotificationsEnabled", "false while InsightsEnabled is")
            changes |= {"insights_enabled": enabled, "notifications_enabled": notify}
        return changes

    def _refuse_new(self, name: str) -> None:
        custom = {group.name for group in self._all()} - {DEFAULT_GROUP_NAME}
        if name == DEFAULT_GROUP_NAME or name in custom:
            msg = f"GroupName: there is a group named {name} already. Update or delete it."
            raise InvalidRequest(msg)
        if len(custom) >= assumptions.MAX_GROUPS:
            msg = f"There are {len(custom)} groups, no more are possible. Delete one first."
            raise InvalidRequest(msg)

    def _named(self, members: Members) -> Group:
        """Give the group that ``GroupName`` or ``GroupARN`` names."""
        requests.only_one(members, "GroupName", "GroupARN")
        name = requests.text(members, "GroupName", longest=MAX_GROUP_NAME)
        arn = requests.text(members, "GroupARN", longest=MAX_GROUP_ARN)
        for group in self._all():
            if name == group.name or arn == group.arn:
                return group
        msg = f"{'GroupName' if name else 'GroupARN'}: there is no group {name or arn}."
        raise InvalidRequest(msg)


def _kept(group: Group) -> Change:
    return Change(_KIND, group.name, group.as_member())


def _group(member: Mapping[str, Any]) -> Group:
    enabled, notify = (member["InsightsConfiguration"][name] for name in _INSIGHTS_MEMBERS)
    return Group(
        name=member["GroupName"],
        arn=member["GroupARN"],
        filter_expression=member.get("FilterExpression", ""),
        insights_enabled=enabled,
        notifications_enabled=notify,
    )
