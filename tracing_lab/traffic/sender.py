"""Send orders by HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp

from tracing_lab.config.loopback import is_near
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id

from .answer import BAD_REQUEST, Answer
from .header import decision
from .orders import Order
from .pacing import SendClock

_MAX_ERROR_TEXT = 200


@dataclass(frozen=True)
class OrderTarget:
    """Where orders go.

    Parameters
    ----------
    endpoint
        Base URL of the API's stage.
    api_key
        The API key, if the API requires one.
    timeout_s
        Seconds to wait for a response.
    sampled
        The sampling decision that the requests carry; None leaves it to the API.
    """

    endpoint: str
    api_key: str | None
    timeout_s: float
    sampled: bool | None

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """Open a session with as many connections as it takes."""
        # A proxy from the environment is for the internet, not for this machine.
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=self.timeout_s),
            trust_env=not is_near(self.endpoint),
            headers={} if self.api_key is None else {"X-Api-Key": self.api_key},
        ) as session:
            yield session


class Sender:
    """Sends orders to a target.

    Parameters
    ----------
    target
        Where they go.
    session
        A session of the target.
    on_answer
        Called with each result as it arrives; also with those of cancelled orders, which have no
        status.
    clock
        The time.
    """

    def __init__(
        self,
        target: OrderTarget,
        session: aiohttp.ClientSession,
        on_answer: Callable[[Answer], None],
        clock: SendClock,
    ) -> None:
        self._target, self._session = target, session
        self._on_answer, self._clock = on_answer, clock

    async def send(self, order: Order, scheduled_s: float) -> None:
        """Send an order that is due at a time, in epoch seconds."""
        sent_s = self._clock.now_s()
        trace_id = new_trace_id()
        status, text, error, connected = None, "", "", True
        sampled = self._target.sampled
        try:
            async with self._post(order, trace_id) as response:
                sampled = decision(response.headers.get(HEADER_NAME), sent=sampled)
                status, text = response.status, await response.text(errors="replace")
        except asyncio.CancelledError:
            error = "Interrupted before the answer came"
            raise
        except (aiohttp.ClientError, TimeoutError) as exception:
            error = f"{type(exception).__name__}: {exception}".rstrip(": ")
            connected = not isinstance(exception, aiohttp.ClientConnectionError)
        finally:
            self._on_answer(
                Answer(
                    order_no=order.number,
                    customer_id=order.customer_id,
                    trace_id=trace_id,
                    scheduled_s=scheduled_s,
                    sent_s=sent_s,
                    finished_s=self._clock.now_s(),
                    status=status,
                    order_id=order_id_of(text),
                    error=error or error_of_status(status, text),
                    sampled=sampled,
                    connected=connected,
                    bad=order.bad,
                )
            )

    def _post(self, order: Order, trace_id: str) -> aiohttp.client._RequestContextManager:
        url = order.url or f"{self._target.endpoint}/orders/{quote(order.customer_id)}"
        headers = {HEADER_NAME: TraceHeader(trace_id, sampled=self._target.sampled).format()}
        return self._session.post(url, json=order.body, headers=headers)


def order_id_of(text: str) -> str:
    """Return the order's id in a response; empty if it has none.

    Parameters
    ----------
    text
        The response's body.

    Examples
    --------
    >>> order_id_of('{"orderId": "o-1"}'), order_id_of("Bad Gateway")
    ('o-1', '')
    """
    try:
        answer = json.loads(text)
    except ValueError:
        return ""
    return str(answer.get("orderId", "")) if isinstance(answer, dict) else ""


def error_of_status(status: int | None, text: str) -> str:
    """Return the error that a response is; empty if it is none.

    Parameters
    ----------
    status
        The status; None without a response.
    text
        The response's body.

    Examples
    --------
    >>> error_of_status(400, "no productId"), error_of_status(201, "{}")
    ('HTTP 400: no productId', '')
    """
    if status is None or status < BAD_REQUEST:
        return ""
    return f"HTTP {status}: {text[:_MAX_ERROR_TEXT]}"
