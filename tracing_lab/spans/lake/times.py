"""When a trace began and ended, and whether anything in it is in progress."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from tracing_lab.xray_model.documents import Document, is_open

_YEAR_2100_S: Final = 4_102_444_800.0


class TraceTimes(NamedTuple):
    """What the documents of a trace say about time, in epoch seconds."""

    start_s: float
    end_s: float
    in_progress: bool


def times_of(trace: Mapping[str, Any]) -> TraceTimes:
    """Return when a trace began and ended; where no document says so, when its id was made.

    Parameters
    ----------
    trace
        A trace as BatchGetTraces returns it.

    Returns
    -------
    TraceTimes
        The first start, the last start or end, and whether a segment is in progress.

    Examples
    --------
    >>> document = '{"start_time": 1795435200.5, "end_time": 1795435201.0}'
    >>> times_of({"Id": "1-6b042ac0-1", "Segments": [{"Document": document}]})
    TraceTimes(start_s=1795435200.5, end_s=1795435201.0, in_progress=False)
    """
    documents = [*_documents(trace)]
    starts = [*_numbers(documents, "start_time")] or [_id_s(str(trace.get("Id")))]
    ends = [*starts, *_numbers(documents, "end_time")]
    return TraceTimes(min(starts), max(ends), any(map(is_open, documents)))


def _documents(trace: Mapping[str, Any]) -> Iterator[Document]:
    for segment in trace.get("Segments", ()):
        document = segment["Document"]
        try:
            parsed = (
                orjson.loads(document)
                if isinstance(document, str | bytes | bytearray)
                else document
            )
        except orjson.JSONDecodeError:
            continue  # reading spans says what is wrong with it
        if isinstance(parsed, Mapping):
            yield parsed


def _numbers(documents: list[Document], member: str) -> Iterator[float]:
    for document in documents:
        value = document.get(member)
        if isinstance(value, int | float) and 0 < value < _YEAR_2100_S:
            yield float(value)


def _id_s(trace_id: str) -> float:
    try:
        return float(int(trace_id.split("-")[1], 16))
    except (IndexError, ValueError):
        return 0.0
