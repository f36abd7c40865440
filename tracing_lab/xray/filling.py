"""Fetch many traces in parallel, and pass each on once it is complete."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from tracing_lab.aws.xray import BATCH_SIZE

from .maturing import MaturingTraces

_WORKERS = 16
_TICK_S = 0.2  # between two reports of progress, at most

RawTrace = dict[str, Any]
Fetched = tuple[list[RawTrace], list[str]]


def fetch_complete(
    fetch: Callable[[Sequence[str]], Fetched],
    traces: MaturingTraces,
    *,
    keep: Callable[[RawTrace], None],
    tick: Callable[[], None],
    sleep: Callable[[float], None],
) -> None:
    """Fetch traces until each is complete or given up.

    Parameters
    ----------
    fetch
        Returns traces and unprocessed ids for up to five ids; called by several threads.
    traces
        Which to fetch.
    keep
        Called with each complete trace, once and in this thread.
    tick
        Called in this thread a few times a second.
    sleep
        Waits, in seconds.

    Raises
    ------
    AwsError
        If AWS cannot be reached.
    """
    running: dict[Future[Fetched], list[str]] = {}
    pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="lake")
    try:
        while traces or running:
            while len(running) < _WORKERS and (batch := traces.next_batch(BATCH_SIZE)):
                running[pool.submit(fetch, batch)] = batch
            if running:
                pause_s = min(traces.pause_s() or _TICK_S, _TICK_S)
                done, _ = wait(running, timeout=pause_s, return_when=FIRST_COMPLETED)
                for future in done:
                    _note(traces, running.pop(future), future.result()[0], keep)
            else:
                sleep(min(traces.pause_s(), _TICK_S))
            tick()
    finally:
        pool.shutdown(cancel_futures=True)


def _note(
    traces: MaturingTraces,
    batch: Sequence[str],
    fetched: Sequence[RawTrace],
    keep: Callable[[RawTrace], None],
) -> None:
    by_id = {trace["Id"]: trace for trace in fetched}
    for trace_id in batch:
        if trace_id not in by_id:
            traces.note_missing(trace_id)
        elif traces.is_complete(by_id[trace_id]):
            keep(by_id[trace_id])
