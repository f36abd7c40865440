"""The event source mappings of one region, wired to its functions: of queues, and of streams."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from tracing_lab.embedded.model import FunctionSpec, InvokeFunction, QueueMessage, SendMessage
from tracing_lab.embedded.moto.catalog import MotoCatalog
from tracing_lab.embedded.moto.data.tables.stream_reader import StreamReader
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.moto.queues.mapping_specs import has_visible_messages
from tracing_lab.embedded.queues.polling import QueuePolling
from tracing_lab.embedded.queues.streams.failures import GivenUp, failure_record
from tracing_lab.embedded.queues.streams.polling import StreamPolling
from tracing_lab.embedded.storage.durable_map import DurableMap

from .permissions import Permissions

_LOGGER = logging.getLogger(__name__)

POSITIONS = "stream_positions.log"
"""File in a region's folder: how far each mapping has come."""


class EventSources:
    """Polls the sources of a region's mappings until it is closed.

    Parameters
    ----------
    folder
        The region's folder.
    control
        Has queues and streams.
    catalog
        Has the mappings.
    function
        Returns a function by ARN; raises KeyError.
    invoke
        Runs a function and waits for its response.
    permissions
        What the roles of functions may do.
    send_message
        Sends to a queue or topic.
    """

    def __init__(
        self,
        folder: Path,
        control: ControlPlane,
        catalog: MotoCatalog,
        *,
        function: Callable[[str], FunctionSpec],
        invoke: InvokeFunction,
        permissions: Permissions,
        send_message: SendMessage,
    ) -> None:
        self._function = function
        self._permissions = permissions
        self._send_message = send_message
        self._queues = QueuePolling(
            catalog.region,
            mappings=catalog.queue_mappings,
            has_messages=has_visible_messages,
            call=lambda call: asyncio.to_thread(control.handle, call),
            function=function,
            invoke=invoke,
            may_receive=permissions.may_receive,
        )
        self._streams = StreamPolling(
            mappings=catalog.stream_mappings,
            source=StreamReader(control.locked),
            positions=DurableMap[str](folder / POSITIONS),
            function=function,
            invoke=invoke,
            may_read=permissions.may_read,
            give_up=self._given_up,
        )
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(polls.run()) for polls in (self._queues, self._streams)]

    async def close(self) -> None:
        """Stop polling."""
        for task in self._tasks:
            task.cancel()
        await self._queues.close()
        await self._streams.close()

    async def _given_up(self, given_up: GivenUp) -> None:
        """Send the record of a batch that was given up to the mapping's destination, if any."""
        mapping, destination = given_up.mapping, given_up.mapping.on_failure_arn
        _LOGGER.info("%s: gave up a batch: %s", mapping.function_arn, given_up.condition)
        if destination is None:
            return
        try:
            if not self._permissions.may_deliver(self._function(mapping.function_arn), destination):
                _LOGGER.warning(
                    "the role of %s may not send to %s", mapping.function_arn, destination
                )
                return
            record = failure_record(given_up, now_s=time.time())
            await self._send_message(QueueMessage(destination, record))
        except (KeyError, PermissionError, ValueError) as error:
            _LOGGER.warning("%s did not get a batch that was given up: %s", destination, error)
