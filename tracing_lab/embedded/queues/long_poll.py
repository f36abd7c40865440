"""SQS long polling without holding up everybody else.

moto waits inside a ReceiveMessage call, and all its calls run one at a time, so that no message
could even arrive. Here a long poll is a series of short ones.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse

POLL_INTERVAL_S = 0.05

_WAIT = "WaitTimeSeconds"
_LONGEST_WAIT_S = 20


def wait_of(request: HttpRequest) -> int:
    """Give the seconds that a ReceiveMessage call asks to wait; 0 for all other calls.

    Calls in the query protocol of older SDKs, and waits that SQS refuses, are not looked into.

    Examples
    --------
    >>> target = (("X-Amz-Target", "AmazonSQS.ReceiveMessage"),)
    >>> wait_of(HttpRequest("POST", "/", headers=target, body=b'{"WaitTimeSeconds": 5}'))
    5
    """
    if request.header("X-Amz-Target") != "AmazonSQS.ReceiveMessage":
        return 0
    try:
        wait_s = json.loads(request.body).get(_WAIT)
    except (ValueError, AttributeError, RecursionError):
        return 0
    return wait_s if isinstance(wait_s, int) and 0 < wait_s <= _LONGEST_WAIT_S else 0


async def poll(
    answer: Callable[[HttpRequest], Awaitable[HttpResponse]],
    request: HttpRequest,
    *,
    wait_s: float,
    interval_s: float = POLL_INTERVAL_S,
) -> HttpResponse:
    """Ask until there are messages, an error, or the time is over.

    Parameters
    ----------
    answer
        Answers a call at once.
    request
        The ReceiveMessage call.
    wait_s
        How long to go on, in seconds.
    interval_s
        Seconds between two tries.
    """
    short = replace(request, body=json.dumps({**json.loads(request.body), _WAIT: 0}).encode())
    deadline_s = time.monotonic() + wait_s
    while True:
        response = await answer(short)
        if response.status >= 400 or json.loads(response.body).get("Messages"):  # noqa: PLR2004 - an HTTP error
            return response
        if time.monotonic() + interval_s > deadline_s:
            return response
        await asyncio.sleep(interval_s)
