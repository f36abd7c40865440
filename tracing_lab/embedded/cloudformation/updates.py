"""Whether a stack can be updated, and whether anything would change."""

from typing import Any

from .errors import StackError, validation_error
from .records import Stack
from .template.document import Document

_UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "CREATE_FAILED",
        "UPDATE_COMPLETE",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)


def check_updatable(stack: Stack) -> None:
    """Raise ApiError if the status of a stack does not allow updates."""
    if stack.status not in _UPDATABLE:
        message = f"Stack:{stack.id} is in {stack.status} state and can not be updated."
        raise validation_error(message)


def is_unchanged(
    stack: Stack, document: Document, tags: list[dict[str, str]], changes: list[Any]
) -> bool:
    """Return whether a deployment would change nothing.

    Parameters
    ----------
    stack
        The stack as it is.
    document
        What is wanted.
    tags
        The tags that it would get.
    changes
        What would change of its resources.
    """
    is_whole = stack.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
    if not is_whole or tags != stack.tags or changes:
        return False
    try:
        return document.outputs() == stack.outputs
    except StackError:  # with which the deployment will fail
        return False
