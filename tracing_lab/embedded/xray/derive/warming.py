"""A thread that derives views of changed traces ahead of time, while nothing else happens.

Nobody has to wait for it: what is not derived yet when somebody asks is derived then. So it is
polite. It leaves a trace alone until no more documents of it come, works a few traces at a time
with a pause after each, and does next to nothing while documents are arriving.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

logger = logging.getLogger(__name__)

_SETTLED_S = 0.5
_QUIET_S = 0.1
_MOST_WAITING = 100_000
_TRACES_AT_A_TIME = 8
_PAUSE_S = 0.0002  # enough for a thread that waits for the interpreter to get it
_BUSY_PAUSE_S = 1.0  # some eight traces a second
_ASIDE_S = 0.02


class Warmer:
    """Hands traces that have changed to somebody, in the background.

    Parameters
    ----------
    settled_s
        A trace is handed on when it has not changed for so long.
    most_waiting
        Traces that may wait; the oldest are forgotten, and derived when somebody asks for them.
    """

    def __init__(self, *, settled_s: float = _SETTLED_S, most_waiting: int = _MOST_WAITING) -> None:
        self._settled_s = settled_s
        self._most_waiting = most_waiting
        self._changed_s = 0.0
        self._waiting: dict[str, float] = {}  # when each trace changed, the longest ago first
        self._others = 0
        self._lock = threading.Lock()
        self._called = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(
        self, make: Callable[[Sequence[str]], object], *, first: Callable[[], Iterable[str]]
    ) -> None:
        """Start the thread.

        Parameters
        ----------
        make
            Derives what is to be derived of some traces.
        first
            Gives the traces to begin with; called in the thread.
        """
        self._thread = threading.Thread(
            target=self._run, args=(make, first), name="xray-warmer", daemon=True
        )
        self._thread.start()

    def changed(self, trace_ids: Iterable[str]) -> None:
        """Note that traces have changed; returns at once."""
        now_s = time.monotonic()
        with self._lock:
            self._changed_s = now_s
            for trace_id in trace_ids:
                self._waiting.pop(trace_id, None)
                self._waiting[trace_id] = now_s
            self._forget_oldest()
        self._called.set()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Do nothing meanwhile: somebody derives what is needed at once."""
        with self._lock:
            self._others += 1
        try:
            yield
        finally:
            with self._lock:
                self._others -= 1

    def close(self) -> None:
        """End the thread; what waits is forgotten. May be called twice."""
        self._closing.set()
        self._called.set()
        if self._thread is not None:
            self._thread.join()

    def _run(
        self, make: Callable[[Sequence[str]], object], first: Callable[[], Iterable[str]]
    ) -> None:
        self._work(partial(self._begin, first))
        while not self._closing.is_set():
            trace_ids, pause_s = self._next()
            if trace_ids:
                self._work(partial(make, trace_ids))
            if pause_s is not None:
                self._closing.wait(pause_s)
            elif not self._closing.is_set():
                self._called.wait()

    def _begin(self, first: Callable[[], Iterable[str]]) -> None:
        waiting = dict.fromkeys(first(), 0.0)
        with self._lock:
            self._waiting = waiting | self._waiting
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        excess = len(self._waiting) - self._most_waiting
        for trace_id in list(islice(self._waiting, max(excess, 0))):
            del self._waiting[trace_id]

    def _next(self) -> tuple[list[str], float | None]:
        """Give the traces to hand on now, and how long to wait then, None for the next change."""
        now_s = time.monotonic()
        with self._lock:
            if self._others:
                return [], _ASIDE_S
            some = list(islice(self._waiting.items(), _TRACES_AT_A_TIME))
            found = [key for key, changed_s in some if changed_s + self._settled_s <= now_s]
            for trace_id in found:
                del self._waiting[trace_id]
            if not some:
                self._called.clear()
                return [], None
            if not found:
                return [], some[0][1] + self._settled_s - now_s
            is_quiet = now_s - self._changed_s > _QUIET_S
            return found, _PAUSE_S if is_quiet else _BUSY_PAUSE_S

    def _work(self, task: Callable[[], object]) -> None:
        try:
            task()
        except Exception:  # the thread must live on; who asks for these traces gets the error
            if not self._closing.is_set():
                logger.exception("X-Ray could not read ahead")
