"""Send a load, from a script or from a notebook's loop."""

import asyncio
import queue
from typing import Unpack

import pandas as pd

from tracing_lab.errors import FireInterruptedError
from tracing_lab.stack.outputs import Outputs

from .answer import Answer
from .arrivals import Arrivals
from .background import background_loop
from .live import Live, Progress
from .load import TIMEOUT_S, LoadOptions, TrafficLoad
from .log import frame_of
from .problems import Endpoint, how_far, lost, unreachable
from .sending import LoadPlan


def fire(  # noqa: PLR0913 - a load, and how it is sent
    outputs: Outputs,
    *,
    scenario: str = "steady",
    orders: int = 200,
    rate: float = 20.0,
    seed: int = 1,
    arrivals: Arrivals | None = None,
    workers: int | None = None,
    think_s: float = 0.0,
    bad_share: float = 0.0,
    timeout_s: float = TIMEOUT_S,
    sampled: bool | None = True,
    id_prefix: str | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Send orders to a deployed stack and log each request.

    Parameters
    ----------
    outputs
        The stack, as `deploy.apply` returns it.
    scenario
        The schedule of the orders; see `schedule`.
    orders
        How many there are.
    rate
        Orders per second on average.
    seed
        The same seed gives the same orders at the same times.
    arrivals
        Recorded arrivals in place of scenario, orders and rate: seconds, or the log of an earlier
        load, whose column ``scheduled`` counts.
    workers
        So many workers send orders in a closed loop in place of a schedule: each sends its next
        order when the last has its response. For contrast only: it hides the waits of a slow
        service.
    think_s
        Seconds that a worker waits after a response.
    bad_share
        The share of orders that the shop has to reject, from 0 to 1; see `BAD_ORDERS`.
    timeout_s
        Seconds to wait for a response.
    sampled
        Whether the orders are to be traced. None leaves the decision to the account's sampling
        rules, as most clients do.
    id_prefix
        What the orders' ids begin with, followed by their number: letters, digits, ``.``, ``_`` and
        ``-``. Injected faults affect orders by their ids, so that the same ids fare alike. By
        default the shop chooses ids.
    progress
        Called with the number of completed and of all orders. If it has a method ``note``, as
        `tracing_lab.progress.progress_bar`, that is called with the current rate, errors and p95.

    Returns
    -------
    pandas.DataFrame
        One row per order, indexed by ``order_no``: ``scheduled``, ``sent`` and ``finished`` (UTC),
        ``latency_s`` (from scheduled to finished, so that no wait is left out), ``status`` (missing
        without a response), ``trace_id``, ``order_id``, ``customer_id``, ``error`` (empty if there
        was none), ``sampled`` (whether the trace is recorded; missing where unknown),
        ``send_lag_s`` (from scheduled to sent; see `send_lag`) and ``bad`` (what is wrong with a
        bad order; empty for good ones).

    Raises
    ------
    TrafficError
        If a parameter of the load is invalid.
    EndpointUnreachableError
        If no request received a response.
    EndpointLostError
        If the connection is lost for several orders in a row, over some seconds, after responses
        arrived; the rest is not sent. Its ``log`` has the orders that were sent.
    FireInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button. Its ``log`` has the
        orders that were sent; those without a response yet have no status.
    """
    load = TrafficLoad(
        scenario=scenario,
        orders=orders,
        rate=rate,
        seed=seed,
        arrivals=arrivals,
        workers=workers,
        think_s=think_s,
        bad_share=bad_share,
        timeout_s=timeout_s,
        sampled=sampled,
        id_prefix=id_prefix,
    )
    plan = LoadPlan.of(outputs, load)
    answers: list[Answer] = []
    try:
        is_complete = send_plan(plan, answers, Live(progress, len(plan.orders)))
    except KeyboardInterrupt as error:
        message = how_far(answers, len(plan.orders))
        raise FireInterruptedError(message, log=frame_of(answers)) from error
    return log_or_raise(plan, outputs, answers, is_complete=is_complete)


async def fire_async(
    outputs: Outputs, *, progress: Progress | None = None, **load: Unpack[LoadOptions]
) -> pd.DataFrame:
    """Send orders as `fire` does, while the caller's loop goes on: ``await fire_async(outputs)``.

    The load has a loop of its own in a thread, so that the caller's does not delay it. `progress`
    is called in the caller's loop.

    Parameters
    ----------
    outputs, progress
        See `fire`.
    load
        The other parameters of `fire`.

    Returns
    -------
    pandas.DataFrame
        The log, as `fire` returns it.

    Raises
    ------
    TrafficError, EndpointUnreachableError, EndpointLostError
        As `fire` does.
    asyncio.CancelledError
        If the task that awaits it was cancelled. The ``log`` of its ``__cause__`` has the orders
        that were sent; those without a response yet have no status.
    """
    plan = LoadPlan.of(outputs, TrafficLoad(**load))
    answers: list[Answer] = []
    try:
        is_complete = await _send_async(plan, answers, Live(progress, len(plan.orders)))
    except asyncio.CancelledError as error:
        message = how_far(answers, len(plan.orders))
        # A class of our own would be no timeout to asyncio.timeout, before Python 3.13.
        error.__cause__ = FireInterruptedError(message, log=frame_of(answers))
        raise
    return log_or_raise(plan, outputs, answers, is_complete=is_complete)


def send_plan(plan: LoadPlan, answers: list[Answer], live: Live) -> bool:
    """Send from a thread with its own loop: a notebook's loop is busy with this call.

    Each result is in `answers` at once, so that none is lost on an interruption.
    """
    news: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()

    def note(answer: Answer) -> None:
        answers.append(answer)
        news.put(answer)

    with background_loop() as loop:
        sending = asyncio.run_coroutine_threadsafe(plan.send(note), loop)
        sending.add_done_callback(lambda _: news.put(None))
        while (answer := news.get()) is not None:
            live.note(answer)
        return sending.result()


async def _send_async(plan: LoadPlan, answers: list[Answer], live: Live) -> bool:
    """Send from a thread with its own loop, and show the progress in the caller's."""
    news: asyncio.Queue[Answer | None] = asyncio.Queue()
    callers = asyncio.get_running_loop()

    def tell(answer: Answer | None) -> None:
        callers.call_soon_threadsafe(news.put_nowait, answer)

    def note(answer: Answer) -> None:
        answers.append(answer)
        tell(answer)

    with background_loop() as loop:
        sending = asyncio.run_coroutine_threadsafe(plan.send(note), loop)
        sending.add_done_callback(lambda _: tell(None))
        while (answer := await news.get()) is not None:
            live.note(answer)
        return sending.result()


def log_or_raise(
    plan: LoadPlan, outputs: Endpoint, answers: list[Answer], *, is_complete: bool
) -> pd.DataFrame:
    """Return the log of a load, or raise if the endpoint did not respond."""
    if all(answer.status is None for answer in answers):
        raise unreachable(outputs, answers[0])
    if not is_complete:
        raise lost(outputs, answers, len(plan.orders))
    return frame_of(answers)
