"""Removes parts of a document that do not conform to the segment document schema.

X-Ray does so before a document can be read back (AWS X-Ray Developer Guide, "Getting data from
X-Ray", and the JSON schema of segment documents).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray.undocumented import NAMESPACES
from tracing_lab.xray_model.trace_ids import is_entity_id
from tracing_lab.xray_model.trace_links import MAX_LINKS

from .documents import is_time

MAX_STRING = 250
_ANNOTATION_KEY = re.compile(r"(?:aws:)?[A-Za-z0-9_.]{1,500}")
"""Keys of annotations: letters, digits, ``_`` and ``.``; AWS's own begin with ``aws:``.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""
MAX_ANNOTATION_VALUE = 1000
_EXCEPTION_ID_LENGTH = 16

Clean = Callable[[Any], Any]
"""Returns the conforming part of a value; None if there is none."""


class _Rules(NamedTuple):
    """The members of an object: some must have a type, others are converted by a function."""

    types: Mapping[str, type]
    others: Mapping[str, Clean]


_EMBEDDED_LOSE = ("trace_id", "type", "parent_id")


def conform(document: Mapping[str, Any]) -> Document:
    """Return the conforming part of a segment or subsegment with all that is embedded in it.

    Parameters
    ----------
    document
        A parsed raw document. It is not changed.

    Examples
    --------
    >>> conform({"id": "53995c3f42cd8ad8", "fault": "yes", "error": True, "dummy": 1})
    {'id': '53995c3f42cd8ad8', 'error': True}
    """
    result = _members(document)
    waiting = [(document, result)]
    while waiting:
        raw, clean = waiting.pop()
        children = raw.get("subsegments")
        if not isinstance(children, list):
            continue
        pairs = [(child, _embedded(child)) for child in children if isinstance(child, dict)]
        if pairs:
            clean["subsegments"] = [cleaned for _, cleaned in pairs]
            waiting.extend(pairs)
    return result


def _embedded(raw: Mapping[str, Any]) -> Document:
    clean = _members(raw)
    for name in _EMBEDDED_LOSE:
        clean.pop(name, None)
    return clean


def _members(raw: Mapping[str, Any]) -> Document:
    return _cleaned(raw, _MEMBERS)


def _cleaned(raw: Mapping[str, Any], rules: _Rules) -> Document:
    clean: Document = {}
    types, others = rules
    for name, value in raw.items():
        if name in types:
            if type(value) is types[name]:
                clean[name] = value
        elif name in others:
            kept = others[name](value)
            if kept is not None:
                clean[name] = kept
    return clean


def _when(holds: Callable[[Any], bool]) -> Clean:
    """Return a function that keeps the values that meet a condition."""
    return lambda value: value if holds(value) else None


def _list_of(kind: type) -> Clean:
    """Return a function that keeps the items of a type, if there are any."""

    def items(value: Any) -> list[Any] | None:
        kept = [item for item in value if isinstance(item, kind)] if isinstance(value, list) else []
        return kept or None

    return items


def _object_by(rules: _Rules) -> Clean:
    """Return a function that keeps the conforming members of an object, if there are any."""
    return lambda value: (_cleaned(value, rules) or None) if isinstance(value, dict) else None


def _short_text(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= MAX_STRING else None


def _links(value: Any) -> list[Document] | None:
    links = _list_of(dict)(value)
    return None if links is None else links[:MAX_LINKS]


def _cause(value: Any) -> Document | str | None:
    if isinstance(value, str):
        return value if len(value) == _EXCEPTION_ID_LENGTH else None
    return value if isinstance(value, dict) else None


def _annotations(value: Any) -> Document | None:
    if not isinstance(value, dict):
        return None
    return {key: item for key, item in value.items() if _indexable(key, item)} or None


def _indexable(key: str, value: Any) -> bool:
    if _ANNOTATION_KEY.fullmatch(key) is None:
        return False
    if isinstance(value, str):
        return len(value) <= MAX_ANNOTATION_VALUE
    return isinstance(value, bool | int | float)


def _metadata(value: Any) -> Document | None:
    """Return metadata: fields with values of any type."""
    return value or None if isinstance(value, dict) else None


def _sql(value: Any) -> Document | None:
    if not isinstance(value, dict):
        return None
    return {key: item for key, item in value.items() if isinstance(item, str)} or None


_REQUEST = _Rules(
    {"x_forwarded_for": bool, "traced": bool},
    {
        "method": _short_text,
        "url": _short_text,
        "user_agent": _short_text,
        "client_ip": _short_text,
    },
)
_RESPONSE = _Rules({"status": int, "content_length": int}, {})
_HTTP = _Rules({}, {"request": _object_by(_REQUEST), "response": _object_by(_RESPONSE)})

_MEMBERS = _Rules(
    {
        "id": str,
        "name": str,
        "trace_id": str,
        "service": dict,
        "origin": str,
        "resource_arn": str,
        "aws": dict,
        "error": bool,
        "throttle": bool,
        "fault": bool,
        "traced": bool,
    },
    {
        "start_time": _when(is_time),
        "end_time": _when(is_time),
        "in_progress": _when(lambda value: value is True),
        "type": _when(lambda value: value == "subsegment"),
        "parent_id": _when(is_entity_id),
        "user": _short_text,
        "http": _object_by(_HTTP),
        "cause": _cause,
        "annotations": _annotations,
        "metadata": _metadata,
        "namespace": _when(lambda value: isinstance(value, str) and value in NAMESPACES),
        "precursor_ids": _list_of(str),
        "sql": _sql,
        "links": _links,
    },
)
