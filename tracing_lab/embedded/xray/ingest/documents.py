"""Parses and validates segment documents, with X-Ray's error codes.

Rules: AWS X-Ray Developer Guide, "Segment documents" and "Sending trace data to X-Ray".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from tracing_lab.embedded.xray import undocumented
from tracing_lab.xray_model.trace_ids import ENTITY_ID, is_entity_id, is_trace_id

MAX_DOCUMENT_BYTES = 64 * 1024

_NAME = re.compile(r"[\w\s.:/%&#=+\\\-@]{1,200}")
_NO_CAUSE = "null"  # what X-Ray's messages have where there is no cause
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
    """The reason for rejecting a document.

    Parameters
    ----------
    code
        X-Ray's error code, for example ``MissingName``.
    cause
        What is wrong with the document; empty where AWS's own message has no more.
    entity_id
        Id of the document, if it could be read.
    kind
        ``segment`` or ``subsegment``.
    """

    code: str
    cause: str = ""
    entity_id: str | None = None
    kind: str = "segment"

    def as_unprocessed(self) -> dict[str, str]:
        """Return the entry of ``UnprocessedTraceSegments``.

        Examples
        --------
        >>> Rejection("MissingId").as_unprocessed()["Message"]
        'Invalid segment. ErrorCode: MissingId'
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
        return [Rejection(undocumented.UNREADABLE_CODE, f"not JSON: {error}")]
    if not isinstance(parsed, list):
        return [validate(parsed, body)]
    if not parsed:
        return [Rejection("MissingId")]
    return [_validate_item(item) for item in parsed]


def validate(document: Any, body: bytes) -> DocumentRow | Rejection:
    """Validate a parsed document by X-Ray's rules for rejection.

    Other members that do not conform are accepted here and removed on reading.

    Parameters
    ----------
    document
        The parsed document.
    body
        The same document as UTF-8 JSON.
    """
    if not isinstance(document, dict):
        return Rejection(undocumented.UNREADABLE_CODE, "a document is a JSON object")
    rejection = (
        _check_members(document)
        or _check_trace_id(document)
        or _check_subsegment(document)
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
    """Return whether a value is a time in epoch seconds.

    Examples
    --------
    >>> is_time(1795435200.5), is_time("1795435200"), is_time(1795435200500)
    (True, False, False)
    """
    return type(value) in _NUMBERS and 0 <= value < _LATEST_TIME_S  # type: ignore[operator]  # checked on the left


def trace_epoch_s(trace_id: str) -> int:
    """Return the time in a trace id, epoch seconds.

    Examples
    --------
    >>> trace_epoch_s("1-6b042ac0-5d09aa705e56bbd015254801")
    1795435200
    """
    return int(trace_id[2:10], 16)


def trace_start_s(trace_id: str, start_s: float) -> int:
    """Return the second in which a trace started: the one in its id, if that is a time at all.

    Ids of OpenTelemetry's default generator are random, and X-Ray does not validate their time.
    Source: https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html

    Parameters
    ----------
    trace_id
        The trace.
    start_s
        Start of its earliest document, epoch seconds.

    Examples
    --------
    >>> trace_start_s("1-6b042ac0-5d09aa705e56bbd015254801", 1795435201.5)
    1795435200
    >>> trace_start_s("1-4efaaf4d-5d09aa705e56bbd015254801", 1795435201.5)
    1795435201
    """
    in_id_s = trace_epoch_s(trace_id)
    return in_id_s if abs(in_id_s - start_s) < undocumented.ID_TIME_TOLERANCE_S else int(start_s)


def _validate_item(item: Any) -> DocumentRow | Rejection:
    try:
        return validate(item, orjson.dumps(item))
    except TypeError as error:
        return Rejection(undocumented.UNREADABLE_CODE, f"nested too deeply: {error}")


def _check_members(entity: Mapping[str, Any], kind: str = "segment") -> Rejection | None:
    """Validate the required members of segments and subsegments."""
    if _has_members(entity):
        return None
    entity_id, name = entity.get("id"), entity.get("name")
    if entity_id is None:
        return Rejection("MissingId", kind=kind)
    if not is_entity_id(entity_id):
        return Rejection(undocumented.INVALID_ID_CODE, "id must be 16 hex digits", kind=kind)
    if not name or isinstance(name, (dict, list)):
        return Rejection("MissingName", _NO_CAUSE, entity_id, kind)
    if not _is_name(name):
        return Rejection("InvalidName", _NO_CAUSE, entity_id, kind)
    cause = "start_time must be a number of epoch seconds"
    return Rejection(undocumented.UNREADABLE_CODE, cause, entity_id, kind)


def _has_members(entity: Mapping[str, Any]) -> bool:
    """Return whether all required members are valid, quickly for the usual case."""
    try:
        start_s = entity["start_time"]
        return (
            ENTITY_ID.fullmatch(entity["id"]) is not None
            and _has_name_characters(entity["name"])
            and type(start_s) in _NUMBERS
            and 0 <= start_s < _LATEST_TIME_S
        )
    except (KeyError, TypeError):  # a member is missing, or not a string
        return False


def _is_name(value: object) -> bool:
    return isinstance(value, str) and _has_name_characters(value)


@lru_cache(maxsize=4096)
def _has_name_characters(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _check_trace_id(document: Mapping[str, Any]) -> Rejection | None:
    trace_id = document.get("trace_id")
    if trace_id is None:
        return Rejection("MissingTraceId", _NO_CAUSE, document["id"])
    if not is_trace_id(trace_id):
        return Rejection("InvalidTraceId", "", document["id"])
    return None


def _check_subsegment(document: Mapping[str, Any]) -> Rejection | None:
    """Validate what an independent subsegment needs besides the members of segments."""
    if document.get("type") != "subsegment":
        return None
    if not is_entity_id(document.get("parent_id")):
        return Rejection("MissingParentId", _NO_CAUSE, document["id"], "subsegment")
    return None if _ends(document) else _without_end(document)


def _ends(subsegment: Mapping[str, Any]) -> bool:
    """Return whether a subsegment has an end or says that it is in progress."""
    return subsegment.get("end_time") is not None or subsegment.get("in_progress") is True


def _without_end(document: Mapping[str, Any]) -> Rejection:
    return Rejection("MissingEndTime", _NO_CAUSE, document["id"], "subsegment")


def _check_size(document: Mapping[str, Any], body: bytes) -> Rejection | None:
    if len(body) > MAX_DOCUMENT_BYTES:
        cause = f"{len(body)} bytes are more than {MAX_DOCUMENT_BYTES}"
        return Rejection(undocumented.UNREADABLE_CODE, cause, document["id"])
    if body.count(b"{") + body.count(b"[") < _SHALLOW_BRACKETS:
        return None
    try:
        orjson.dumps(document)
    except TypeError:
        return Rejection(undocumented.UNREADABLE_CODE, "nested too deeply", document["id"])
    return None


def _check_child(child: Mapping[str, Any], document: Mapping[str, Any]) -> Rejection | None:
    """Validate an embedded subsegment; X-Ray names the document that was sent, not the child."""
    if not _has_members(child):
        rejection = _check_members(child, "subsegment")
        return None if rejection is None else replace(rejection, entity_id=document["id"])
    return None if _ends(child) else _without_end(document)


def _check_nested(document: Mapping[str, Any]) -> Rejection | None:
    waiting = [document]
    for entity in waiting:  # grows during the loop
        children = entity.get("subsegments")
        for child in children if isinstance(children, list) else ():
            if isinstance(child, dict):
                rejection = _check_child(child, document)
                if rejection is not None:
                    return rejection
                waiting.append(child)
    return None
