"""Fetch traces with a raw client, and check that they are complete."""

import http.client
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from calls import authorization

IDS_PER_CALL = 5
SIGNED = {
    "Authorization": authorization("xray"),
    "Content-Type": "application/json",
}


def fetch(port: int, trace_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return the traces as BatchGetTraces does; unknown ones are left out."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for first in range(0, len(trace_ids), IDS_PER_CALL):
        body = json.dumps({"TraceIds": trace_ids[first : first + IDS_PER_CALL]})
        connection.request("POST", "/Traces", body, SIGNED)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"BatchGetTraces was answered with {response.status}: {answer[:200]!r}")
        yield from json.loads(answer)["Traces"]
    connection.close()


def count_complete(port: int, trace_ids: Sequence[str]) -> int:
    """Count the traces that are there and whole."""
    return sum(is_complete(trace) for trace in fetch(port, trace_ids))


def is_complete(trace: dict[str, Any]) -> bool:
    """Return whether a trace has its 11 service segments, 3 inferred ones, one root, no orphan."""
    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    counts = Counter((one["origin"], one.get("inferred", False)) for one in documents)
    ids = {one["id"] for document in documents for one in (document, *subsegments(document))}
    parents = [one.get("parent_id") for one in documents]
    return (
        counts
        == {
            ("AWS::ApiGateway::Stage", False): 1,
            ("AWS::Lambda", False): 5,
            ("AWS::Lambda::Function", False): 5,
            ("AWS::Events", True): 3,
        }
        and parents.count(None) == 1
        and {parent for parent in parents if parent} <= ids
        and not any(one.get("in_progress") for one in documents)
    )


def subsegments(entity: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk all subsegments below a segment."""
    for child in entity.get("subsegments", []):
        yield child
        yield from subsegments(child)
