"""How a request ended: its flags, and the one status that it counts as.

``error`` is a 4xx response, ``throttle`` one with 429, ``fault`` a 5xx response or an unhandled
exception (AWS X-Ray Developer Guide, "Segment documents"). SDKs set ``error`` with ``throttle``, so
a throttled request is also an error.
"""

from typing import Final

from .documents import Document, is_open

OK: Final = "ok"
ERROR: Final = "error"
THROTTLE: Final = "throttle"
FAULT: Final = "fault"
IN_PROGRESS: Final = "in_progress"

STATUSES: Final = (OK, ERROR, THROTTLE, FAULT, IN_PROGRESS)
"""What a request can count as."""

FAILURES: Final = (ERROR, THROTTLE, FAULT)
"""The statuses of requests that failed."""

PRECEDENCE: Final = (IN_PROGRESS, THROTTLE, FAULT, ERROR)
"""Of several, a request counts as the first of these.

In published service graphs each request is in one class: the throttle count, the other errors, the
faults, or ok (AWS X-Ray API reference, ``ServiceStatistics``).
"""

TOO_MANY_REQUESTS: Final = 429
_SUCCESSFUL: Final = 2  # the hundreds of 2XX


def status_of(document: Document) -> str:
    """Return the status of a segment or subsegment.

    Returns
    -------
    status
        One of `STATUSES`, the first by `PRECEDENCE`.

    Examples
    --------
    >>> status_of({"end_time": 2.0, "error": True, "throttle": True}), status_of({"fault": True})
    ('throttle', 'in_progress')
    """
    if is_open(document):
        return IN_PROGRESS
    return next((flag for flag in PRECEDENCE[1:] if document.get(flag) is True), OK)


def flags_of_http_status(status: int) -> dict[str, bool]:
    """Return the flags that a segment or subsegment has for an HTTP status.

    Returns
    -------
    flags
        The members to set, none for a response that is neither 4xx nor 5xx.

    Examples
    --------
    >>> flags_of_http_status(404), flags_of_http_status(429), flags_of_http_status(502)
    ({'error': True}, {'error': True, 'throttle': True}, {'fault': True})
    """
    if status == TOO_MANY_REQUESTS:
        return {ERROR: True, THROTTLE: True}
    return {4: {ERROR: True}, 5: {FAULT: True}}.get(status // 100, {})


def is_ok(*, flagged: bool, is_open: bool, status: float | None) -> bool:
    """Return whether a request counts as ``ok`` in filter expressions.

    AWS X-Ray Developer Guide, "Using filter expressions": ``ok`` is a 2XX response.

    Parameters
    ----------
    flagged
        Whether it has one of the three flags.
    is_open
        Whether it has not ended.
    status
        HTTP status, None where there is none.

    Returns
    -------
    is_ok
        True if it ended, without a flag, and with 2XX where there is a status.

    Examples
    --------
    >>> is_ok(flagged=False, is_open=False, status=304)
    False
    """
    return (status is None or status // 100 == _SUCCESSFUL) and not flagged and not is_open
