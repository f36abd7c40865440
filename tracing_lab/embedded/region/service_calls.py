"""Invokes functions and puts events for services of the control plane."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from tracing_lab.arns import parse_function_arn
from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.model import AcceptEvent, Catalog, FunctionSpec, Invocation, ServiceCall

_LOGGER = logging.getLogger(__name__)


class ServiceCalls:
    """Invokes functions and puts events for topics, buckets, log groups and alarms.

    Parameters
    ----------
    catalog
        Has the functions and their policies.
    accept
        Queues an asynchronous invocation.
    bus
        Has the default bus.
    """

    def __init__(self, catalog: Catalog, *, accept: AcceptEvent, bus: Bus) -> None:
        self._catalog = catalog
        self._accept = accept
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._running: set[asyncio.Task[None]] = set()

    def take_call(self, call: ServiceCall) -> None:
        """Invoke a function; callable from any thread."""
        self._loop.call_soon_threadsafe(self._start, call)

    def take_event(self, event: Mapping[str, Any]) -> None:
        """Put an event of a service on the default bus; callable from any thread."""
        self._loop.call_soon_threadsafe(self._publish, event)

    def function(self, arn: str) -> FunctionSpec:
        """Return a function by ARN, with version or alias if it has one; KeyError without it."""
        parsed = parse_function_arn(arn)
        return self._catalog.function(parsed.arn, parsed.qualifier)

    def _start(self, call: ServiceCall) -> None:
        task = self._loop.create_task(self._call(call))
        self._running.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._running.discard)

    async def _call(self, call: ServiceCall) -> None:
        arn, source = call.function_arn, call.source_arn
        if not self._catalog.may_invoke(arn, principal=call.principal, source_arn=source):
            _LOGGER.warning("%s does not allow %s to invoke it for %s", arn, call.principal, source)
            return
        try:
            function = self.function(arn)
        except KeyError:
            _LOGGER.warning("%s calls %s, which does not exist", source, arn)
            return
        try:
            await self._accept(Invocation(function, call.payload, call.trace_header))
        except OSError:
            _LOGGER.exception("an event of %s for %s is lost", source, arn)

    def _publish(self, event: Mapping[str, Any]) -> None:
        try:
            self._bus.publish(event)
        except (OSError, ValueError):
            _LOGGER.exception("an event of %s is lost", event["source"])
