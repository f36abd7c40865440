"""Segment documents on arrival: parse them, accept or reject each with X-Ray's error codes.

Rules: AWS X-Ray Developer Guide, "Segment documents" and "Sending trace data to X-Ray".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from tracing_lab.embedded.xray import undocumented as assumptions

MAX_DOCUMENT_BYTES = 64 * 1024

_ENTITY_ID = re.compile(r"[0-9a-fA-F]{16}")
_TRACE_ID = re.compile(r"1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}")
_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")
_NUMBERS = {float, int}
_LATEST_TIME_S = 1e10  # the year 2286; a time in milliseconds is beyond it
_SHALLOW_BRACKETS = 200  # a document with fewer cannot be nested deeper than orjson can write


class DocumentRow(NamedTuple):
    """One accepted document, ready to be stored.

    Parameters
    ----------
    trace_id
        The trace that the document belongs to.
    id
        Id of the segment or independent subsegment.
    in_progress
        True until the document with the end time has arrived.
    start_s
        Start, epoch seconds.
    end_s
        End, epoch seconds; the start while in progress.
    body
        The document as it was sent, UTF-8 JSON.
    """

    trace_id: str
    id: str
    in_progress: bool
    start_s: float
    end_s: float
    body: bytes


@dataclass(frozen=True)
class Rejection:
    """Why X-Ray did not take a document.

    Parameters
    ----------
    code
        X-Ray's error code, for example ``MissingName``.
    cause
        What is wrong with the document; empty where AWS's own text says nothing more.
    entity_id
        Id of the document, when it could be read.
    kind
        ``segment`` or ``subsegment``.
    """

    code: str
    cause: str = ""
    entity_id: str | None = None
    kind: str = "segment"

    def as_unprocessed(self) -> dict[str, str]:
        """Give the entry of ``UnprocessedTraceSegments``.

        Examples
        --------
        >>> Rejection("MissingName").as_unprocessed()["Message"]
        'Invalid segment. ErrorCode: MissingName'
        """
        message = f"Invalid {self.kind}. ErrorCode: {self.code}"
        if self.cause:
            message += f", Cause: {self.cause}"
        entry = {"ErrorCode": self.code, "Message": message}
        return entry if self.entity_id is None else {"Id": self.entity_id, **entry}


def read_documents(text: str | bytes) -> list[DocumentRow | Rejection]:
    """Parse and validate one entry of ``TraceSegmentDocuments``.

    Parameters
    ----------
    text
        JSON of a segment, of a subsegment, or of an array of those.

    Returns
    -------
    One row or rejection for each document in the entry.

    Examples
    --------
    >>> read_documents("[]")[0].code
    'MissingId'
    """
    body = text.encode(errors="replace") if isinstance(text, str) else text
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return [Rejection(assumptions.UNREADABLE_CODE, f"not JSON: {error}")]
    if not isinstance(parsed, list):
        return [validate(parsed, body)]
    if not parsed:
        return [Rejection("MissingId")]
    return [_validate_item(item) for item in parsed]


def validate(document: Any, body: bytes) -> DocumentRow | Rejection:
    """Check one parsed document against the rules that make X-Ray refuse it.

    Members that merely do not conform are not judged here; they are left out on reading.

    Parameters
    ----------
    document
        The parsed document.
    body
        The same document as UTF-8 JSON.
    """
    if not isinstance(document, dict):
        return Rejection(assumptions.UNREADABLE_CODE, "a document is a JSON object")
    rejection = (
        _check_members(document)
        or _check_trace_id(document)
        or _check_size(document, body)
        or _check_nested(document)
    )
    if rejection is not None:
        return rejection
    start_s: float = document["start_time"]
    end_s: Any = document.get("end_time")
    in_progress = document.get("in_progress") is True or not is_time(end_s)
    return DocumentRow(
        document["trace_id"],
        document["id"],
        in_progress,
        float(start_s),
        float(start_s if in_progress else end_s),
        body,
    )


def is_time(value: object) -> bool:
    """Tell whether a value is a time in epoch seconds.

    Examples
    --------
    >>> is_time(1795435200.5), is_time("1795435200"), is_time(1795435200500)
    (True, False, False)
    """
    return type(value) in _NUMBERS and 0 <= value < _LATEST_TIME_S  # type: ignore[operator]  # checked on the left


def is_entity_id(value: object) -> bool:
    """Tell whether a value is the id of a segment or subsegment.

    Examples
    --------
    >>> is_entity_id("53995c3f42cd8ad8"), is_entity_id("53995c3f")
    (True, False)
    """
    return isinstance(value, str) and _ENTITY_ID.fullmatch(value) is not None


def is_trace_id(value: object) -> bool:
    """Tell whether a value is a trace id.

    Examples
    --------
    >>> is_trace_id("1-6b042ac0-5d09aa705e56bbd015254801")
    True
    """
    return isinstance(value, str) and _TRACE_ID.fullmatch(value) is not None


def trace_epoch_s(trace_id: str) -> int:
    """Read the time that is encoded in a trace id, epoch seconds.

    Examples
    --------
    >>> trace_epoch_s("1-6b042ac0-5d09aa705e56bbd015254801")
    1795435200
    """
    return int(trace_id[2:10], 16)


def _validate_item(item: Any) -> DocumentRow | Rejection:
    try:
        return validate(item, orjson.dumps(item))
    except TypeError as error:
        return Rejection(assumptions.UNREADABLE_CODE, f"nested too deeply: {error}")


def _check_members(entity: Mapping[str, Any], kind: str = "segment") -> Rejection | None:
    """Check what every segment and subsegment must have."""
    if _has_members(entity):
        return None
    entity_id, name = entity.get("id"), entity.get("name")
    if entity_id is None:
        return Rejection("MissingId", kind=kind)
    if not is_entity_id(entity_id):
        return Rejection(assumptions.INVALID_ID_CODE, "id must be 16 hex digits", kind=kind)
    if not name:
        return Rejection("MissingName", "", entity_id, kind)
    if not _is_name(name):
        return Rejection("InvalidName", "null", entity_id, kind)
    cause = "start_time must be a number of epoch seconds"
    return Rejection(assumptions.UNREADABLE_CODE, cause, entity_id, kind)


def _has_members(entity: Mapping[str, Any]) -> bool:
    """Check the usual case in one go: this is most of the work of taking a document."""
    try:
        start_s = entity["start_time"]
        return (
            _ENTITY_ID.fullmatch(entity["id"]) is not None
            and _has_name_characters(entity["name"])
            and type(start_s) in _NUMBERS
            and 0 <= start_s < _LATEST_TIME_S
        )
    except (KeyError, TypeError):  # a member is missing, or no text
        return False


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _has_name_characters(value)


@lru_cache(maxsize=4096)
def _has_name_characters(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _check_trace_id(document: Mapping[str, Any]) -> Rejection | None:
    if not is_trace_id(document.get("trace_id")):
        return Rejection("InvalidTraceId", "", document["id"])
    if document.get("type") == "subsegment" and not is_entity_id(document.get("parent_id")):
        cause = "an independent subsegment needs the parent_id of its owner"
        return Rejection(assumptions.UNREADABLE_CODE, cause, document["id"], "subsegment")
    return None


def _check_size(document: Mapping[str, Any], body: bytes) -> Rejection | None:
    if len(body) > MAX_DOCUMENT_BYTES:
        cause = f"{len(body)} bytes are more than {MAX_DOCUMENT_BYTES}"
        return Rejection(assumptions.UNREADABLE_CODE, cause, document["id"])
    if body.count(b"{") + body.count(b"[") < _SHALLOW_BRACKETS:
        return None
    try:
        orjson.dumps(document)
    except TypeError:
        return Rejection(assumptions.UNREADABLE_CODE, "nested too deeply", document["id"])
    return None


def _check_nested(document: Mapping[str, Any]) -> Rejection | None:
    waiting = [document]
    for entity in waiting:  # which grows
        children = entity.get("subsegments")
        for child in children if isinstance(children, list) else ():
            if isinstance(child, dict):
                if not _has_members(child):
                    return _check_members(child, "subsegment")
                waiting.append(child)
    return None
