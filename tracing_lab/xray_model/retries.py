"""Attempts of asynchronous invocations that Lambda will repeat, as far as documents show.

Lambda runs a function again that has failed with an asynchronous event: after one minute, and after
two more. Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
X-Ray has no sign of a retry that is to come. It follows from the number of attempts in the
``AWS::Lambda`` segment, which are subsegments there, or function segments below it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from . import lambda_segments
from .documents import Document, is_open

MAX_RETRIES: Final = 2
"""Retries of an event whose function fails, where nothing else is configured; same source."""

DELAYS_S: Final = (60.0, 120.0)
"""Seconds from a failed attempt to the first and the second retry; same source."""

_ACCEPTED: Final = 202


class PendingRetry(NamedTuple):
    """An attempt that failed and will be repeated.

    Parameters
    ----------
    function
        The function's name.
    segment_id
        Its ``AWS::Lambda`` segment.
    attempts
        How many attempts have failed.
    due_s
        When the next one begins at the earliest, epoch seconds.
    """

    function: str
    segment_id: str
    attempts: int
    due_s: float


class _Attempt(NamedTuple):
    """An attempt that has ended."""

    start_s: float
    end_s: float
    failed: bool


def pending_retries(
    documents: Iterable[Document],
    *,
    max_retries: int = MAX_RETRIES,
    delays_s: Sequence[float] = DELAYS_S,
) -> list[PendingRetry]:
    """Return the failed attempts of a trace that Lambda will repeat, by the time of the next one.

    Parameters
    ----------
    documents
        The segments of one trace.
    max_retries
        Retries of an event, as configured for the functions.
    delays_s
        Seconds before each retry; the last value repeats.

    Returns
    -------
    pending
        One for each event; whether its retry has been missed is for the caller to judge.

    Examples
    --------
    >>> attempt = {"name": "Attempt #1", "start_time": 10.0, "end_time": 11.0, "error": True}
    >>> response = {"response": {"status": 202}}
    >>> segment = {"id": "4174aefb49d05401", "name": "fn", "origin": "AWS::Lambda"}
    >>> document = {**segment, "http": response, "subsegments": [attempt]}
    >>> pending_retries([document])[0].due_s
    71.0
    """
    known = list(documents)
    pending = [
        retry
        for segment in known
        if _accepts_event(segment)
        for retry in _pending(segment, known, max_retries, delays_s)
    ]
    return sorted(pending, key=lambda retry: retry.due_s)


def _accepts_event(segment: Document) -> bool:
    http: Any = segment.get("http")
    response = http.get("response") if isinstance(http, dict) else None
    status = response.get("status") if isinstance(response, dict) else None
    return segment.get("origin") == lambda_segments.SERVICE and status == _ACCEPTED


def _pending(
    segment: Document, documents: Iterable[Document], max_retries: int, delays_s: Sequence[float]
) -> Iterator[PendingRetry]:
    runs = [document for document in documents if document.get("parent_id") == segment.get("id")]
    if any(is_open(run) for run in runs):
        return  # the next attempt has begun
    attempts = max(
        _attempts(_children(segment)), _attempts(runs, lambda_segments.FUNCTION), key=len
    )
    if not attempts or not attempts[-1].failed or len(attempts) > max_retries:
        return
    delay_s = delays_s[min(len(attempts), len(delays_s)) - 1]
    due_s = attempts[-1].end_s + delay_s
    yield PendingRetry(str(segment.get("name")), str(segment.get("id")), len(attempts), due_s)


def _children(segment: Document) -> list[Document]:
    children: Any = segment.get("subsegments")
    return [
        child
        for child in (children if isinstance(children, list) else ())
        if isinstance(child, dict)
        and str(child.get("name")).startswith(lambda_segments.ATTEMPT_PREFIX)
    ]


def _attempts(documents: Iterable[Document], origin: str | None = None) -> list[_Attempt]:
    """Return attempts in the order of their starts."""
    return sorted(
        _Attempt(document["start_time"], document["end_time"], failed=_failed(document))
        for document in documents
        if _has_times(document) and (origin is None or document.get("origin") == origin)
    )


def _has_times(document: Document) -> bool:
    times = document.get("start_time"), document.get("end_time")
    return all(isinstance(time, int | float) and not isinstance(time, bool) for time in times)


def _failed(document: Document) -> bool:
    return document.get("error") is True or document.get("fault") is True
