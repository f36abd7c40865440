"""Deletes resources of a stack, each before those that it depends on."""

from collections.abc import Collection, Iterable

from .progress import FAILURES, Progress, reason_of
from .records import ResourceRecord
from .template.references import in_order
from .types.table import RESOURCE_TYPES

_RETAINING = frozenset({"Retain", "RetainExceptOnCreate"})


async def delete_stack(
    progress: Progress,
    *,
    retained: Iterable[str] = (),
    policies: Collection[str] = _RETAINING,
) -> None:
    """Delete the resources of a stack, and the stack if none is left to be deleted.

    Parameters
    ----------
    progress
        The stack.
    retained
        Resources that the caller wants to keep.
    policies
        Deletion policies with which resources are left.
    """
    stack = progress.stack
    progress.set_status("DELETE_IN_PROGRESS", "User Initiated")
    wanted = set(stack.resources) - set(retained)
    failed = await delete_resources(progress, wanted, policies=policies)
    if failed:
        reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        progress.set_status("DELETE_FAILED", reason)
        return
    stack.deleted_s = progress.clock()
    stack.outputs = []
    progress.set_status("DELETE_COMPLETE")


async def delete_resources(
    progress: Progress, names: Iterable[str], *, policies: Collection[str] = _RETAINING
) -> list[str]:
    """Delete resources, and return those that could not be deleted.

    Parameters
    ----------
    progress
        The stack.
    names
        The resources.
    policies
        Deletion policies with which resources are left.
    """
    resources, wanted = progress.stack.resources, set(names)
    order = in_order({name: record.depends_on for name, record in resources.items()})
    return [
        name
        for name in reversed(order)
        if name in wanted and not await _try_to_delete(progress, name, policies)
    ]


async def delete_one(progress: Progress, name: str, record: ResourceRecord) -> None:
    """Delete a resource by its record, which need not be the current one of its name."""
    type_ = RESOURCE_TYPES[record.type]
    await type_.delete(progress.context(name), record.made, record.properties)


async def _try_to_delete(progress: Progress, name: str, policies: Collection[str]) -> bool:
    record = progress.stack.resources[name]
    if not record.exists:
        return True
    if record.deletion_policy in policies:
        progress.note(name, "DELETE_SKIPPED")
        return True
    progress.note(name, "DELETE_IN_PROGRESS")
    try:
        await delete_one(progress, name, record)
    except FAILURES as error:
        progress.note(name, "DELETE_FAILED", reason_of(error))
        return False
    progress.note(name, "DELETE_COMPLETE")
    return True
