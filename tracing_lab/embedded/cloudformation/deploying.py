"""Deploys a stack, and undoes what was done when a resource fails.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from collections.abc import Collection
from typing import Any

from .errors import StackError
from .making import MadeStep, Making
from .progress import FAILURES, Progress, failed_reason, reason_of
from .records import ResourceRecord
from .removing import delete_one, delete_resources, delete_stack
from .template.document import Document
from .types.model import changed
from .types.table import RESOURCE_TYPES

ROLLBACK_RETAINS = frozenset({"Retain"})
"""The deletion policies with which a rollback leaves what the deployment has made."""


async def create_stack(
    progress: Progress, document: Document, *, policies: Collection[str] = ROLLBACK_RETAINS
) -> None:
    """Make all resources; when one fails, do what the stack's ``on_failure`` says.

    Parameters
    ----------
    progress
        The stack.
    document
        What is wanted.
    policies
        The deletion policies with which a rollback leaves what was made.
    """
    progress.set_status("CREATE_IN_PROGRESS", "User Initiated")
    try:
        await Making(progress, document).run()
    except StackError as error:
        await _give_up(progress, error, policies)
    else:
        progress.set_status("CREATE_COMPLETE")


async def update_stack(
    progress: Progress,
    document: Document,
    *,
    keep: bool = False,
    policies: Collection[str] = ROLLBACK_RETAINS,
) -> None:
    """Change the resources to what is wanted; when one fails, change all of them back.

    Parameters
    ----------
    progress
        The stack.
    document
        What is wanted.
    keep
        Leave the resources as they are when one fails.
    policies
        The deletion policies with which a rollback leaves what was made.
    """
    stack = progress.stack
    making, outputs = Making(progress, document), stack.outputs
    progress.set_status("UPDATE_IN_PROGRESS", "User Initiated")
    try:
        await making.run()
    except StackError as error:
        if keep:
            progress.set_status("UPDATE_FAILED", failed_reason("update", error))
        else:
            stack.outputs = outputs
            await _roll_back(progress, making, error, policies)
        return
    progress.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    await _clean_up(progress, making, document)
    progress.set_status("UPDATE_COMPLETE")


async def _give_up(progress: Progress, error: StackError, policies: Collection[str]) -> None:
    stack, reason = progress.stack, failed_reason("create", error)
    if stack.on_failure == "DO_NOTHING":
        progress.set_status("CREATE_FAILED", reason)
        return
    if stack.on_failure == "DELETE":
        await delete_stack(progress, policies=policies)
        return
    reason += " Rollback requested by user."
    progress.set_status("ROLLBACK_IN_PROGRESS", reason)
    failed = await delete_resources(progress, stack.resources, policies=policies)
    stack.outputs = []
    progress.set_status("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", reason)


async def _clean_up(progress: Progress, making: Making, document: Document) -> None:
    """Delete what was replaced, and what the template no longer has.

    As on AWS, what cannot be deleted is left, and belongs to no stack from now on.
    """
    for name, record in making.replaced:
        if record.replace_policy != "Retain":
            try:
                await delete_one(progress, name, record)
            except FAILURES as error:
                progress.stack.note(progress.clock(), name, "DELETE_FAILED", reason_of(error))
    resources = progress.stack.resources
    removed = [name for name in resources if name not in document.resources]
    await delete_resources(progress, removed)
    for name in removed:
        del resources[name]


async def _roll_back(
    progress: Progress, making: Making, error: StackError, policies: Collection[str]
) -> None:
    reason = failed_reason("update", error)
    progress.set_status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
    failed = [
        step.logical_id
        for step in reversed(making.steps)
        if not await _revert(progress, step, policies)
    ]
    if failed:
        names = ", ".join(failed)
        message = f"The following resource(s) failed to update: [{names}]."
        progress.set_status("UPDATE_ROLLBACK_FAILED", message)
        return
    for step in making.steps:
        if step.before is None:
            del progress.stack.resources[step.logical_id]
    progress.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", reason)
    progress.set_status("UPDATE_ROLLBACK_COMPLETE", reason)


async def _revert(progress: Progress, step: MadeStep, policies: Collection[str]) -> bool:
    """Change a resource back, and return whether it is as it was before."""
    name, before = step.logical_id, step.before
    now = progress.stack.resources[name]
    if before is None:
        return not await delete_resources(progress, [name], policies=policies)
    different = changed(before.properties, step.wanted) if step.wanted else set()
    try:
        if now.ref != before.ref:
            await delete_one(progress, name, now)
        elif different:
            await _change_back(progress, name, before, step.wanted)
    except FAILURES as error:
        progress.note(name, "UPDATE_FAILED", reason_of(error))
        return False
    progress.stack.resources[name] = before
    if different:
        progress.note(name, "UPDATE_COMPLETE")
    return True


async def _change_back(
    progress: Progress, name: str, before: ResourceRecord, wanted: dict[str, Any]
) -> None:
    """Change a resource that may have been changed in part.

    One that was to be replaced, and was not, is as it was.
    """
    type_ = RESOURCE_TYPES[before.type]
    different = changed(before.properties, wanted)
    if type_.update is not None and not different & type_.replaced_by:
        progress.note(name, "UPDATE_IN_PROGRESS")
        context = progress.context(name)
        await type_.update(context, before.made, wanted, before.properties)
