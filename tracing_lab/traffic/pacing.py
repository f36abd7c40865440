"""When each order is sent: on schedule, or when a worker is free."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any

from .orders import Order

Send = Callable[[Order, float], Coroutine[Any, Any, None]]
"""Sends an order that is due at a time, and returns when it has ended."""


class SendClock:
    """Epoch seconds that no correction of the computer's clock makes jump.

    Parameters
    ----------
    epoch_s, steady_s
        The time of day, read once, and a time that only grows.
    sleep
        Waits for so many seconds; not at all if there are none.
    """

    def __init__(
        self,
        *,
        epoch_s: Callable[[], float] = time.time,
        steady_s: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._steady_s = steady_s
        self._start_s = epoch_s() - steady_s()
        self.sleep = sleep

    def now_s(self) -> float:
        """Return the time in epoch seconds."""
        return self._start_s + self._steady_s()

    async def sleep_until(self, due_s: float) -> None:
        """Wait until a time, and let others run if it has come already."""
        await self.sleep(due_s - self.now_s())
        while (left_s := due_s - self.now_s()) > 0:
            await self.sleep(left_s)


async def open_loop(
    requests: Sequence[tuple[float, Order]],
    send: Send,
    *,
    is_lost: Callable[[], bool],
    clock: SendClock,
) -> bool:
    """Send each order on schedule, however long earlier responses take.

    Parameters
    ----------
    requests
        Seconds from now, and order; ascending.
    send
        Sends an order.
    is_lost
        Whether the endpoint is lost, so that no more orders are sent.
    clock
        The time.

    Returns
    -------
    bool
        Whether all orders were sent; False if the endpoint was lost.
    """
    start_s = clock.now_s()
    async with asyncio.TaskGroup() as tasks:
        for offset_s, order in requests:
            await clock.sleep_until(start_s + offset_s)
            if is_lost():
                return False
            tasks.create_task(send(order, start_s + offset_s))
    return not is_lost()


async def closed_loop(
    orders: Sequence[Order],
    send: Send,
    *,
    workers: int,
    think_s: float,
    is_lost: Callable[[], bool],
    clock: SendClock,
) -> bool:
    """Send orders by workers, each of which waits for a response before it sends the next order.

    An order is due when its worker is free: a slow service delays the orders behind it, and nothing
    measures that delay. It is there for contrast with `open_loop`.

    Parameters
    ----------
    orders
        The orders.
    send
        Sends an order.
    workers
        How many orders are sent at a time at most.
    think_s
        Seconds that a worker waits after a response.
    is_lost
        Whether the endpoint is lost, so that no more orders are sent.
    clock
        The time.

    Returns
    -------
    bool
        Whether all orders were sent; False if the endpoint was lost.
    """
    rest = iter(orders)
    async with asyncio.TaskGroup() as tasks:
        for _ in range(workers):
            tasks.create_task(_work(rest, send, think_s, is_lost, clock))
    return not is_lost()


async def _work(
    rest: Iterator[Order], send: Send, think_s: float, is_lost: Callable[[], bool], clock: SendClock
) -> None:
    for order in rest:  # all workers take from the same iterator
        if is_lost():
            return
        await send(order, clock.now_s())
        await clock.sleep(think_s)
