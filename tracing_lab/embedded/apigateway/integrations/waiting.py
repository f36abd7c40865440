"""Waits for functions' results, no longer than an integration's timeout."""

import asyncio

from tracing_lab.embedded.model import Invocation, InvokeFunction, InvokeResult


class NoResponseError(Exception):
    """A function did not respond in time."""


class FunctionCalls:
    """Runs functions for clients that wait; a function continues after the timeout, as on AWS.

    Parameters
    ----------
    invoke
        Runs a function and waits for its response.
    """

    def __init__(self, invoke: InvokeFunction) -> None:
        self._invoke = invoke
        self._running: set[asyncio.Future[InvokeResult]] = set()

    async def result(
        self, invocation: Invocation, *, timeout_s: float | None = None
    ) -> InvokeResult:
        """Return a function's result.

        Raises
        ------
        NoResponseError
            There is none in time.
        Throttled
            The function has no free concurrency.
        """
        call = asyncio.ensure_future(self._invoke(invocation))
        self._running.add(call)
        call.add_done_callback(self._forget)
        done, _pending = await asyncio.wait({call}, timeout=timeout_s)
        if not done:
            msg = f"The function did not respond within {timeout_s:g} s"
            raise NoResponseError(msg)
        return call.result()

    async def close(self) -> None:
        """Cancel waiting for functions whose clients have disconnected or timed out."""
        running = tuple(self._running)
        for call in running:
            call.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _forget(self, call: "asyncio.Future[InvokeResult]") -> None:
        self._running.discard(call)
        if not call.cancelled():
            call.exception()  # retrieved, even when nothing waits any more
