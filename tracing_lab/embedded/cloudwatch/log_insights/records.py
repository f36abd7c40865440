"""The log event, input of queries."""

from typing import NamedTuple


class LogRecord(NamedTuple):
    """One log event; records sort by time.

    Parameters
    ----------
    timestamp_ms, ingestion_ms
        Epoch milliseconds.
    pointer
        Number of the event; ``@ptr`` in results.
    message
        The text.
    stream
        Name of the log stream.
    group
        The log group as ``account-id:name``.
    """

    timestamp_ms: int
    ingestion_ms: int
    pointer: int
    message: str
    stream: str
    group: str
