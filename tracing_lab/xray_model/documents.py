"""Properties of a document: its kind, whether it has ended, whether it records a call.

A *segment* is what a service did for one request, and stands for that request at the service's
node. A *subsegment* is a part of a segment. An *inferred* segment is added by X-Ray for a callee
that sends none, and stands for the request that the callee served.

AWS X-Ray Developer Guide, "Segment documents" and "Getting data from X-Ray".
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeVar

Document: TypeAlias = Mapping[str, Any]
"""A segment or subsegment, parsed."""

AnyDocument = TypeVar("AnyDocument", bound=Document)

SEGMENT: Final = "segment"
SUBSEGMENT: Final = "subsegment"
INFERRED: Final = "inferred"
KINDS: Final = (SEGMENT, SUBSEGMENT, INFERRED)

REQUEST_KINDS: Final = (SEGMENT, INFERRED)
"""What counts as a request that a node of the service map served; subsegments are parts of one."""

AWS: Final = "aws"
REMOTE: Final = "remote"


def kind_of(document: Document) -> str:
    """Return the kind of a top-level document; a subsegment is one whose owner is missing.

    Parameters
    ----------
    document
        An entry of a trace's ``Segments``.

    Returns
    -------
    kind
        One of `KINDS`.

    Examples
    --------
    >>> kind_of({"name": "Events", "inferred": True}), kind_of({"type": "subsegment"})
    ('inferred', 'subsegment')
    """
    if document.get("inferred") is True:
        return INFERRED
    return SUBSEGMENT if document.get("type") == SUBSEGMENT else SEGMENT


def is_open(document: Document) -> bool:
    """Return whether a segment or subsegment has not ended.

    SDKs also send ``"in_progress": false`` with an end, which counts as ended.

    Returns
    -------
    is_open
        True if it is marked so or has no end.

    Examples
    --------
    >>> is_open({"start_time": 1.0}), is_open({"end_time": 2.0, "in_progress": False})
    (True, False)
    """
    return document.get("end_time") is None or document.get("in_progress") is True


def is_call(document: Document) -> bool:
    """Return whether a subsegment records a call to another service.

    Returns
    -------
    is_call
        True for the namespaces ``aws`` and ``remote``; all others are local work.

    Examples
    --------
    >>> is_call({"name": "dynamodb", "namespace": "aws"}), is_call({"name": "charge"})
    (True, False)
    """
    return document.get("namespace") in (AWS, REMOTE)
