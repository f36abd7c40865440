"""Leave out of a document what does not conform to the segment document schema.

X-Ray does so before a document can be read back (AWS X-Ray Developer Guide, "Getting data from
X-Ray", and the JSON schema of segment documents).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented as assumptions

from .documents import is_entity_id, is_time

MAX_STRING = 250
MAX_ANNOTATION_KEY = 500
MAX_ANNOTATION_VALUE = 1000
MAX_LINKS = 20
_EXCEPTION_ID_LENGTH = 16

Clean = Callable[[Any], Any]
"""Give the conforming part of a value, None when there is nothing left of it."""


class _Rules(NamedTuple):
    """The members of an object: some must have a type, others go through a function."""

    types: Mapping[str, type]
    others: Mapping[str, Clean]


_EMBEDDED_LOSE = ("trace_id", "type", "parent_id")


def conform(document: Mapping[str, Any]) -> Document:
    """Give the conforming part of a segment or subsegment with all that is embedded in it.

    Parameters
    ----------
    document
        A parsed raw document. It is left as it is.

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


def _short_text(value: Any) -> str | None:
    return value if isinstance(value, str) and len(value) <= MAX_STRING else None


def _only_true(value: Any) -> bool | None:
    return True if value is True else None


def _time(value: Any) -> float | None:
    return value if is_time(value) else None


def _entity_id(value: Any) -> str | None:
    return value if is_entity_id(value) else None


def _object(value: Any) -> Document | None:
    return value if isinstance(value, dict) else None


def _objects(value: Any) -> list[Document] | None:
    if not isinstance(value, list):
        return None
    return [item for item in value if isinstance(item, dict)] or None


def _links(value: Any) -> list[Document] | None:
    found = _objects(value)
    return None if found is None else found[:MAX_LINKS]


def _texts(value: Any) -> list[str] | None:
    if not isinstance(value, list):
        return None
    return [item for item in value if isinstance(item, str)] or None


def _namespace(value: Any) -> str | None:
    return value if isinstance(value, str) and value in assumptions.NAMESPACES else None


def _subsegment_type(value: Any) -> str | None:
    return value if value == "subsegment" else None


def _cause(value: Any) -> Document | str | None:
    if isinstance(value, str):
        return value if len(value) == _EXCEPTION_ID_LENGTH else None
    return _object(value)


def _annotations(value: Any) -> Document | None:
    if not isinstance(value, dict):
        return None
    return {key: item for key, item in value.items() if _indexable(key, item)} or None


def _indexable(key: str, value: Any) -> bool:
    if len(key) > MAX_ANNOTATION_KEY:
        return False
    if isinstance(value, str):
        return len(value) <= MAX_ANNOTATION_VALUE
    return isinstance(value, bool | int | float)


def _metadata(value: Any) -> Document | None:
    if not isinstance(value, dict):
        return None
    return {key: item for key, item in value.items() if isinstance(item, dict)} or None


def _http_request(value: Any) -> Document | None:
    return _cleaned(value, _REQUEST) or None if isinstance(value, dict) else None


def _http_response(value: Any) -> Document | None:
    return _cleaned(value, _RESPONSE) or None if isinstance(value, dict) else None


def _http(value: Any) -> Document | None:
    return _cleaned(value, _HTTP) or None if isinstance(value, dict) else None


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
_HTTP = _Rules({}, {"request": _http_request, "response": _http_response})

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
        "start_time": _time,
        "end_time": _time,
        "in_progress": _only_true,
        "type": _subsegment_type,
        "parent_id": _entity_id,
        "user": _short_text,
        "http": _http,
        "cause": _cause,
        "annotations": _annotations,
        "metadata": _metadata,
        "namespace": _namespace,
        "precursor_ids": _texts,
        "sql": _sql,
        "links": _links,
    },
)
