"""Small traces for the `Rows` of exercises, regular enough to work results out by hand.

Order number ``i`` of 0 to 20 takes ``0.20 + 0.01 i`` seconds at the API. Behind it, ``order`` runs
for 0.15 s and starts cold in the first trace only; ``payment`` runs for 0.5 s, ``inventory`` for
0.2 s, and ``notification`` twice for 0.1 s, the second time at the very end.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pandas as pd

from tracing_lab.spans import spans_from_traces
from tracing_lab.xray_model.lambda_segments import FUNCTION, SERVICE

STAGE, BUS = "AWS::ApiGateway::Stage", "AWS::Events"
API = "shop-dev-api-0de6b2b1/prod"
ORDERS = 21
RUNS_S: Mapping[str, float] = {
    "order": 0.15,
    "payment": 0.5,
    "inventory": 0.2,
    "notification": 0.1,
}

Document = dict[str, Any]


def full_name(service: str) -> str:
    """Return the name that a service's function has in the samples."""
    return f"shop-dev-{service}-0de6b2b1"


def trace_id(number: int) -> str:
    """Return the id of a trace, which began at second 100."""
    return f"1-00000064-{number:024x}"


def trace(number: int = 0, runs_s: Mapping[str, float] = RUNS_S) -> Document:
    """Return one order's trace as BatchGetTraces does."""
    documents = [*_entry(number, runs_s["order"]), *_events(runs_s)]
    segments = [{"Id": each["id"], "Document": each} for each in documents]
    return {"Id": trace_id(number), "Segments": segments}


@cache
def spans(**slower_s: float) -> pd.DataFrame:
    """Return the spans of all orders; services that are named run so long."""
    runs_s = {**RUNS_S, **slower_s}
    return spans_from_traces([trace(number, runs_s) for number in range(ORDERS)])


@cache
def spans_of_one() -> pd.DataFrame:
    """Return the spans of the first order."""
    return spans_from_traces([trace()])


@cache
def log() -> pd.DataFrame:
    """Return the request log: 2 ms more than the API's time, and 50 ms for orders 5 to 9."""
    outside_s = [0.05 if 5 <= number <= 9 else 0.002 for number in range(ORDERS)]
    latency_s = [0.2 + 0.01 * number + more for number, more in enumerate(outside_s)]
    ids = [trace_id(number) for number in range(ORDERS)]
    return pd.DataFrame({"trace_id": ids, "latency_s": latency_s, "status": 201})


def _span(span_id: str, name: str, start: float, duration: float, **rest: Any) -> Document:
    times = {"start_time": 100 + start, "end_time": 100 + start + duration}
    return {"id": span_id, "name": name, **times, **rest}


def _entry(number: int, run_s: float) -> list[Document]:
    """Return the API's segment and those of the order service."""
    api_s = 0.2 + 0.01 * number
    name, served = full_name("order"), {"response": {"status": 201}}
    call = _span("a5", "events", 0.1, 0.02, namespace="aws")
    parts = [_span("a4", "Invocation", 0.02, run_s, subsegments=[call])]
    if number == 0:
        parts.insert(0, _span("a6", "Initialization", 0.0, 0.02))
    here = {"origin": FUNCTION, "parent_id": "a2", "subsegments": parts}
    lambda_s = max(api_s, run_s + 0.03)
    return [
        _span("a1", API, 0.0, api_s, origin=STAGE, http=served),
        _span("a2", name, 0.0, lambda_s, origin=SERVICE, parent_id="a1"),
        _span("a3", name, 0.02, run_s, **here),
    ]


def _events(runs_s: Mapping[str, float]) -> Iterator[Document]:
    """Return the bus, inferred from its caller, and what it feeds."""
    yield _span("b1", "Events", 0.1, 0.02, origin=BUS, parent_id="a5", inferred=True)
    yield from _service("c", "payment", 0.12, runs_s)
    yield from _service("d", "inventory", 0.12, runs_s)
    yield from _service("e", "notification", 0.4, runs_s)
    yield from _service("f", "notification", 1.2, runs_s)


def _service(
    letter: str, service: str, start: float, runs_s: Mapping[str, float]
) -> list[Document]:
    name = full_name(service)
    return [
        _span(f"{letter}1", name, start, 0.01, origin=SERVICE, parent_id="b1"),
        _span(f"{letter}2", name, start, runs_s[service], origin=FUNCTION, parent_id=f"{letter}1"),
    ]
