"""Several stacks at the same time, until all have ended or somebody stops them."""

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
    """Stops stacks that are being made or deleted: no step begins, and no wait goes on."""

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
    """Do the same with all items, several at a time.

    An exception other than those that the work itself handles is raised when all others have
    ended; an interruption stops them.

    Parameters
    ----------
    work
        What to do with an item.
    items
        What to do it with.
    stop
        Is set at an interruption, and ends what runs.
    at_once
        How many at a time.

    Returns
    -------
    list
        The results, in the order of the items.
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
