"""A kernel as JupyterLab runs it, and what its user and its widgets send to it."""

import queue
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

TIMEOUT_S = 120.0

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """What a cell left.

    Parameters
    ----------
    printed
        What it printed.
    value
        The text of its last line's value; empty without one.
    error
        The name of its exception; empty if it ended well.
    traceback
        The lines that a notebook shows for it.
    """

    printed: str
    value: str
    error: str
    traceback: tuple[str, ...]


class RealKernel:
    """A running kernel.

    Parameters
    ----------
    manager, client
        What Jupyter's own programs use.
    """

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager, self._client = manager, client
        self._news: dict[str, list[Message]] = defaultdict(list)

    def start(self, code: str) -> str:
        """Run a cell and return its id at once."""
        return str(self._client.execute(code))

    def wait_until_printed(self, cell_id: str, text: str) -> None:
        """Wait until a cell has printed something."""
        while text not in _printed(self._news[cell_id]):
            self._take_news()

    def interrupt(self) -> None:
        """Press the stop button."""
        self._manager.interrupt_kernel()

    def finish(self, cell_id: str) -> Cell:
        """Wait until a cell has ended."""
        while not self.has_ended(cell_id):
            self._take_news()
        news = self._news.pop(cell_id)
        errors = [item["content"] for item in news if item["msg_type"] == "error"]
        values = [item["content"]["data"] for item in news if item["msg_type"] == "execute_result"]
        return Cell(
            _printed(news),
            values[0]["text/plain"] if values else "",
            errors[0]["ename"] if errors else "",
            tuple(errors[0]["traceback"]) if errors else (),
        )

    def run(self, code: str) -> Cell:
        """Run a cell to its end."""
        return self.finish(self.start(code))

    def has_ended(self, request_id: str) -> bool:
        """Return whether the kernel has said so, as far as its news have been taken."""
        states = [item["content"].get("execution_state") for item in self._news[request_id]]
        return "idle" in states

    def control_s(self) -> float:
        """Return how long a request for the kernel's description took on the control channel."""
        message = self._client.session.msg("kernel_info_request", {})
        started = time.perf_counter()
        self._client.control_channel.send(message)
        while True:
            reply = self._client.get_control_msg(timeout=TIMEOUT_S)
            if reply["parent_header"]["msg_id"] == message["header"]["msg_id"]:
                return time.perf_counter() - started

    def comm_s(self, comm_id: str) -> float:
        """Return how long it took until a widget's message had been handled."""
        message = self._client.session.msg("comm_msg", {"comm_id": comm_id, "data": {}})
        started = time.perf_counter()
        self._client.shell_channel.send(message)
        while not self.has_ended(message["header"]["msg_id"]):
            self._take_news()
        return time.perf_counter() - started

    def cell_s(self) -> float:
        """Return how long a cell took that does next to nothing."""
        started = time.perf_counter()
        self.run("1")
        return time.perf_counter() - started

    def take_all_news(self) -> None:
        """Return the kernel's messages so far, without waiting for more."""
        with suppress(queue.Empty):
            while True:
                self._take_news(timeout_s=0)

    def _take_news(self, timeout_s: float = TIMEOUT_S) -> None:
        message = self._client.get_iopub_msg(timeout=timeout_s)
        self._news[message["parent_header"].get("msg_id", "")].append(message)


def _printed(news: Sequence[Message]) -> str:
    return "".join(item["content"]["text"] for item in news if item["msg_type"] == "stream")


@contextmanager
def running_kernel(environment: Mapping[str, str]) -> Iterator[RealKernel]:
    """Run a kernel."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=dict(environment))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT_S)
        yield RealKernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
