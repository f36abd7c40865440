"""Wait until traces have settled: no segment is in progress and no more arrive."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from tracing_lab.aws.xray import BATCH_SIZE
from tracing_lab.errors import FetchInterruptedError, TracesNotReadyError
from tracing_lab.xray_model.documents import Document, is_open

_FIRST_POLL_S = 0.2
_LAST_POLL_S = 5.0
_POLL_GROWTH = 1.5
_WORKERS = 8

RawTrace = dict[str, Any]
Fetch = Callable[[Sequence[str]], tuple[list[RawTrace], list[str]]]


@dataclass(frozen=True)
class Clock:
    """The time, and a way to wait.

    Parameters
    ----------
    now
        Returns seconds.
    sleep
        Waits for seconds.
    epoch
        Returns epoch seconds.
    """

    now: Callable[[], float]
    sleep: Callable[[float], None]
    epoch: Callable[[], float] = time.time


@dataclass(frozen=True)
class _Sight:
    """The latest observation of a trace."""

    trace: RawTrace
    segments: int
    in_progress: bool
    since_s: float  # when it was first observed in this state
    polls: int = 1  # how often it was observed in this state

    def is_settled(self, now_s: float, quiet_s: float) -> bool:
        """Return whether no further change is expected."""
        quiet = now_s - self.since_s >= quiet_s
        return not self.in_progress and self.polls >= 2 and quiet  # noqa: PLR2004 - seen twice


def wait_until_settled(
    fetch: Fetch,
    trace_ids: Sequence[str],
    *,
    timeout_s: float,
    quiet_s: float,
    clock: Clock,
    progress: Callable[[int, int], None] | None = None,
) -> list[RawTrace]:
    """Poll traces until all have settled; return them in the requested order.

    Only unsettled traces are polled. When none is left, all are looked at once more, because a
    late segment may have come to one that had been quiet.

    Parameters
    ----------
    fetch
        Returns traces and unprocessed ids for up to five ids.
    trace_ids
        The traces to wait for.
    timeout_s
        Seconds to wait at most.
    quiet_s
        Seconds that a trace must stay unchanged.
    clock
        Returns the time and sleeps.
    progress
        Called with the number of settled and of all traces.

    Raises
    ------
    TracesNotReadyError
        If some have not settled in time.
    FetchInterruptedError
        If Ctrl-C was pressed.
    """
    watch = _Watch(fetch, clock, quiet_s)
    try:
        _poll(watch, trace_ids, timeout_s, clock, progress or (lambda _done, _total: None))
    except KeyboardInterrupt as error:
        raise _interrupted(trace_ids, watch.seen) from error
    return [watch.seen[trace_id].trace for trace_id in trace_ids]


def _poll(
    watch: "_Watch",
    trace_ids: Sequence[str],
    timeout_s: float,
    clock: Clock,
    progress: Callable[[int, int], None],
) -> None:
    deadline_s, poll_s = clock.now() + timeout_s, _FIRST_POLL_S
    pending = list(trace_ids)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="xray") as pool:
        while True:
            watch.look(pending, pool)
            pending = watch.unsettled(trace_ids)
            if not pending:
                watch.look(trace_ids, pool)
                pending = watch.unsettled(trace_ids)
            progress(len(trace_ids) - len(pending), len(trace_ids))
            if not pending:
                return
            left_s = deadline_s - clock.now()
            if left_s <= 0:
                raise _not_ready(trace_ids, pending, watch.seen, timeout_s)
            clock.sleep(min(watch.wait_s(pending, poll_s), left_s))
            poll_s = min(poll_s * _POLL_GROWTH, _LAST_POLL_S)


@contextmanager
def keeping(known: Mapping[str, RawTrace]) -> Iterator[None]:
    """Add traces that are known to those that an interruption or timeout in the block carries.

    Parameters
    ----------
    known
        The traces by id; of those that the error has too, the error's count.
    """
    try:
        yield
    except (FetchInterruptedError, TracesNotReadyError) as error:
        later = {trace["Id"]: trace for trace in error.traces}
        error.traces = [*{**known, **later}.values()]
        raise


class _Watch:
    """Stores the latest observation of each trace; used by one thread."""

    def __init__(self, fetch: Fetch, clock: Clock, quiet_s: float) -> None:
        self.seen: dict[str, _Sight] = {}
        self._fetch, self._clock, self._quiet_s = fetch, clock, quiet_s

    def look(self, trace_ids: Sequence[str], pool: ThreadPoolExecutor) -> None:
        """Fetch traces and record their state; those that are not found are fetched again later."""
        batches = [
            trace_ids[first : first + BATCH_SIZE] for first in range(0, len(trace_ids), BATCH_SIZE)
        ]
        for traces, _unprocessed in pool.map(self._fetch, batches):
            for trace in traces:
                self._note(trace)

    def unsettled(self, trace_ids: Sequence[str]) -> list[str]:
        """List the traces that are missing or may still change."""
        now_s = self._clock.now()
        return [
            trace_id
            for trace_id in trace_ids
            if trace_id not in self.seen or not self.seen[trace_id].is_settled(now_s, self._quiet_s)
        ]

    def wait_s(self, pending: Sequence[str], poll_s: float) -> float:
        """Return how long to wait: not longer than until all pending traces may have settled."""
        sights = [self.seen.get(trace_id) for trace_id in pending]
        changed_s = [sight.since_s for sight in sights if sight and not sight.in_progress]
        if len(changed_s) < len(pending):
            return poll_s
        remaining_s = max(changed_s) + self._quiet_s - self._clock.now()
        return min(poll_s, max(remaining_s, _FIRST_POLL_S))

    def _note(self, trace: RawTrace) -> None:
        in_progress, count = _is_in_progress(trace), len(trace["Segments"])
        before = self.seen.get(trace["Id"])
        fresh = _Sight(trace, count, in_progress, since_s=self._clock.now())
        if before and (before.segments, before.in_progress) == (count, in_progress):
            fresh = replace(fresh, since_s=before.since_s, polls=before.polls + 1)
        self.seen[trace["Id"]] = fresh


def _is_in_progress(trace: RawTrace) -> bool:
    return any(_is_open(segment["Document"]) for segment in trace["Segments"])


def _is_open(document: str | Document) -> bool:
    if isinstance(document, str):
        # Parsing is the expensive part of a poll and few segments are ever in progress.
        return "in_progress" in document and is_open(json.loads(document))
    return is_open(document)


def _not_ready(
    trace_ids: Sequence[str], pending: Sequence[str], seen: Mapping[str, _Sight], timeout_s: float
) -> TracesNotReadyError:
    missing = sum(trace_id not in seen for trace_id in pending)
    busy = sum(trace_id in seen and seen[trace_id].in_progress for trace_id in pending)
    changing = len(pending) - missing - busy
    msg = (
        f"{len(pending)} of {len(trace_ids)} traces have not settled after {timeout_s:g} s: "
        f"{missing} not found, {busy} in progress, {changing} still growing; first {pending[0]}. "
        "Wait with a larger timeout_s, or use the error's .traces; if none is found, check "
        "region, x_ray_tracing_mode, the sampling rules and the functions' logs."
    )
    return TracesNotReadyError(msg, traces=_arrived(trace_ids, seen))


def _interrupted(trace_ids: Sequence[str], seen: Mapping[str, _Sight]) -> FetchInterruptedError:
    arrived = _arrived(trace_ids, seen)
    msg = (
        f"Interrupted: {len(arrived)} of {len(trace_ids)} traces have arrived, some of them "
        "perhaps not in full. The error's .traces has them; fetch again for all."
    )
    return FetchInterruptedError(msg, traces=arrived)


def _arrived(trace_ids: Sequence[str], seen: Mapping[str, _Sight]) -> list[RawTrace]:
    return [seen[trace_id].trace for trace_id in trace_ids if trace_id in seen]
