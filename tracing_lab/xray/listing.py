"""List the traces of time ranges that X-Ray has, with their revisions."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tracing_lab.aws.xray import XRay
from tracing_lab.errors import FetchInterruptedError

from .summaries import Item, Pages, Window, of_traces, read_summaries
from .windows import windows

RETENTION: Final = timedelta(days=30)
"""How long X-Ray keeps traces."""

_LONGEST: Final = timedelta(hours=24)  # of GetTraceSummaries, by its use; the API names no limit
_SHORTEST: Final = timedelta(minutes=1)
_AT_ONCE: Final = 8


@dataclass(frozen=True)
class TraceListing:
    """What X-Ray has of time ranges.

    Parameters
    ----------
    revisions
        Of traces, by their ids; the oldest first.
    ids_in
        Ids of traces by the window that they were listed in.
    """

    revisions: dict[str, int] = field(default_factory=dict)
    ids_in: dict[Window, set[str]] = field(default_factory=dict)

    def windows_without(self, trace_ids: Collection[str]) -> list[Window]:
        """Return the windows in which none of some traces was listed."""
        return [window for window, ids in self.ids_in.items() if ids.isdisjoint(trace_ids)]


def list_traces(
    xray: XRay,
    ranges: Iterable[Window],
    trace_ids: frozenset[str] | None,
    filter_expression: str | None,
    *,
    now: datetime,
) -> TraceListing:
    """Return the traces that began in time ranges, where X-Ray still has them.

    Parameters
    ----------
    xray
        Makes the calls.
    ranges
        Starts and ends, by time.
    trace_ids
        Only these traces; all if None.
    filter_expression
        Only traces that fit; all if None.
    now
        The time, from which X-Ray counts how long it keeps traces.

    Raises
    ------
    FetchInterruptedError
        If Ctrl-C was pressed.
    AwsError
        If AWS cannot be reached, or the filter expression is not one.
    """
    parts = _parts(ranges, now)
    try:
        items = read_summaries(_short_pages(xray, filter_expression), parts, None)
    except FetchInterruptedError as error:
        msg = "Interrupted while traces were listed; none has been fetched yet."
        raise FetchInterruptedError(msg) from error
    items = items if trace_ids is None else of_traces(items, trace_ids)
    listing = TraceListing(ids_in={part: set() for part in parts})
    for item in items:
        listing.revisions[item["Id"]] = item["Revision"]
        listing.ids_in[item["Window"]].add(item["Id"])
    return listing


def _parts(ranges: Iterable[Window], now: datetime) -> Sequence[Window]:
    """Return ranges without what X-Ray has deleted, in windows to list at the same time."""
    oldest = now - RETENTION
    kept = [(max(start, oldest), end) for start, end in ranges if end > oldest]
    whole = sum((end - start for start, end in kept), timedelta())
    longest = min(max(whole / _AT_ONCE, _SHORTEST), _LONGEST)
    return [part for range_ in kept for part in windows(*range_, longest=longest)]


def _short_pages(xray: XRay, filter_expression: str | None) -> Pages:
    """Return a function that reads pages of summaries and keeps little: there may be millions."""

    def pages(start: datetime, end: datetime) -> Iterator[list[Item]]:
        for page in xray.trace_summary_pages(start, end, filter_expression=filter_expression):
            window = start, end
            yield [
                {"Id": item["Id"], "Revision": int(item.get("Revision", 1)), "Window": window}
                for item in page
            ]

    return pages
