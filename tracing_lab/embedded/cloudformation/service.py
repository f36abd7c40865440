"""CloudFormation's operations.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError
from tracing_lab.embedded.protocol.outgoing import Send, ServiceCaller
from tracing_lab.embedded.protocol.query import query_response
from tracing_lab.embedded.protocol.service_models import operation_model

from .change_sets import ChangeSets
from .deploying import ROLLBACK_RETAINS, create_stack, update_stack
from .errors import already_exists, validation_error
from .paging import page_of
from .planning import planned_changes
from .progress import Progress
from .reading import StackReading
from .records import Stack
from .removing import delete_stack
from .requests import STACK_NAME, Reader, Wanted
from .store import FAILED_STATUS, StackStore
from .updates import check_updatable, is_unchanged

_LOGGER = logging.getLogger(__name__)
_WAIT_S = 20.0
"""How long a call waits for its deployment. AWS's return at once; so do those of large stacks."""

Members = Mapping[str, Any]
Json = dict[str, Any]


class CloudFormation:
    """Stacks of all regions.

    Parameters
    ----------
    state_dir
        Folder of persistent state.
    account_id
        The account.
    send
        Sends a request to the embedded AWS itself.
    wait_s
        How long calls wait for their deployments.
    """

    def __init__(
        self, state_dir: Path, *, account_id: str, send: Send, wait_s: float = _WAIT_S
    ) -> None:
        self._store = StackStore(state_dir)
        self._account_id = account_id
        self._send = send
        self._wait_s = wait_s
        self._reader = Reader(self._store, account_id)
        self._reading = StackReading(self._store)
        self._change_sets = ChangeSets(self._store, self._reader, self._new_stack)
        self._running: set[asyncio.Task[None]] = set()
        self._operations: Mapping[str, Callable[[ServiceCaller, Members], Awaitable[Json]]] = {
            "CreateStack": self._create,
            "DeleteStack": self._delete,
            "ExecuteChangeSet": self._execute,
            "UpdateStack": self._update,
            "UpdateTerminationProtection": self._protect,
            **self._change_sets.operations,
            **self._reading.operations,
        }

    def handles(self, call: ApiCall) -> bool:
        """Return whether this is one of its operations."""
        return call.service == "cloudformation" and call.operation in self._operations

    async def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a call that was read with all members of its form."""
        model, members = operation_model("cloudformation", call.operation or ""), call.members
        try:
            _check_required(model, members)
            content = await self._operations[model.name](ServiceCaller(self._send, call), members)
            return query_response(model, page_of(model.name, content, members))
        except ApiError as error:
            return error.response(call)

    async def reset(self) -> None:
        """Stop deployments and forget all stacks."""
        await self._stop()
        self._store.clear()

    async def close(self) -> None:
        """Stop deployments, which the next start says of their stacks, and close the file."""
        await self._stop()
        self._store.close()

    async def _stop(self) -> None:
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _create(self, call: ServiceCaller, members: Members) -> Json:
        name, region = str(members["StackName"]), call.parent.region
        if not STACK_NAME.fullmatch(name):
            raise validation_error(_invalid_name(name))
        self._check_new(region, name)
        stack = self._new_stack(region, name, members)
        wanted = await self._reader.wanted(call, members, stack)
        self._check_new(region, name)  # another call may have come first
        await self._deploy_new(call, stack, wanted, members)
        return {"StackId": stack.id}

    def _check_new(self, region: str, name: str) -> None:
        existing = self._store.find(region, name)
        if existing is not None and existing.exists:
            message = f"Stack [{name}] already exists"
            raise already_exists(message)

    async def _deploy_new(
        self, call: ServiceCaller, stack: Stack, wanted: Wanted, members: Members
    ) -> None:
        stack.on_failure = _on_failure(members)
        adopt(stack, wanted, members)
        policies = _left_by_rollback(members)
        work = create_stack(self._progress(stack, call), wanted.document, policies=policies)
        await self._run(stack, "CREATE_IN_PROGRESS", work)

    async def _update(self, call: ServiceCaller, members: Members) -> Json:
        stack = self._reading.stack(call, members)
        check_updatable(stack)
        wanted = await self._reader.wanted(call, members, stack)
        tags = members.get("Tags", stack.tags)
        changes = await planned_changes(call, stack, wanted.document, tags)
        check_updatable(stack)  # another call may have come first
        if is_unchanged(stack, wanted.document, tags, changes):
            message = "No updates are to be performed."
            raise validation_error(message)
        await self._deploy_update(call, stack, wanted, members)
        return {"StackId": stack.id}

    async def _deploy_update(
        self, call: ServiceCaller, stack: Stack, wanted: Wanted, members: Members
    ) -> None:
        before = {name: getattr(stack, name) for name in _DEPLOYED}
        adopt(stack, wanted, members)
        stack.updated_s = time.time()

        async def deploy() -> None:
            progress = self._progress(stack, call)
            keep = bool(members.get("DisableRollback"))
            policies = _left_by_rollback(members)
            await update_stack(progress, wanted.document, keep=keep, policies=policies)
            if stack.status.startswith("UPDATE_ROLLBACK"):
                for name, value in before.items():
                    setattr(stack, name, value)
                self._store.save(stack)

        await self._run(stack, "UPDATE_IN_PROGRESS", deploy())

    async def _delete(self, call: ServiceCaller, members: Members) -> Json:
        stack = self._store.find(call.parent.region, str(members["StackName"]))
        if stack is None or not stack.exists:
            return {}  # as AWS, which does not say that there is none
        if stack.protected:
            message = (
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
            raise validation_error(message)
        if stack.is_busy:
            message = f"Stack:{stack.id} is in {stack.status} state and can not be deleted."
            raise validation_error(message)
        importers = self._reading.importers(stack)
        if importers:
            name, users = importers
            message = f"Cannot delete export {name} as it is in use by {', '.join(users)}"
            raise validation_error(message)
        retained = members.get("RetainResources", [])
        work = delete_stack(self._progress(stack, call), retained=retained)
        await self._run(stack, "DELETE_IN_PROGRESS", work)
        return {}

    async def _execute(self, call: ServiceCaller, members: Members) -> Json:
        stack, change_set = self._change_sets.to_execute(call, members)
        wanted = await self._change_sets.wanted(call, stack, change_set)
        self._change_sets.to_execute(call, members)  # another call may have come first
        stack.change_set_id, stack.change_sets = change_set["ChangeSetId"], {}
        given = {**change_set["members"], **members}
        is_new = stack.status == "REVIEW_IN_PROGRESS"
        deploy = self._deploy_new if is_new else self._deploy_update
        await deploy(call, stack, wanted, given)
        return {}

    async def _protect(self, call: ServiceCaller, members: Members) -> Json:
        stack = self._reading.stack(call, members)
        stack.protected = bool(members["EnableTerminationProtection"])
        self._store.save(stack)
        return {"StackId": stack.id}

    def _new_stack(self, region: str, name: str, members: Members) -> Stack:
        stack_id = f"arn:aws:cloudformation:{region}:{self._account_id}:stack/{name}/{uuid4()}"
        return Stack(
            id=stack_id,
            name=name,
            region=region,
            status="CREATE_IN_PROGRESS",
            created_s=time.time(),
            notifications=members.get("NotificationARNs", []),
            protected=bool(members.get("EnableTerminationProtection")),
        )

    def _progress(self, stack: Stack, call: ServiceCaller) -> Progress:
        return Progress(stack, self._store, call, account_id=self._account_id)

    async def _run(self, stack: Stack, status: str, work: Awaitable[None]) -> None:
        """Deploy in the background, and wait for it a while.

        The status is stored before anything else runs, so that of two calls one is rejected.
        """
        stack.status = status
        self._store.save(stack)
        task = asyncio.ensure_future(self._guarded(stack, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait([task], timeout=self._wait_s)

    async def _guarded(self, stack: Stack, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception:
            _LOGGER.exception("the deployment of stack %s failed", stack.name)
            stack.status = FAILED_STATUS.get(stack.status, stack.status)
            stack.reason = "Internal failure; the log of the embedded AWS has the details."
            self._store.save(stack)


_DEPLOYED = (
    "capabilities",
    "description",
    "notifications",
    "original",
    "parameters",
    "tags",
    "template",
)
"""What of a stack belongs to its last deployment, and comes back with a rollback."""


def adopt(stack: Stack, wanted: Wanted, members: Members) -> None:
    """Set the template, parameters and tags of a stack to those of a deployment."""
    description = wanted.template.get("Description")
    stack.template = json.dumps(wanted.template, default=str)
    stack.original = wanted.original
    stack.description = None if description is None else str(description)
    stack.parameters = wanted.parameters
    stack.capabilities = wanted.capabilities
    stack.tags = members.get("Tags", stack.tags)
    stack.notifications = members.get("NotificationARNs", stack.notifications)


def _left_by_rollback(members: Members) -> frozenset[str]:
    """Return the deletion policies with which a rollback leaves what was made."""
    return frozenset() if members.get("RetainExceptOnCreate") else ROLLBACK_RETAINS


def _on_failure(members: Members) -> str:
    if members.get("DisableRollback"):
        return "DO_NOTHING"
    return str(members.get("OnFailure") or members.get("OnStackFailure") or "ROLLBACK")


def _check_required(model: Any, members: Members) -> None:
    missing = [name for name in model.input_shape.required_members if name not in members]
    if missing:
        name = missing[0][0].lower() + missing[0][1:]
        message = (
            f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: "
            "Member must not be null"
        )
        raise validation_error(message)


def _invalid_name(name: str) -> str:
    return (
        f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )
