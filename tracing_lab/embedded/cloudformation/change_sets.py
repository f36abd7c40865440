"""Change sets: deployments that are looked at before they happen."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

from tracing_lab.embedded.protocol.errors import ApiError
from tracing_lab.embedded.protocol.outgoing import ServiceCaller

from .errors import already_exists, validation_error
from .planning import planned_changes
from .records import Stack
from .requests import STACK_NAME, Reader, Wanted, check_types
from .store import StackStore
from .template.parameters import shown_parameters
from .updates import check_updatable, is_unchanged

Members = Mapping[str, Any]
Json = dict[str, Any]

_KEPT = frozenset({"DisableRollback", "NotificationARNs", "OnStackFailure", "Tags"})
_NOT_FOUND, _NOT_NOW = "ChangeSetNotFound", "InvalidChangeSetStatus"
_NO_CHANGE = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)


class ChangeSets:
    """The change sets of stacks.

    Parameters
    ----------
    store
        The stacks.
    reader
        Reads what a call wants to deploy.
    new_stack
        Makes the record of a stack that does not exist yet.
    """

    def __init__(
        self,
        store: StackStore,
        reader: Reader,
        new_stack: Callable[[str, str, Members], Stack],
    ) -> None:
        self._store = store
        self._reader = reader
        self._new_stack = new_stack
        self.operations: Mapping[str, Callable[[ServiceCaller, Members], Awaitable[Json]]] = {
            "CreateChangeSet": self._create,
            "DeleteChangeSet": self._delete,
            "DescribeChangeSet": self._describe,
            "ListChangeSets": self._list,
        }

    async def wanted(self, call: ServiceCaller, stack: Stack, change_set: Json) -> Wanted:
        """Return what a change set deploys, with the resources as they are now."""
        check_types(change_set["template"], stack)
        document = await self._reader.document(
            call, change_set["template"], change_set["parameters"], stack
        )
        return Wanted(
            change_set["original"],
            change_set["template"],
            change_set["parameters"],
            change_set["Capabilities"],
            document,
        )

    def to_execute(self, call: ServiceCaller, members: Members) -> tuple[Stack, Json]:
        """Return the change set that a call executes; ApiError if it cannot be."""
        stack, change_set = self._find(call, members)
        if change_set["ExecutionStatus"] != "AVAILABLE":
            message = (
                f"ChangeSet [{change_set['ChangeSetId']}] cannot be executed in its current "
                f"status of [{change_set['Status']}]"
            )
            raise ApiError(_NOT_NOW, message)
        if stack.status != "REVIEW_IN_PROGRESS":
            check_updatable(stack)
        return stack, change_set

    async def _create(self, call: ServiceCaller, members: Members) -> Json:
        name = str(members["ChangeSetName"])
        if not STACK_NAME.fullmatch(name):
            message = f"Invalid change set name: {name}"
            raise validation_error(message)
        stack = self._stack_for(call, members)
        wanted = await self._reader.wanted(call, members, stack)
        change_set = await self._planned(call, stack, wanted, members)
        self._check_new(stack, name)
        if stack.status == "REVIEW_IN_PROGRESS" and not stack.events:
            stack.note(time.time(), stack.name, "REVIEW_IN_PROGRESS", "User Initiated")
        stack.change_sets = {**stack.change_sets, name: change_set}
        self._store.save(stack)
        return {"Id": change_set["ChangeSetId"], "StackId": stack.id}

    def _check_new(self, stack: Stack, name: str) -> None:
        """Raise ApiError if another call has made a stack or change set of the name meanwhile."""
        existing = self._store.find(stack.region, stack.name)
        if existing is not None and existing is not stack:
            message = f"Stack [{stack.name}] already exists"
            raise already_exists(message)
        if name in stack.change_sets:
            message = f"ChangeSet {name} already exists for stack {stack.name}"
            raise already_exists(message)

    def _stack_for(self, call: ServiceCaller, members: Members) -> Stack:
        region, name = call.parent.region, str(members["StackName"])
        stack = self._store.find(region, name)
        exists = stack is not None and stack.exists
        if members.get("ChangeSetType", "UPDATE") == "CREATE":
            if stack is not None and exists and stack.status != "REVIEW_IN_PROGRESS":
                message = (
                    f"Stack [{name}] already exists and cannot be created again with the "
                    f"changeSet [{members['ChangeSetName']}]."
                )
                raise validation_error(message)
            if stack is not None and exists:
                return stack
            if not STACK_NAME.fullmatch(name):
                message = f"Invalid stack name: {name}"
                raise validation_error(message)
            stack = self._new_stack(region, name, members)
            stack.status = "REVIEW_IN_PROGRESS"
            return stack
        if stack is None or not exists:
            message = f"Stack [{name}] does not exist"
            raise validation_error(message)
        check_updatable(stack)
        return stack

    async def _planned(
        self, call: ServiceCaller, stack: Stack, wanted: Wanted, members: Members
    ) -> Json:
        tags = members.get("Tags", stack.tags)
        changes = await planned_changes(call, stack, wanted.document, tags)
        is_empty = is_unchanged(stack, wanted.document, tags, changes)
        account_arn = stack.id.partition(":stack/")[0]
        return {
            "ChangeSetName": members["ChangeSetName"],
            "ChangeSetId": f"{account_arn}:changeSet/{members['ChangeSetName']}/{uuid4()}",
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": members.get("Description"),
            "CreationTime": time.time(),
            "ExecutionStatus": "UNAVAILABLE" if is_empty else "AVAILABLE",
            "Status": "FAILED" if is_empty else "CREATE_COMPLETE",
            "StatusReason": _NO_CHANGE if is_empty else None,
            "Capabilities": wanted.capabilities,
            "Tags": tags,
            "Changes": changes,
            "original": wanted.original,
            "template": wanted.template,
            "parameters": wanted.parameters,
            "members": {name: members[name] for name in _KEPT & members.keys()},
        }

    async def _describe(self, call: ServiceCaller, members: Members) -> Json:
        _, change_set = self._find(call, members)
        shown = {name: value for name, value in change_set.items() if name[0].isupper()}
        parameters = shown_parameters(change_set["template"], change_set["parameters"])
        notifications = change_set["members"].get("NotificationARNs", [])
        return {**shown, "Parameters": parameters, "NotificationARNs": notifications}

    async def _delete(self, call: ServiceCaller, members: Members) -> Json:
        try:
            stack, change_set = self._find(call, members)
        except ApiError:
            return {}  # as AWS, which does not say that there is none
        others = {
            name: other
            for name, other in stack.change_sets.items()
            if name != change_set["ChangeSetName"]
        }
        stack.change_sets = others
        self._store.save(stack)
        return {}

    async def _list(self, call: ServiceCaller, members: Members) -> Json:
        stack = self._store.find(call.parent.region, str(members["StackName"]))
        if stack is None:
            message = f"Stack [{members['StackName']}] does not exist"
            raise validation_error(message)
        shown = ("ChangeSetId", "ChangeSetName", "CreationTime", "Description", "ExecutionStatus")
        more = ("StackId", "StackName", "Status", "StatusReason")
        return {
            "Summaries": [
                {name: change_set[name] for name in (*shown, *more)}
                for change_set in stack.change_sets.values()
            ]
        }

    def _find(self, call: ServiceCaller, members: Members) -> tuple[Stack, Json]:
        """Return a change set by ARN, or by name and stack."""
        wanted = str(members["ChangeSetName"])
        of_stack = str(members.get("StackName", ""))
        for stack in self._store.existing(call.parent.region):
            for name, change_set in stack.change_sets.items():
                is_named = name == wanted and of_stack in {stack.name, stack.id}
                if is_named or change_set["ChangeSetId"] == wanted:
                    return stack, change_set
        message = f"ChangeSet [{wanted}] does not exist"
        raise ApiError(_NOT_FOUND, message, status=404)
