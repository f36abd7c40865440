"""Finds the fields of log events.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html:

- Of JSON the first 200 fields, nested ones with dots in their names, elements by their number.
- JSON may begin within a message; the first piece counts.
- A field whose name begins with @ gets another one.
- Lines of Lambda have ``@requestId``, ``@type`` and what a REPORT says. Sizes are in bytes, as the
  sample queries there divide them by 1000 twice.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

from .records import LogRecord
from .values import Row, Timestamp, Value

MAX_JSON_FIELDS = 200
_MAX_DEPTH = 50  # of JSON whose fields are found; what lies deeper is left out

_BYTES_OF_MB = 1_000_000
_DECODER = json.JSONDecoder()
_PLATFORM = re.compile(r"(START|END|REPORT) RequestId: (\S+)")
_REQUEST = re.compile(
    r"(?:\[\w+\]\t)?\d{4}-\d\d-\d\dT[\d:.]+Z[\t ]"
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b"
)
_METRIC = re.compile(r"\t([A-Z][A-Za-z ]+): ([\d.]+) (?:ms|MB)")
_XRAY = re.compile(r"XRAY TraceId: (\S+)\tSegmentId: (\S+)")
_METRIC_FIELDS = {
    "Duration": "@duration",
    "Billed Duration": "@billedDuration",
    "Init Duration": "@initDuration",
    "Memory Size": "@memorySize",
    "Max Memory Used": "@maxMemoryUsed",
}


def discovered_fields(record: LogRecord) -> Row:
    """Return all fields of a log event.

    Examples
    --------
    >>> row = discovered_fields(LogRecord(0, 0, 7, 'INFO {"a": {"b": [5]}}', "s", "1:g"))
    >>> row["a.b.0"], row["@ptr"]
    (5, '7')
    """
    message = record.message
    fields: Row = dict(islice(_flat(_json_in(message), ""), MAX_JSON_FIELDS))
    return (
        fields
        | _lambda_fields(message)
        | {
            "@timestamp": Timestamp(record.timestamp_ms),
            "@ingestionTime": Timestamp(record.ingestion_ms),
            "@message": message,
            "@logStream": record.stream,
            "@log": record.group,
            "@ptr": str(record.pointer),
        }
    )


def _json_in(message: str) -> Any:
    start = message.find("{")
    if start < 0:
        return None
    try:
        if start == 0:
            return orjson.loads(message)
        return _DECODER.raw_decode(message, start)[0]
    except (ValueError, RecursionError):
        return _json_before_more(message) if start == 0 else None


def _json_before_more(message: str) -> Any:
    """Return the JSON that a message begins with, though more follows."""
    try:
        return _DECODER.raw_decode(message)[0]
    except (ValueError, RecursionError):
        return None


def _flat(node: Any, name: str, depth: int = 0) -> Iterator[tuple[str, Value]]:
    """Yield the values of a JSON document with their dotted names, but not null."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(node, dict):
        for key, inner in node.items():
            shown = f"@{key}" if not name and key.startswith("@") else key
            yield from _flat(inner, f"{name}.{shown}" if name else shown, depth + 1)
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from _flat(inner, f"{name}.{number}", depth + 1)
    elif node is not None:
        yield name, node


def _lambda_fields(message: str) -> Row:
    platform = _PLATFORM.match(message)
    if platform is None:
        request = _REQUEST.match(message)
        return {} if request is None else {"@requestId": request[1]}
    fields: Row = {"@type": platform[1], "@requestId": platform[2]}
    for label, amount in _METRIC.findall(message):
        if label in _METRIC_FIELDS:
            number = float(amount)
            is_size = "Memory" in label
            fields[_METRIC_FIELDS[label]] = int(number * _BYTES_OF_MB) if is_size else number
    trace = _XRAY.search(message)
    return (
        fields if trace is None else fields | {"@xrayTraceId": trace[1], "@xraySegmentId": trace[2]}
    )
