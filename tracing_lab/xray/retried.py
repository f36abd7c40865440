"""Traces with failed attempts that Lambda will repeat: which there are, and waiting for them."""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracing_lab.errors import FetchInterruptedError, RetriesPendingWarning
from tracing_lab.xray_model.documents import Document
from tracing_lab.xray_model.retries import MAX_RETRIES, PendingRetry, pending_retries

from .settling import Clock, keeping

RawTrace = dict[str, Any]

LATE_S = 30.0
"""How late a retry may begin until it is not expected any more; AWS promises no time."""

_FIRST_POLL_S, _LAST_POLL_S = 1.0, 5.0


@dataclass(frozen=True)
class PendingRetries:
    """The failed attempts of some traces that will be repeated.

    Parameters
    ----------
    trace_ids
        The traces, in their order.
    retries
        Their retries, by time.
    """

    trace_ids: tuple[str, ...]
    retries: tuple[PendingRetry, ...]

    def __str__(self) -> str:
        """Return how many traces and when, in the time zone of this machine."""
        count = len(self.trace_ids)
        have = "1 trace has attempts" if count == 1 else f"{count} traces have attempts"
        first, last = _clock_time(self.retries[0]), _clock_time(self.retries[-1])
        when = f"at {first}" if first == last else f"from {first} to {last}"
        return f"{have} that will be retried {when}"


def retries_in(
    traces: Iterable[RawTrace], *, now_s: float, max_retries: int = MAX_RETRIES
) -> PendingRetries:
    """Return the retries that are still to come in traces as BatchGetTraces returns them.

    Parameters
    ----------
    traces
        The traces.
    now_s
        The time, epoch seconds: a retry that should have begun `LATE_S` before is not expected any
        more. Its function may have been deleted, or its retries have been limited.
    max_retries
        Retries of an event, as configured for the functions.
    """
    found = {
        trace["Id"]: [
            retry
            for retry in pending_retries(_documents(trace), max_retries=max_retries)
            if retry.due_s + LATE_S > now_s
        ]
        for trace in traces
    }
    retries = sorted((retry for some in found.values() for retry in some), key=_due_s)
    return PendingRetries(tuple(name for name, some in found.items() if some), tuple(retries))


def warn_of_retries(
    traces: Iterable[RawTrace], *, now_s: float, max_retries: int = MAX_RETRIES
) -> None:
    """Warn of retries that are to come, for callers two levels up.

    Parameters
    ----------
    traces, now_s, max_retries
        As in `retries_in`.

    Warns
    -----
    RetriesPendingWarning
        If there are any.
    """
    pending = retries_in(traces, now_s=now_s, max_retries=max_retries)
    if pending.retries:
        text = f"{pending}. Fetch them again then, or wait for them with wait_for_retries=True."
        warnings.warn(text, RetriesPendingWarning, stacklevel=3)


@contextmanager
def retries_are_known() -> Iterator[None]:
    """Do without the warnings of retries to come in the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RetriesPendingWarning)
        yield


def wait_until_retried(
    traces: Sequence[RawTrace],
    fetch: Callable[[Sequence[str]], Sequence[RawTrace]],
    *,
    max_retries: int = MAX_RETRIES,
    clock: Clock,
    progress: Callable[[int, int], None] | None = None,
) -> list[RawTrace]:
    """Return traces without retries to come: with all attempts that were made or missed.

    Parameters
    ----------
    traces
        The traces so far.
    fetch
        Fetches settled traces by id.
    max_retries
        Retries of an event, as configured for the functions.
    clock
        Returns the time and sleeps.
    progress
        Called with the number of traces without retries to come, and of all.

    Raises
    ------
    FetchInterruptedError
        If Ctrl-C was pressed.
    """
    latest = {trace["Id"]: trace for trace in traces}
    report = progress or (lambda _done, _total: None)
    try:
        while pending := _pending(latest, clock, max_retries):
            report(len(latest) - len(pending.trace_ids), len(latest))
            until_due_s = pending.retries[0].due_s - clock.epoch()
            clock.sleep(min(max(until_due_s, _FIRST_POLL_S), _LAST_POLL_S))
            with keeping(latest):
                latest |= {trace["Id"]: trace for trace in fetch(pending.trace_ids)}
    except KeyboardInterrupt as error:
        msg = "Interrupted while retries were waited for. The error's .traces has what arrived."
        raise FetchInterruptedError(msg, traces=[*latest.values()]) from error
    return list(latest.values())


def _pending(latest: dict[str, RawTrace], clock: Clock, max_retries: int) -> PendingRetries | None:
    pending = retries_in(latest.values(), now_s=clock.epoch(), max_retries=max_retries)
    return pending if pending.retries else None


def _documents(trace: RawTrace) -> list[Document]:
    documents = [segment["Document"] for segment in trace["Segments"]]
    return [json.loads(text) if isinstance(text, str) else text for text in documents]


def _due_s(retry: PendingRetry) -> float:
    return retry.due_s


def _clock_time(retry: PendingRetry) -> str:
    return f"{datetime.fromtimestamp(retry.due_s, UTC).astimezone():%H:%M:%S}"
