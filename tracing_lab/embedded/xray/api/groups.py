"""Groups: named filter expressions, persistent over restarts.

AWS X-Ray Developer Guide, "Configuring groups", and the API reference (``Group``). The group
Default always exists: it has all traces, cannot be deleted, and has no filter of its own.

On AWS a changed filter applies to traces that arrive afterwards. Here it is evaluated on reading,
so that it applies to all traces and ``ContainsOldGroupVersions`` is never true.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tracing_lab.arns import Arn
from tracing_lab.embedded.xray import undocumented
from tracing_lab.filters import FilterExpression
from tracing_lab.filters.syntax import And

from . import requests
from .expressions import parse_member
from .paging import page_of
from .records import RecordChange, Records
from .requests import InvalidRequest, Members, Operation
from .tags import read_first_tags, tag_change

DEFAULT_GROUP_NAME = "Default"
MAX_GROUP_NAME = 32
MAX_GROUP_ARN = 400
EVERY_TRACE: FilterExpression = And(())
_KIND = "group"
_INSIGHTS_MEMBERS = ("InsightsEnabled", "NotificationsEnabled")


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group.

    Parameters
    ----------
    name, arn
        The group's name and ARN.
    filter_expression
        The condition on its traces; empty for all traces.
    insights_enabled, notifications_enabled
        The ``InsightsConfiguration``.
    """

    name: str
    arn: str
    filter_expression: str = ""
    insights_enabled: bool = False
    notifications_enabled: bool = False

    def expression(self) -> FilterExpression:
        """Return the parsed filter expression; an empty one matches all traces."""
        if not self.filter_expression:
            return EVERY_TRACE
        return parse_member(self.filter_expression, f"FilterExpression of the group {self.name}")

    def as_member(self) -> dict[str, Any]:
        """Return the ``Group`` structure."""
        group: dict[str, Any] = {"GroupName": self.name, "GroupARN": self.arn}
        if self.filter_expression:
            group["FilterExpression"] = self.filter_expression
        group["InsightsConfiguration"] = {
            "InsightsEnabled": self.insights_enabled,
            "NotificationsEnabled": self.notifications_enabled,
        }
        return group


class Groups:
    """Creates, updates, finds and deletes groups. Thread-safe."""

    def __init__(self, records: Records, *, region: str, account_id: str) -> None:
        self._records = records
        self._arn_prefix = str(Arn("xray", region, account_id, "group/"))
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateGroup": self.create,
            "UpdateGroup": self.update,
            "DeleteGroup": self.delete,
            "GetGroup": self.get,
            "GetGroups": self.get_all,
        }

    def has(self, arn: str) -> bool:
        """Return whether a group has this ARN."""
        return any(group.arn == arn for group in self._all())

    def requested(self, members: Members) -> Group:
        """Return the group that a request names; Default if it names none.

        Raises
        ------
        InvalidRequest
            If there is no such group.
        """
        if members.get("GroupName") is None and members.get("GroupARN") is None:
            return self._default()
        return self._named(members)

    def expression(self, name_or_arn: str) -> FilterExpression | None:
        """Return the expression of a group by name or ARN; None if there is no such group."""
        for group in self._all():
            if name_or_arn in (group.name, group.arn):
                return group.expression()
        return None

    def create(self, members: Members) -> dict[str, Any]:
        """Respond to CreateGroup."""
        name = requests.text(members, "GroupName", longest=MAX_GROUP_NAME)
        name = requests.required(name, "GroupName")
        arn = f"{self._arn_prefix}{name}/{secrets.token_hex(16).upper()}"
        group = replace(Group(name=name, arn=arn), **self._read_changes(members))
        tags = read_first_tags(members)
        with self._lock:
            self._check_new(name)
            self._records.write(_kept(group), tag_change(arn, tags))
        return {"Group": group.as_member()}

    def update(self, members: Members) -> dict[str, Any]:
        """Respond to UpdateGroup; absent members stay as they are."""
        changes = self._read_changes(members)
        with self._lock:
            before = self._named(members)
            if before.name == DEFAULT_GROUP_NAME and changes.get("filter_expression"):
                requests.reject("FilterExpression", "absent for the group Default")
            group = replace(before, **changes)
            self._records.write(_kept(group))
        return {"Group": group.as_member()}

    def delete(self, members: Members) -> dict[str, Any]:
        """Respond to DeleteGroup."""
        with self._lock:
            group = self._named(members)
            if group.name == DEFAULT_GROUP_NAME:
                requests.reject("GroupName", "another group than Default, which cannot be deleted")
            self._records.write(RecordChange(_KIND, group.name, None), tag_change(group.arn, {}))
        return {}

    def get(self, members: Members) -> dict[str, Any]:
        """Respond to GetGroup."""
        return {"Group": self._named(members).as_member()}

    def get_all(self, members: Members) -> dict[str, Any]:
        """Respond to GetGroups, in the order of the names."""
        groups = sorted(self._all(), key=lambda group: group.name)
        page, more = page_of(
            groups, members, size=undocumented.LIST_PAGE_SIZE, key=lambda group: group.name
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
                requests.reject("FilterExpression", "a string")
            if expression.strip():
                parse_member(expression, "FilterExpression")
            changes["filter_expression"] = expression.strip()
        settings = requests.structure(members, "InsightsConfiguration")
        if settings is not None:
            enabled, notify = (requests.boolean(settings, name) for name in _INSIGHTS_MEMBERS)
            if notify and not enabled:
                requests.reject("NotificationsEnabled", "false while InsightsEnabled is")
            changes |= {"insights_enabled": enabled, "notifications_enabled": notify}
        return changes

    def _check_new(self, name: str) -> None:
        custom = {group.name for group in self._all()} - {DEFAULT_GROUP_NAME}
        if name == DEFAULT_GROUP_NAME or name in custom:
            msg = f"GroupName: there is a group named {name} already. Update or delete it."
            raise InvalidRequest(msg)
        if len(custom) >= undocumented.MAX_GROUPS:
            msg = f"There are {len(custom)} groups, which is the limit. Delete one first."
            raise InvalidRequest(msg)

    def _named(self, members: Members) -> Group:
        """Return the group that ``GroupName`` or ``GroupARN`` names."""
        requests.only_one(members, "GroupName", "GroupARN")
        name = requests.text(members, "GroupName", longest=MAX_GROUP_NAME)
        arn = requests.text(members, "GroupARN", longest=MAX_GROUP_ARN)
        for group in self._all():
            if name == group.name or arn == group.arn:
                return group
        msg = f"{'GroupName' if name else 'GroupARN'}: there is no group {name or arn}."
        raise InvalidRequest(msg)


def _kept(group: Group) -> RecordChange:
    return RecordChange(_KIND, group.name, group.as_member())


def _group(member: Mapping[str, Any]) -> Group:
    enabled, notify = (member["InsightsConfiguration"][name] for name in _INSIGHTS_MEMBERS)
    return Group(
        name=member["GroupName"],
        arn=member["GroupARN"],
        filter_expression=member.get("FilterExpression", ""),
        insights_enabled=enabled,
        notifications_enabled=notify,
    )
