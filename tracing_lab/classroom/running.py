"""Work on several stacks at the same time, until all are done or stopped."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from tracing_lab.errors import DeployError

AT_ONCE = 8
"""Enough that the account's scarcest quota, a deployment of an API in five seconds, is always
used, and few enough threads."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class Stop:
    """Stops the work on several stacks: no step begins, and no wait continues."""

    def __init__(self) -> None:
        self._event = Event()

    def set(self) -> None:
        """Stop."""
        self._event.set()

    def check(self) -> None:
        """Raise DeployError if it was stopped."""
        self.sleep(0.0)

    def sleep(self, seconds: float) -> None:
        """Wait; raise DeployError as soon as it is stopped."""
        if self._event.wait(seconds):
            msg = "Stopped. What was done stays; run the same again to continue."
            raise DeployError(msg)


def for_each(
    work: Callable[[Item], Result], items: Iterable[Item], *, stop: Stop, at_once: int = AT_ONCE
) -> list[Result]:
    """Call a function for all items, several at a time; return results in the items' order.

    An exception that the function does not handle is raised after all others have ended; an
    interruption stops them.

    Parameters
    ----------
    work
        The function to call with an item.
    items
        Its arguments.
    stop
        Set on an interruption; stops the running work.
    at_once
        How many at a time.
    """
    with ThreadPoolExecutor(at_once, thread_name_prefix="class") as pool:
        try:
            futures = [pool.submit(work, item) for item in items]
            wait(futures)
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [future.result() for future in futures]
