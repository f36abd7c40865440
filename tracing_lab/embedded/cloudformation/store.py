"""The stacks of all regions, in a file that survives ``kill -9``.

Resources and events have entries of their own, so that a step of a deployment is stored without the
rest of its stack.
"""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from tracing_lab.embedded.storage.durable_map import DurableMap

from .records import ResourceRecord, Stack

FILE_NAME = "stacks.log"

FAILED_STATUS: Mapping[str, str] = {
    "CREATE_IN_PROGRESS": "CREATE_FAILED",
    "DELETE_IN_PROGRESS": "DELETE_FAILED",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK_FAILED",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_IN_PROGRESS": "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_ROLLBACK_FAILED",
}
"""The status of a stack whose deployment has ended in the middle."""

_RESOURCE, _EVENT = "resource", "event"
_HEAD = tuple(field.name for field in fields(Stack) if field.name not in {"events", "resources"})
_REASON = "The embedded AWS ended meanwhile. Delete the stack, or update it again."


class StackStore:
    """Stacks by id.

    Parameters
    ----------
    state_dir
        The folder of the file.
    """

    def __init__(self, state_dir: Path) -> None:
        self._file = DurableMap[str](state_dir / FILE_NAME)
        self._stacks: dict[str, Stack] = {}
        for key, value in self._file.items():
            self._restore(*key.split(" ", 2), value=value)
        for stack in self._stacks.values():
            if stack.status in FAILED_STATUS:
                stack.status, stack.reason = FAILED_STATUS[stack.status], _REASON
                self.save(stack)

    def find(self, region: str, name: str) -> Stack | None:
        """Return a stack by id, or by name unless it was deleted; None if there is none."""
        by_id = self._stacks.get(name)
        if by_id is not None and by_id.region == region:
            return by_id
        return next((stack for stack in self.existing(region) if stack.name == name), None)

    def all(self, region: str) -> list[Stack]:
        """Return the stacks of a region, newest first, deleted ones too."""
        return [stack for stack in reversed(self._stacks.values()) if stack.region == region]

    def existing(self, region: str) -> list[Stack]:
        """Return those that were not deleted."""
        return [stack for stack in self.all(region) if stack.exists]

    def exports(self, region: str, *, but: str = "") -> dict[str, tuple[str, str]]:
        """Return value and stack id of each export of a region.

        Parameters
        ----------
        region
            The region.
        but
            The id of a stack whose exports are left out.
        """
        return {
            output["ExportName"]: (output["OutputValue"], stack.id)
            for stack in self.existing(region)
            for output in stack.outputs
            if "ExportName" in output and stack.id != but
        }

    def save(self, stack: Stack) -> None:
        """Store a stack as it is now; OSError if that is not possible."""
        parts: dict[str, Any] = {stack.id: {name: getattr(stack, name) for name in _HEAD}}
        parts |= {f"{stack.id} {_RESOURCE} {name}": it for name, it in stack.resources.items()}
        parts |= {f"{stack.id} {_EVENT} {event['EventId']}": event for event in stack.events}
        gone = [key for key in self._file if key.startswith(f"{stack.id} ") and key not in parts]
        self._file.change(*parts.items(), *((key, None) for key in gone))
        self._stacks[stack.id] = stack

    def keep_event(self, stack: Stack, name: str) -> None:
        """Store a stack's newest event and the resource that it is about; OSError as `save`."""
        event = stack.events[-1]
        self._file.change(
            (f"{stack.id} {_RESOURCE} {name}", stack.resources[name]),
            (f"{stack.id} {_EVENT} {event['EventId']}", event),
        )

    def _restore(self, stack_id: str, kind: str = "", name: str = "", *, value: Any) -> None:
        """Put an entry of the file where it belongs; that of a stack itself comes first."""
        if kind == _RESOURCE:
            self._stacks[stack_id].resources[name] = ResourceRecord(**value)
        elif kind == _EVENT:
            self._stacks[stack_id].events.append(value)
        else:
            self._stacks[stack_id] = Stack(**value)

    def clear(self) -> None:
        """Remove all stacks."""
        self._file.clear()
        self._stacks.clear()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
