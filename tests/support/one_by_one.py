"""Traces whose documents are read one by one: the oracle for documents that are decoded at once."""

from types import MappingProxyType
from typing import Any

import orjson


def one_by_one(traces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return traces whose documents are of a type that is never decoded at once."""
    return [
        trace
        | {
            "Segments": [
                {"Document": MappingProxyType(_parsed(one["Document"]))}
                for one in trace["Segments"]
            ]
        }
        for trace in traces
    ]


def _parsed(document: Any) -> dict[str, Any]:
    values: dict[str, Any] = orjson.loads(document) if isinstance(document, str) else document
    return values
