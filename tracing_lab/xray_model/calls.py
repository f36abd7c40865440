"""Who measured a call: the numbers of an edge of the service graph are those of one document.

AWS X-Ray Developer Guide, "Getting data from X-Ray": an edge shows what the upstream observed. That
is the subsegment that made the call, or the segment where there is no subsegment (a function below
Lambda's service). Published graphs make one exception, for what was inferred.
"""

from .documents import INFERRED, AnyDocument, kind_of


def waits_for_callee(caller_kind: str) -> bool:
    """Return whether a caller measured how long its callee took.

    An inferred caller of a segment is an event service (EventBridge, SNS). It has passed the event
    on without waiting for its target, so its own times say nothing of that.

    Parameters
    ----------
    caller_kind
        Kind of the document that the callee hangs from.

    Returns
    -------
    waits
        False if only the callee's own document tells how the call went.

    Examples
    --------
    >>> waits_for_callee("subsegment"), waits_for_callee("inferred")
    (True, False)
    """
    return caller_kind != INFERRED


def observer_of_call(caller: AnyDocument, callee: AnyDocument) -> AnyDocument:
    """Return the document whose flags and times an edge of the service graph shows.

    Parameters
    ----------
    caller
        What the callee hangs from: a subsegment, a segment or an inferred segment.
    callee
        The segment that was called.

    Examples
    --------
    >>> bus, target = {"name": "Events", "inferred": True}, {"name": "payment"}
    >>> observer_of_call(bus, target)["name"]
    'payment'
    """
    return caller if waits_for_callee(kind_of(caller)) else callee
