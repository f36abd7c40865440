"""Sending orders when their time has come."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import aiohttp

from .header import TRACE_HEADER, decision, trace_header
from .orders import Order

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FIRST_ERROR_STATUS = 400
_MAX_ERROR_TEXT = 200
LOST_ORDERS = 10
"""So many orders in a row find no connection ..."""
LOST_S = 3.0
"""... over so many seconds, until the endpoint counts as lost."""


@dataclass(frozen=True)
class Answer:
    """What came of one order.

    Parameters
    ----------
    order_no
        Its place in the load.
    customer_id
        Who ordered.
    trace_id
        The trace that the request began.
    scheduled_s, sent_s, finished_s
        When it should have been sent, was sent, and was answered; epoch seconds.
    status
        HTTP status; None without an answer.
    order_id
        The id that the order got.
    error
        What went wrong; empty if nothing did.
    sampled
        Whether the trace is recorded, as the response's header or else the request's says; None
        when neither does.
    connected
        Whether there was a connection to whatever answers.
    """

    order_no: int
    customer_id: str
    trace_id: str
    scheduled_s: float
    sent_s: float
    finished_s: float
    status: int | None = None
    order_id: str = ""
    error: str = ""
    sampled: bool | None = None
    connected: bool = True


class Contact:
    """Whether the endpoint can still be reached, from the answers as they come.

    A network may fail for a moment, and a server may refuse connections while it is busy; so only
    several orders in a row, over some seconds, without a single connection count as lost.
    """

    def __init__(self) -> None:
        self._failures: list[Answer] = []  # since the last connection, in the order of their end

    def note(self, answer: Answer) -> None:
        """Note how an order ended."""
        if answer.connected:
            self._failures.clear()
        else:
            self._failures.append(answer)

    @property
    def lost(self) -> bool:
        """Whether it is lost."""
        if len(self._failures) < LOST_ORDERS:
            return False
        return self._failures[-1].finished_s - self._failures[0].sent_s >= LOST_S


async def send_all(
    endpoint: str,
    requests: Sequence[tuple[float, Order]],
    *,
    api_key: str | None,
    timeout_s: float,
    sampled: bool | None,
    on_answer: Callable[[Answer], None],
) -> bool:
    """Send each order at its time, however long the answers to earlier ones take.

    It ends early when the endpoint is lost (see `Contact`). When it is cancelled, orders that have
    no answer yet count as answered without a status.

    Parameters
    ----------
    endpoint
        Base URL of the API's stage.
    requests
        Seconds from now, and order; ascending.
    api_key
        The API key, if the API wants one.
    timeout_s
        Seconds to wait for an answer.
    sampled
        The sampling decision that the requests carry; None leaves it to the API.
    on_answer
        Called with each answer as it comes.

    Returns
    -------
    bool
        Whether all orders were sent; False if the endpoint was lost.
    """
    contact = Contact()

    def note(answer: Answer) -> None:
        contact.note(answer)
        on_answer(answer)

    start_s, start = time.time(), time.perf_counter()
    connector = aiohttp.TCPConnector(limit=0)
    # A proxy of the environment is meant for the internet, not for this machine.
    far = urlsplit(endpoint).hostname not in _LOOPBACK
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    headers = {} if api_key is None else {"X-Api-Key": api_key}
    async with (
        aiohttp.ClientSession(
            connector=connector, timeout=timeout, trust_env=far, headers=headers
        ) as session,
        asyncio.TaskGroup() as tasks,
    ):
        for offset_s, order in requests:
            await asyncio.sleep(start + offset_s - time.perf_counter())
            if contact.lost:
                return False
            due_s = start_s + offset_s
            tasks.create_task(_send(session, endpoint, order, due_s, note, sampled=sampled))
    return not contact.lost


async def _send(
    session: aiohttp.ClientSession,
    endpoint: str,
    order: Order,
    scheduled_s: float,
    on_answer: Callable[[Answer], None],
    *,
    sampled: bool | None,
) -> None:
    trace_id = new_trace_id(time.time())
    url = f"{endpoint}/orders/{quote(order.customer_id)}"
    headers = {TRACE_HEADER: trace_header(trace_id, sampled=sampled)}
    status, text, error, connected = None, "", "", True
    sent_s, sent = time.time(), time.perf_counter()
    try:
        async with session.post(url, json=order.body, headers=headers) as response:
            sampled = decision(response.headers.get(TRACE_HEADER), sent=sampled)
            status, text = response.status, await response.text(errors="replace")
    except asyncio.CancelledError:
        error = "Interrupted before the answer came"
        raise
    except (aiohttp.ClientError, TimeoutError) as exception:
        error = f"{type(exception).__name__}: {exception}".rstrip(": ")
        connected = not isinstance(exception, aiohttp.ClientConnectionError)
    finally:
        latency_s = time.perf_counter() - sent
        on_answer(
            Answer(
                order_no=order.number,
                customer_id=order.customer_id,
                trace_id=trace_id,
                scheduled_s=scheduled_s,
                sent_s=sent_s,
                finished_s=sent_s + latency_s,
                status=status,
                order_id=_order_id(text),
                error=error or _http_error(status, text),
                sampled=sampled,
                connected=connected,
            )
        )


def new_trace_id(now_s: float) -> str:
    """Make a trace id as X-Ray wants it: version, start in epoch seconds, 96 random bits.

    The random part is never seeded: two runs within a second must not share traces.

    Parameters
    ----------
    now_s
        Epoch seconds.

    Returns
    -------
    str
        The id.

    Examples
    --------
    >>> new_trace_id(1795435200.5)[:11]
    '1-6b042ac0-'
    """
    return f"1-{int(now_s):08x}-{os.urandom(12).hex()}"


def _order_id(text: str) -> str:
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    return str(answer.get("orderId", "")) if isinstance(answer, dict) else ""


def _http_error(status: int | None, text: str) -> str:
    if status is None or status < _FIRST_ERROR_STATUS:
        return ""
    return f"HTTP {status}: {text[:_MAX_ERROR_TEXT]}"
