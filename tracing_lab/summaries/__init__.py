"""The summary frame: what GetTraceSummaries knows of traces, as a table with one row per trace.

Summaries are the cheap first look. One call returns a page of them, filtered by X-Ray itself, with
the times, the flags and the annotations of whole traces; the traces themselves take a call for
every five. Fetch summaries to see how things are and which traces matter, then fetch those traces
and make a span frame of them to see why. The index is ``trace_id``; the columns are

======================== =====================================================================
``start``                start of the earliest segment, UTC; from the trace id (whole seconds)
                         where an older response lacks it
``duration_s``           first start to last end of all segments, asynchronous work included
``response_s``           what the client waited, the root's duration; missing while it is unknown
``has_error, has_fault`` the root responded with 4xx, or 5xx
``has_throttle``         any segment responded with 429
``is_partial``           something is still in progress
``revision``             grows when late segments arrive
``matched_event_time``   of the event that a search by event time matched, else missing
``http_method``, ``http_url``, ``http_status``, ``client_ip``: of the root's request
``entry_point``          name of the service where the request entered
``services``             names of all services in the trace: a sorted tuple, to group by
``users``                likewise, the users
``fault_causes``, ``error_causes``, ``response_time_causes``: root causes, a line each, in a tuple
``annotations``          dictionary from each key to the list of its distinct values in the trace
======================== =====================================================================

and a column for each annotation that was requested. Times are rounded to milliseconds by X-Ray.
Rows are sorted by start.
"""

from .frame import frame_from_summaries
from .schema import SUMMARY_COLUMNS
from .storage import load_summaries, save_summaries
from .validation import validate_summaries

__all__ = [
    "SUMMARY_COLUMNS",
    "frame_from_summaries",
    "load_summaries",
    "save_summaries",
    "validate_summaries",
]
