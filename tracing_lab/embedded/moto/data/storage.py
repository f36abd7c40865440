"""What calls do to messages, items and objects is written here, and restored after a start."""

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.calling import succeeded
from tracing_lab.embedded.moto.queues.sending import changed_queues, queue_of
from tracing_lab.embedded.moto.queues.store import QueueStore
from tracing_lab.embedded.moto.replaying.changes import is_data
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.storage.append_log import Write

from .buckets import recording as objects
from .buckets.pins import PinnedObjects
from .buckets.store import ObjectStore
from .tables import recording as items
from .tables.store import TableStore

_LOGGER = logging.getLogger(__name__)


class DataStorage:
    """The files of queues, tables and buckets. Guarded by the control plane's lock.

    Parameters
    ----------
    state_dir
        The state folder.
    write
        Writes to files.
    """

    def __init__(self, state_dir: Path, *, write: Write = os.write) -> None:
        self.messages = QueueStore(state_dir / "queues.log", write=write)
        self._tables = TableStore(state_dir, write=write)
        self._objects = ObjectStore(state_dir, write=write)
        self._pins = PinnedObjects(state_dir, write=write)

    def perform(
        self, call: ApiCall, respond: Callable[[], HttpResponse], number: int | None
    ) -> HttpResponse:
        """Respond to a call and write the items and objects that it changes.

        They are as before if the response is an error.

        Parameters
        ----------
        call
            The call.
        respond
            Responds to it.
        number
            Its number in the journal; None for a call that is not replayed.

        Raises
        ------
        OSError
            If they could not be written; they are as before.
        """
        with items.recording() as changed_items, objects.recording() as changed_objects:
            response = respond()
            if not succeeded(response):
                changed_items.undo()
                self._objects.undo(changed_objects)
            self._tables.keep(changed_items)
            self._objects.keep(changed_objects)
            if number is not None and succeeded(response):
                self._pin(call, number, changed_objects)
        return response

    def replay(
        self, call: ApiCall, respond: Callable[[], HttpResponse], number: int
    ) -> HttpResponse:
        """Respond to a journaled call, for which the objects are there that it read at first."""
        with objects.recording() as changes, self._pins.placed(number):
            response = respond()
            if number not in self._pins and succeeded(response):
                self._pin(call, number, changes)  # of a version before, which repeated objects
        return response

    def keep_messages(self, call: ApiCall) -> None:
        """Write what a call has changed in queues; OSError if that fails."""
        if call.service != "sqs":
            return
        self.messages.sync(*changed_queues(call))
        if call.operation == "DeleteQueue":
            self.forget_deleted_queues()

    def forget_deleted_queues(self) -> None:
        """Delete the messages of queues that do not exist."""
        for arn in self.messages.arns():
            if queue_of(arn) is None:
                self.messages.forget(arn)

    def restore(self, replayed: Sequence[tuple[int, ApiCall]]) -> list[int]:
        """Restore what was written; return which of the replayed calls need no further replay.

        A version before journaled calls that write items and objects.
        """
        self._restore_messages()
        older = [number for number, call in replayed if is_data(call)]
        if older:
            self._tables.adopt_replayed()
            self._objects.adopt_replayed()
        self._tables.attach()
        self._objects.attach()
        self._pins.retain(number for number, _call in replayed)
        return older

    def clear(self) -> None:
        """Forget everything."""
        self.messages.clear()
        self._tables.clear()
        self._objects.clear()
        self._pins.clear()

    def close(self) -> None:
        """Close the files."""
        self.messages.close()
        self._tables.close()
        self._objects.close()
        self._pins.close()

    def _pin(self, call: ApiCall, number: int, changes: objects.ObjectChanges) -> None:
        if call.service != "s3":
            self._pins.pin(number, changes.read)

    def _restore_messages(self) -> None:
        for arn in self.messages.arns():
            queue = queue_of(arn)
            if queue is None:
                _LOGGER.warning("the messages of %s are dropped: there is no such queue", arn)
            else:
                self.messages.restore(queue)
