"""SQS long polling without blocking other calls.

moto waits inside of a ReceiveMessage call, and all its calls run one at a time, so that no message
could arrive. Here a long poll is a series of short ones.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall

POLL_INTERVAL_S = 0.05

_WAIT = "WaitTimeSeconds"
_LONGEST_WAIT_S = 20


def wait_of(call: ApiCall) -> int:
    """Return the seconds that a ReceiveMessage call waits; 0 for all other calls.

    Calls in the query protocol of older SDKs, and waits that SQS rejects, do not wait.
    """
    if call.key != ("sqs", "ReceiveMessage"):
        return 0
    wait_s = call.members.get(_WAIT)
    return wait_s if isinstance(wait_s, int) and 0 < wait_s <= _LONGEST_WAIT_S else 0


async def poll(
    answer: Callable[[ApiCall], Awaitable[HttpResponse]],
    call: ApiCall,
    *,
    wait_s: float,
    interval_s: float = POLL_INTERVAL_S,
) -> HttpResponse:
    """Repeat a call until there are messages, an error, or the time is over.

    Parameters
    ----------
    answer
        Responds to a call immediately.
    call
        The ReceiveMessage call.
    wait_s
        How long to poll, in seconds.
    interval_s
        Seconds between two tries.
    """
    short = call.with_members({**call.members, _WAIT: 0})
    deadline_s = time.monotonic() + wait_s
    while True:
        response = await answer(short)
        if response.status >= 400 or json.loads(response.body).get("Messages"):  # noqa: PLR2004 - an HTTP error
            return response
        if time.monotonic() + interval_s > deadline_s:
            return response
        await asyncio.sleep(interval_s)
