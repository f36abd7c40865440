"""What this project assumes about X-Ray without confirmation, each with a check of a run.

An assumption that a run on an account refutes is to be changed where it is made; that place is
named. To add one, write a function of `Observations` and list it in `ASSUMPTIONS`.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from observations import Document, Observations, by_id, parts

from tracing_lab.embedded.xray import undocumented
from tracing_lab.xray_model.lambda_segments import INVOCATION, SERVICE, attempt_name
from tracing_lab.xray_model.trace_links import CHILD, PARENT, links_in

_YES = True
_ACCEPTED = 202


class Verdict(StrEnum):
    """What a run says about an assumption."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_SEEN = "not seen"


class Finding(NamedTuple):
    """The verdict of a run, and what it saw."""

    verdict: Verdict
    seen: str


Check = Callable[[Observations], Finding]


class Assumption(NamedTuple):
    """A statement about X-Ray that no source confirms.

    Parameters
    ----------
    statement
        The statement.
    place
        Where it is assumed.
    check
        Returns what a run says about it.
    """

    statement: str
    place: str
    check: Check


def holds_for_all(values: Iterable[Any], *wanted: Any) -> Finding:
    """Return whether all values are among those wanted; without values, nothing was seen.

    Examples
    --------
    >>> holds_for_all([1, 1], 1).verdict, holds_for_all([1, 2], 1).seen
    (<Verdict.CONFIRMED: 'confirmed'>, '1, 2')
    """
    found = sorted({str(value) for value in values})
    if not found:
        return Finding(Verdict.NOT_SEEN, "")
    fits = set(found) <= {str(value) for value in wanted}
    return Finding(Verdict.CONFIRMED if fits else Verdict.REFUTED, ", ".join(found))


def answered(probe: str, *wanted: Any) -> Check:
    """Return a check of how the API answered to a probe."""

    def check(run: Observations) -> Finding:
        return holds_for_all([run.probes[probe]] if probe in run.probes else [], *wanted)

    return check


def _layout(run: Observations) -> Finding:
    names = [
        any(part["name"] == INVOCATION for part in parts(segment)) for segment, _ in run.functions()
    ]
    return holds_for_all(names, _YES)


def _parents_of_targets(run: Observations) -> Finding:
    found = []
    for segment, trace in run.segments(SERVICE):
        parent = by_id(trace).get(segment.get("parent_id", ""))
        is_event = segment.get("http", {}).get("response", {}).get("status") == _ACCEPTED
        if is_event and "parent_id" in segment:  # an event from outside has none
            found.append(parent.get("origin") if parent else "not in the trace")
    return holds_for_all(found, "AWS::Events")


def _origins_of_events(run: Observations) -> Finding:
    named = [doc for doc in run.inferred() if doc["name"].lower() == "events"]
    return holds_for_all(
        [f"{doc['name']} {doc.get('origin')}" for doc in named], "Events AWS::Events"
    )


def _first_digits(run: Observations) -> Finding:
    return holds_for_all([document["id"][0] for document in run.inferred()], *"0123")


def _attempt_names(run: Observations) -> Finding:
    found = [
        part["name"] == attempt_name(number)
        for _, attempts in run.attempts()
        for number, part in enumerate(attempts, start=1)
    ]
    return holds_for_all(found, _YES)


def _attempt_flags(run: Observations) -> Finding:
    return holds_for_all(
        (_flags(part) for attempts in _repeated(run) for part in attempts), "error"
    )


def _repeated(run: Observations) -> list[list[Document]]:
    """Return the attempts of each event that was tried again, so that all of them have failed."""
    return [attempts for _, attempts in run.attempts() if len(attempts) > 1]


def _flags_of_accepting(run: Observations) -> Finding:
    return holds_for_all(
        (_flags(segment) for segment, attempts in run.attempts() if len(attempts) > 1), ""
    )


def _parents_of_retries(run: Observations) -> Finding:
    found = []
    for segment, trace in run.functions():
        if trace in run.failures:
            parent = by_id(trace).get(segment.get("parent_id", ""))
            found.append(parent.get("origin") if parent else "not a segment")
    return holds_for_all(found, SERVICE)


def _retries_share_a_trace(run: Observations) -> Finding:
    counts = [
        sum(segment.get("parent_id") == service["id"] for segment, _ in run.functions())
        == len(attempts)
        for service, attempts in run.attempts()
        if len(attempts) > 1
    ]
    return holds_for_all(counts, _YES)


def _links(relation: str, name: str | None) -> Check:
    """Return a check of which documents have links: with one name, or others if it is None."""

    def check(run: Observations) -> Finding:
        found = [
            part["name"] if name is None else part["name"] == name
            for trace in run.traces
            for document in trace
            for part in [document, *parts(document)]
            for link in links_in(part)
            if link.relation == relation
        ]
        return holds_for_all(found, *(["sqs", "SQS", INVOCATION] if name is None else [_YES]))

    return check


def _flags(document: Document) -> str:
    return " ".join(flag for flag in ("error", "fault", "throttle") if document.get(flag))


_SEGMENTS = "embedded/functions/segments.py"
_UNDOCUMENTED = "embedded/xray/undocumented.py"

ASSUMPTIONS = (
    Assumption("the handler's subsegments are below Invocation", _SEGMENTS, _layout),
    Assumption(
        "the parent of an event's AWS::Lambda segment is the inferred segment of EventBridge",
        "embedded/xray/derive/processing.py",
        _parents_of_targets,
    ),
    Assumption(
        "PutEvents of the Python SDK is inferred as Events, AWS::Events",
        "xray_model/inferred.py",
        _origins_of_events,
    ),
    Assumption(
        "ids of inferred segments begin with 0 to 3", "xray_model/inferred.py", _first_digits
    ),
    Assumption("attempts of an event are named Attempt #n", _SEGMENTS, _attempt_names),
    Assumption("a failed attempt has the flag error", _SEGMENTS, _attempt_flags),
    Assumption(
        "the AWS::Lambda segment of a failed event has no flag", _SEGMENTS, _flags_of_accepting
    ),
    Assumption(
        "the parent of a retry's function segment is the AWS::Lambda segment",
        _SEGMENTS,
        _parents_of_retries,
    ),
    Assumption(
        "retries are in the trace of the first attempt",
        "embedded/functions/events.py",
        _retries_share_a_trace,
    ),
    Assumption(
        "a consumer's link to a producer is on Invocation",
        "xray_model/trace_links.py",
        _links(PARENT, INVOCATION),
    ),
    Assumption(
        "a producer's link is on the call of SQS, or on Invocation",
        "xray_model/trace_links.py",
        _links(CHILD, None),
    ),
    Assumption(
        "a document over 64 KB is rejected with the code for unreadable ones",
        _UNDOCUMENTED,
        answered("too large", undocumented.UNREADABLE_CODE),
    ),
    Assumption(
        "a time in milliseconds is rejected with the same code",
        _UNDOCUMENTED,
        answered("milliseconds", undocumented.UNREADABLE_CODE),
    ),
    Assumption(
        "an id that is not 16 hexadecimal digits has a code of its own",
        _UNDOCUMENTED,
        answered("bad id", undocumented.INVALID_ID_CODE),
    ),
    Assumption(
        "the time in a trace id is not validated",
        "embedded/xray/store/closed_traces.py",
        answered("old trace id", "accepted"),
    ),
    Assumption(
        "PutTraceSegments accepts more than 50 documents",
        "embedded/xray/api/routing.py",
        answered("51 documents", "accepted"),
    ),
    Assumption(
        "BatchGetTraces lists unknown ids as unprocessed",
        "embedded/xray/api/reading.py",
        answered("unknown id", "unprocessed"),
    ),
    Assumption(
        "GetTraceSummaries accepts ten hours",
        _UNDOCUMENTED,
        answered("summaries of 10 hours", "accepted"),
    ),
    Assumption(
        "GetTraceSummaries rejects more than a day",
        _UNDOCUMENTED,
        answered("summaries of 25 hours", "InvalidRequestException"),
    ),
    Assumption(
        "GetTimeSeriesServiceStatistics rejects more than six hours",
        _UNDOCUMENTED,
        answered("statistics of 7 hours", "InvalidRequestException"),
    ),
    Assumption(
        "GetTimeSeriesServiceStatistics has periods of 60 and 300 seconds only",
        _UNDOCUMENTED,
        answered("period of 120 s", "InvalidRequestException"),
    ),
    Assumption(
        "AWS's annotation keys can be filtered by in brackets",
        "filters/",
        answered("filter by a colon key", "accepted"),
    ),
    Assumption(
        "filter expressions know NOT", "filters/parser.py", answered("filter with NOT", "accepted")
    ),
)
