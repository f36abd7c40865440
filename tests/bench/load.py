"""Orders from clients that wait for each answer before they send the next (a closed loop)."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id

BODY = json.dumps({"productId": "p1"})


@dataclass(frozen=True)
class Answer:
    """What became of one order.

    Parameters
    ----------
    trace_id
        Its trace.
    status
        The HTTP status; None when the connection broke.
    latency_s
        From sending to the whole answer.
    """

    trace_id: str
    status: int | None
    latency_s: float


class Client:
    """One connection that is kept, to the stage that takes orders.

    Parameters
    ----------
    url
        Where orders are posted.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._path = parts.path
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=60)

    def order(self) -> Answer:
        """Send one traced order."""
        trace_id = new_trace_id()
        headers = {
            "Content-Type": "application/json",
            "X-Amzn-Trace-Id": TraceHeader(trace_id, sampled=True).format(),
        }
        started = time.perf_counter()
        try:
            self._connection.request("POST", self._path, BODY, headers)
            response = self._connection.getresponse()
            response.read()
            status: int | None = response.status
        except (OSError, http.client.HTTPException):
            self._connection.close()
            status = None
        return Answer(trace_id, status, time.perf_counter() - started)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def closed_loop(
    url: str,
    *,
    orders: int,
    clients: int = 8,
    on_answer: Callable[[Answer], object] = lambda _: None,
) -> list[Answer]:
    """Send orders from several clients at once.

    A client whose connection breaks ends: nobody is there any more.

    Parameters
    ----------
    url
        Where orders are posted.
    orders
        How many.
    clients
        How many at once.
    on_answer
        Called with each answer, from the client's thread.
    """
    numbers, lock = iter(range(orders)), threading.Lock()

    def work() -> list[Answer]:
        client = Client(url)
        answers = []
        for answer in _until_broken(client, numbers, lock):
            answers.append(answer)
            on_answer(answer)
        client.close()
        return answers

    with ThreadPoolExecutor(clients) as pool:
        shares = [pool.submit(work) for _ in range(clients)]
        return [answer for share in shares for answer in share.result()]


def _until_broken(client: Client, numbers: Iterator[int], lock: threading.Lock) -> Iterator[Answer]:
    while True:
        with lock:
            if next(numbers, None) is None:
                return
        answer = client.order()
        yield answer
        if answer.status is None:
            return
