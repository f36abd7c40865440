"""Load for the orders API: seeded, open-loop, every request traced unless told otherwise.

Open-loop means that a request is sent when its time has come, whether or not earlier ones have
been answered; so a slow service cannot slow down its own measurement.
"""

import asyncio
import math
import queue
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from tracing_lab.errors import (
    EndpointLostError,
    EndpointUnreachableError,
    FireInterruptedError,
    TrafficError,
)
from tracing_lab.outputs import Outputs

from .background import background_loop
from .orders import Order, random_orders
from .schedule import SCENARIOS, schedule
from .sender import Answer, send_all

__all__ = ["SCENARIOS", "Order", "fire", "random_orders", "schedule"]

_MAX_ORDERS = 100_000
_MAX_RATE = 5_000.0
# API Gateway gives up after 29 s, so whoever waits longer always gets its answer.
_TIMEOUT_S = 35.0

Progress = Callable[[int, int], None]


def fire(
    outputs: Outputs,
    *,
    scenario: str = "steady",
    orders: int = 200,
    rate: float = 20.0,
    seed: int = 1,
    timeout_s: float = _TIMEOUT_S,
    sampled: bool | None = True,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Send orders to a deployed stack and log each request.

    Parameters
    ----------
    outputs
        The stack, as `deploy.apply` gives it.
    scenario
        When orders come; see `schedule`.
    orders
        How many there are.
    rate
        How many come per second on average.
    seed
        The same seed gives the same orders at the same times.
    timeout_s
        Seconds to wait for an answer.
    sampled
        Whether the orders are to be traced. None leaves the decision to the account's sampling
        rules, as most clients do.
    progress
        Called with the number of answered and of all orders.

    Returns
    -------
    pandas.DataFrame
        One row per order, indexed by ``order_no``: ``scheduled``, ``sent`` and ``finished`` (UTC),
        ``latency_s`` (from sent to finished), ``status`` (missing without an answer),
        ``trace_id``, ``order_id``, ``customer_id``, ``error`` (empty if there was none) and
        ``sampled`` (whether the trace is recorded; missing where nobody said so).

    Raises
    ------
    TrafficError
        If the load cannot be sent as asked.
    EndpointUnreachableError
        If not one request was answered.
    EndpointLostError
        If answers came at first, and then no connection for several orders in a row, over some
        seconds; the rest is not sent. Its ``log`` has what was.
    FireInterruptedError
        If Ctrl-C was pressed, in a terminal or by a notebook's stop button. Its ``log`` has what
        was sent; orders without an answer yet have no status.
    """
    _check(orders=orders, rate=rate, seed=seed, timeout_s=timeout_s)
    _check_sampled(sampled)
    offsets = schedule(scenario, orders=orders, rate=rate, seed=seed)
    requests = list(zip(offsets, random_orders(orders, seed=seed), strict=True))
    answers: list[Answer] = []
    try:
        complete = _send(
            outputs, requests, answers, timeout_s=timeout_s, sampled=sampled, progress=progress
        )
    except KeyboardInterrupt as error:
        raise FireInterruptedError(_far(answers, orders), log=_frame(answers)) from error
    if all(answer.status is None for answer in answers):
        raise _unreachable(outputs, answers[0])
    if not complete:
        raise _lost(outputs, answers, orders)
    return _frame(answers)


def _send(
    outputs: Outputs,
    requests: Sequence[tuple[float, Order]],
    answers: list[Answer],
    *,
    timeout_s: float,
    sampled: bool | None,
    progress: Progress | None,
) -> bool:
    """Send from a thread with its own loop: a notebook's loop is busy with this very call.

    Each answer is in `answers` at once, so that none is lost when this is interrupted.
    """
    news: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()

    def note(answer: Answer) -> None:
        answers.append(answer)
        news.put(answer)

    with background_loop() as loop:
        coroutine = send_all(
            outputs.api_endpoint,
            requests,
            api_key=outputs.api_key,
            timeout_s=timeout_s,
            sampled=sampled,
            on_answer=note,
        )
        sending = asyncio.run_coroutine_threadsafe(coroutine, loop)
        sending.add_done_callback(lambda _: news.put(None))
        done = 0
        while news.get() is not None:
            done += 1
            if progress is not None:
                progress(done, len(requests))
        return sending.result()


def _check(*, orders: object, rate: object, seed: object, timeout_s: object) -> None:
    if type(orders) is not int or not 1 <= orders <= _MAX_ORDERS:
        msg = f"orders={orders!r} must be a whole number from 1 to {_MAX_ORDERS}."
        raise TrafficError(msg)
    if not _is_positive(rate, _MAX_RATE):
        msg = f"rate={rate!r} must be a number above 0 and at most {_MAX_RATE} orders per second."
        raise TrafficError(msg)
    if type(seed) is not int:
        msg = f"seed={seed!r} must be a whole number."
        raise TrafficError(msg)
    if not _is_positive(timeout_s, math.inf):
        msg = f"timeout_s={timeout_s!r} must be a number of seconds above 0."
        raise TrafficError(msg)


def _check_sampled(sampled: object) -> None:
    if sampled is not None and not isinstance(sampled, bool):
        msg = f"sampled={sampled!r} must be True, False or None (the sampling rules decide)."
        raise TrafficError(msg)


def _is_positive(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most


def _unreachable(outputs: Outputs, first: Answer) -> EndpointUnreachableError:
    host = urlsplit(outputs.api_endpoint).netloc
    remedy = "Run deploy.apply again" if outputs.endpoint_url else "Check the network"
    msg = f"No order was answered by {host}: {first.error}. {remedy} and take its new outputs."
    return EndpointUnreachableError(msg, operation="POST /orders")


def _far(answers: Sequence[Answer], orders: int) -> str:
    answered = sum(answer.status is not None for answer in answers)
    return (
        f"Interrupted: {len(answers)} of {orders} orders were sent, {answered} of them answered. "
        "The error's .log has them; fire again for a whole load."
    )


def _lost(outputs: Outputs, answers: Sequence[Answer], orders: int) -> EndpointLostError:
    host = urlsplit(outputs.api_endpoint).netloc
    answered = sum(answer.status is not None for answer in answers)
    start_it = "Start it again (tracing-lab embedded start)"
    remedy = start_it if outputs.endpoint_url else "Check the network"
    msg = (
        f"{host} has stopped answering ({answers[-1].error}), so that only {len(answers)} of "
        f"{orders} orders were sent and {answered} answered; the error's .log has them. {remedy} "
        "and fire again."
    )
    return EndpointLostError(msg, log=_frame(answers))


def _frame(unsorted: Sequence[Answer]) -> pd.DataFrame:
    answers = sorted(unsorted, key=lambda answer: answer.order_no)
    columns: dict[str, Any] = {
        "scheduled": _times([answer.scheduled_s for answer in answers]),
        "sent": _times([answer.sent_s for answer in answers]),
        "finished": _times([answer.finished_s for answer in answers]),
        "latency_s": [answer.finished_s - answer.sent_s for answer in answers],
        "status": pd.array([answer.status for answer in answers], dtype="Int64"),
        "trace_id": [answer.trace_id for answer in answers],
        "order_id": [answer.order_id for answer in answers],
        "customer_id": [answer.customer_id for answer in answers],
        "error": [answer.error for answer in answers],
        "sampled": pd.array([answer.sampled for answer in answers], dtype="boolean"),
    }
    index = pd.Index([answer.order_no for answer in answers], name="order_no")
    return pd.DataFrame(columns, index=index)


def _times(epoch_s: Sequence[float]) -> pd.DatetimeIndex:
    nanoseconds = [round(second * 1e9) for second in epoch_s]
    return pd.DatetimeIndex(pd.to_datetime(nanoseconds, unit="ns", utc=True))
