"""Log events as CloudWatch Logs returns them, and rows of a query's results."""

import json
from datetime import UTC, datetime
from typing import Any

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
REQUEST = "0a1b2c3d-0000-4000-8000-000000000001"


def line(offset_ms: int, message: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    at_ms = round(NOON.timestamp() * 1000) + offset_ms
    return {"timestamp": at_ms, "message": text + "\n", "logStreamName": "s", "eventId": "1"}


LINES = [
    line(0, f"START RequestId: {REQUEST} Version: $LATEST"),
    line(
        20, {"level": "INFO", "message": "paid", "trace_id": TRACE, "request_id": REQUEST, "n": 1}
    ),
    line(
        30, f"REPORT RequestId: {REQUEST}\tDuration: 3 ms\t\nXRAY TraceId: {TRACE}\tSegmentId: 1\t"
    ),
    line(10, "[ERROR] no request"),
    line(40, {"type": "platform.report", "record": {"requestId": REQUEST}}),
]


def cells(**row: str) -> list[dict[str, str]]:
    return [{"field": name, "value": value} for name, value in row.items()]
