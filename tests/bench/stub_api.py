"""An orders API that does nothing, or waits, in a process of its own, and that can pause once.

The whole chain carries some hundred orders a second on two cores, less than a generator can send;
so the generator is measured against this stub.
"""

import asyncio
import math
import random
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

RESPONSE = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
BACKLOG = 4096
SIGMA = 0.5
AT_A_TIME, EVERY_S = 4, 0.002  # up to 2,000 a second after the pause
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@contextmanager
def stub_api(
    *, pause_at_s: float = 0.0, pause_s: float = 0.0, median_ms: float = 0.0
) -> Iterator[Any]:
    """Run the stub; yield outputs of a stack that name it.

    Parameters
    ----------
    pause_at_s, pause_s
        How long after the first request no response is sent, and for how long.
    median_ms
        Median of the lognormal time until a response.
    """
    command = [sys.executable, __file__, str(pause_at_s), str(pause_s), str(median_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            endpoint = f"http://127.0.0.1:{int(process.stdout.readline())}"
            yield SimpleNamespace(api_endpoint=endpoint, endpoint_url=endpoint, api_key=None)
        finally:
            process.kill()


class Pause:
    """The pause, which counts from the first request, and the requests that wait for its end."""

    def __init__(self, at_s: float, length_s: float) -> None:
        self._at_s, self._length_s = at_s, length_s
        self._is_on = False
        self._waiting: deque[Any] = deque()

    def count(self) -> None:
        """Start to count, if that has not happened."""
        if self._length_s:
            loop = asyncio.get_running_loop()
            loop.call_later(self._at_s, self._begin)
            loop.call_later(self._at_s + self._length_s, self._end)
            self._length_s = 0.0

    def answer(self, transport: Any) -> None:
        """Respond to a request, after the earlier ones."""
        if self._is_on or self._waiting:
            self._waiting.append(transport)
        else:
            transport.write(RESPONSE)

    def _begin(self) -> None:
        self._is_on = True

    def _end(self) -> None:
        self._is_on = False
        self._drain()

    def _drain(self) -> None:
        """Respond to some pending requests; the others follow at a server's rate."""
        for _ in range(min(AT_A_TIME, len(self._waiting))):
            self._waiting.popleft().write(RESPONSE)
        if self._waiting:
            asyncio.get_running_loop().call_later(EVERY_S, self._drain)


class Connection(asyncio.Protocol):
    """Responds to each request when its body is complete."""

    def __init__(self, pause: Pause, median_s: float) -> None:
        self._pause, self._median_s = pause, median_s
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Respond to the requests that are complete."""
        self._pause.count()
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and (length is None or len(body) >= int(length[1])):
            self._received = b""
            self._answer()

    def _answer(self) -> None:
        if not self._median_s:
            self._pause.answer(self._transport)
            return
        delay_s = random.lognormvariate(math.log(self._median_s), SIGMA)
        asyncio.get_running_loop().call_later(delay_s, self._pause.answer, self._transport)


async def serve(at_s: float, length_s: float, median_ms: float) -> None:
    """Serve until the process is killed."""
    pause = Pause(at_s, length_s)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(pause, median_ms / 1000), "127.0.0.1", 0, backlog=BACKLOG
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(*map(float, sys.argv[1:])))
