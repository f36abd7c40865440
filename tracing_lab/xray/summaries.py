"""Read trace summaries: those of a request log, or all pages of time ranges in parallel."""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from tracing_lab.errors import FetchInterruptedError, TraceDataError

from .ids import trace_ids_from

Window = tuple[datetime, datetime]
Item = dict[str, Any]
Pages = Callable[[datetime, datetime], Iterator[list[Item]]]

_LOG = logging.getLogger(__name__)
_WORKERS = 8
_TICK_S = 0.2  # between two reports of progress
_MARGIN = timedelta(seconds=10)  # by how much the clocks of a client and of AWS may differ


def window_of_log(log: Any) -> tuple[Window, frozenset[str]]:
    """Return when the traces of a request log began, and their ids.

    Parameters
    ----------
    log
        A frame with the columns ``trace_id``, ``sent`` and ``finished``. Rows without a status
        count too: what a client gave up may have a trace.

    Returns
    -------
    window, trace_ids
        The time from the first request to the last response, with a margin for clocks that
        differ, and the ids.

    Raises
    ------
    TraceDataError
        If `log` is not a request log, or has no rows.
    """
    missing = {"trace_id", "sent", "finished"} - set(getattr(log, "columns", ()))
    if missing:
        msg = (
            f"The log has no column {', '.join(map(repr, sorted(missing)))}. Pass the request log "
            "that traffic.fire returned, or start and end."
        )
        raise TraceDataError(msg)
    trace_ids = frozenset(trace_ids_from(log["trace_id"].dropna()))
    try:
        first = pd.to_datetime(log["sent"], utc=True).min().floor("us")
        last = pd.to_datetime(log["finished"], utc=True).max().floor("us")
    except ValueError as error:
        msg = f"The log's columns sent and finished are not times: {error}."
        raise TraceDataError(msg) from error
    return (first.to_pydatetime() - _MARGIN, last.to_pydatetime() + _MARGIN), trace_ids


def of_traces(items: Sequence[Item], trace_ids: frozenset[str]) -> list[Item]:
    """Return the summaries of some traces; log how many traces have none.

    Parameters
    ----------
    items
        Summaries.
    trace_ids
        The traces.
    """
    kept = [item for item in items if item["Id"] in trace_ids]
    missing = len(trace_ids) - len({item["Id"] for item in kept})
    if missing:
        _LOG.info("No summary was returned for %d of %d traces.", missing, len(trace_ids))
    return kept


def read_summaries(
    pages: Pages, windows: Sequence[Window], progress: Callable[[int, int], None] | None
) -> list[Item]:
    """Read the pages of several windows at the same time; return them window by window.

    Parameters
    ----------
    pages
        Yields the pages of a window.
    windows
        The windows.
    progress
        Called while pages come in, in this thread, with the number of pages read and of pages
        known to exist; the two are equal in the end.

    Raises
    ------
    FetchInterruptedError
        If Ctrl-C was pressed; it carries what has arrived.
    """
    arrived: list[list[list[Item]]] = [[] for _ in windows]
    stopped = threading.Event()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="summaries") as pool:
        readers = [
            pool.submit(_read, pages, window, mine, stopped)
            for window, mine in zip(windows, arrived, strict=True)
        ]
        try:
            _wait(readers, arrived, progress or (lambda _read, _known: None))
        except KeyboardInterrupt as error:
            raise _interrupted(_joined(arrived)) from error
        finally:
            stopped.set()
    return _joined(arrived)


def _read(
    pages: Pages, window: Window, arrived: list[list[Item]], stopped: threading.Event
) -> None:
    """Read a window to its end, or to the end of a page once reading is stopped."""
    if not stopped.is_set():
        for page in pages(*window):
            arrived.append(page)
            if stopped.is_set():
                return


def _wait(
    readers: Sequence[Future[None]],
    arrived: Sequence[Sequence[Any]],
    progress: Callable[[int, int], None],
) -> None:
    pending: Collection[Future[None]] = readers
    while pending:
        done, pending = wait(pending, timeout=_TICK_S, return_when=FIRST_COMPLETED)
        for reader in done:
            reader.result()  # raises what the reader raised
        read = sum(map(len, arrived))
        progress(read, read + len(pending))


def _joined(arrived: Sequence[Sequence[list[Item]]]) -> list[Item]:
    return [item for pages in arrived for page in pages for item in page]


def _interrupted(items: Sequence[Item]) -> FetchInterruptedError:
    msg = (
        f"Interrupted: {len(items)} summaries have arrived. They are the error's .summaries; fetch "
        "a shorter range of time, or pass a filter_expression, to get fewer."
    )
    return FetchInterruptedError(msg, summaries=items)
