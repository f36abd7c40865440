"""Send requests of any kind at given times, as orders are sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from tracing_lab.errors import FireInterruptedError, TrafficError

from .answer import Answer
from .firing import log_or_raise, send_plan
from .live import Live, Progress
from .load import TIMEOUT_S, TrafficLoad
from .log import frame_of
from .orders import Order
from .problems import how_far
from .sender import OrderTarget
from .sending import LoadPlan


@dataclass(frozen=True)
class TimedRequest:
    """A POST request that is due at a time.

    Parameters
    ----------
    at_s
        Seconds from the start.
    url
        Where it is sent.
    body
        The JSON body.
    """

    at_s: float
    url: str
    body: dict[str, Any]


@dataclass(frozen=True)
class _Reached:
    api_endpoint: str
    endpoint_url: str | None


def fire_requests(
    requests: Sequence[TimedRequest],
    *,
    endpoint_url: str | None,
    timeout_s: float = TIMEOUT_S,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Send requests on schedule, each traced, and log them.

    Parameters
    ----------
    requests
        What is sent when.
    endpoint_url
        The emulator to which they go, for messages; None for a real account.
    timeout_s
        Seconds to wait for a response.
    progress
        As for `fire`.

    Returns
    -------
    pandas.DataFrame
        The log, as `fire` returns it, in the order of `requests`.

    Raises
    ------
    TrafficError
        If there are no requests, or `timeout_s` is no number of seconds.
    EndpointUnreachableError, EndpointLostError, FireInterruptedError
        As `fire` does.
    """
    if not requests:
        msg = "There are no requests to send."
        raise TrafficError(msg)
    load = TrafficLoad(timeout_s=timeout_s)
    timed = [
        (request.at_s, Order(number, "", request.body, url=request.url))
        for number, request in enumerate(requests)
    ]
    timed.sort(key=lambda pair: pair[0])
    reached = _Reached(requests[0].url, endpoint_url)
    plan = LoadPlan(
        OrderTarget(requests[0].url, None, timeout_s, sampled=True),
        [order for _, order in timed],
        [at_s for at_s, _ in timed],
        load,
    )
    answers: list[Answer] = []
    try:
        is_complete = send_plan(plan, answers, Live(progress, len(requests)))
    except KeyboardInterrupt as error:
        raise FireInterruptedError(
            how_far(answers, len(requests)), log=frame_of(answers)
        ) from error
    return log_or_raise(plan, reached, answers, is_complete=is_complete)
