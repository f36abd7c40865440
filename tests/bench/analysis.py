"""Measure the analysis half: from documents to spans, and from spans to answers.

The traces are those of the recorded orders, repeated with ids of their own.
"""

import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from otlp_protobuf import protobuf
from report import row
from span_trees import sequential_trace

import tracing_lab as tl
from tracing_lab.stats.path_time import path_times

REPEATED = 170
JSON_REPEATED = 20
REAL = Path(__file__).parents[1] / "data" / "analysis_real_traces.json"
REAL_REPEATED = 20_000
FOR_A_MILLION = 851
ROUNDS = 3
LEAST_RATE = 500_000
LEAST_OPERATIONS_RATE = 300_000
LEAST_OTLP_RATE = 100_000
MOST_BYTES = 120.0
LONGEST_S = 1.0
PATH_RATE = 2.0
TREES = 10_000
MOST_OFF_US = 1.0
ANSWERS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "service graph": tl.graph.service_graph_from_spans,
    "latency table": tl.stats.latency_summary,
    "self time table": tl.stats.self_time_summary,
    "end-to-end table": tl.stats.end_to_end,
    "critical path table": tl.stats.critical_path_summary,
    "tail attribution": tl.stats.tail_attribution,
    "cost per span": lambda spans: tl.cost.span_costs(
        spans, tl.cost.traffic_bill(spans, tl.Config())
    ),
}
_ID = re.compile(r'"(id|parent_id)":\s*"([0-9a-f]{8})([0-9a-f]{8})"')

Trace = dict[str, Any]


def bench_analysis() -> None:
    """Measure reading."""
    traces = repeated(tl.samples.recorded().traces, REPEATED)
    texts = texts_of(traces)
    spans, read_s = best(lambda: tl.spans.spans_from_traces(traces))
    count = len(spans)
    row("documents to spans", count / read_s, "spans/s", limit=LEAST_RATE)
    _, parse_s = best(lambda: [orjson.loads(text) for text in texts])
    row(
        "documents to spans",
        count / read_s,
        "spans/s",
        peer=count / parse_s,
        peer_name="orjson's parse alone",
    )
    _, flat_s = best(lambda: pd.json_normalize([orjson.loads(text) for text in texts]))
    row(
        "documents to spans",
        count / read_s,
        "spans/s",
        peer=count / flat_s,
        peer_name="pandas.json_normalize",
    )
    used = spans.memory_usage(deep=True, index=True).sum() / count
    row("memory of a span", used, "bytes", limit=MOST_BYTES)


def bench_real() -> None:
    """Measure reading traces that AWS wrote."""
    real = [as_returned(trace) for trace in tl.spans.load_traces(REAL)]
    traces = repeated(real, REAL_REPEATED)
    spans, read_s = best(lambda: tl.spans.spans_from_traces(traces))
    rate = len(spans) / read_s
    row("real documents to spans", rate, "spans/s", limit=LEAST_RATE)
    _, parse_s = best(lambda: [orjson.loads(text) for text in texts_of(traces)])
    peer = len(spans) / parse_s
    row("real documents to spans", rate, "spans/s", peer=peer, peer_name="orjson's parse alone")


def bench_operations() -> None:
    """Measure reading what services were asked to do."""
    recorded = tl.samples.recorded().traces
    real = [as_returned(trace) for trace in tl.spans.load_traces(REAL)]
    for name, traces in (
        ("operations", repeated(recorded, REPEATED)),
        ("operations of real documents", repeated(real, REAL_REPEATED)),
    ):
        count = len(tl.spans.spans_from_traces(traces))
        _, read_s = best(lambda: tl.spans.operations_from_traces(traces))  # noqa: B023 - called at once
        row(name, count / read_s, "spans/s", limit=LEAST_OPERATIONS_RATE)
        _, parse_s = best(lambda: [orjson.loads(text) for text in texts_of(traces)])  # noqa: B023
        row(name, count / read_s, "spans/s", peer=count / parse_s, peer_name="orjson's parse alone")


def texts_of(traces: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the documents of traces."""
    return [segment["Document"] for trace in traces for segment in trace["Segments"]]


def as_returned(trace: Mapping[str, Any]) -> Trace:
    """Return a trace with its documents as texts, as X-Ray returns them."""
    documents = [segment["Document"] for segment in trace["Segments"]]
    texts = [orjson.dumps(document).decode() for document in documents]
    return {"Id": trace["Id"], "Segments": [{"Id": "", "Document": text} for text in texts]}


def bench_otlp() -> None:
    """Measure reading what OpenTelemetry's exporters send, and files of it as JSON."""
    traces = tl.samples.recorded().traces
    content = otlp_repeated(traces, REPEATED)
    spans, read_s = best(lambda: tl.spans.spans_from_protobuf(content))
    count = (spans["kind"] != "inferred").sum()
    row("OTLP in protobuf to spans", count / read_s, "spans/s", limit=LEAST_OTLP_RATE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traces.json"
        for name, written in (
            ("OTLP as JSON", tl.export.traces_to_otlp(repeated(traces, JSON_REPEATED))),
            ("Jaeger's JSON", tl.export.traces_to_jaeger(repeated(traces, JSON_REPEATED))),
        ):
            path.write_bytes(orjson.dumps(written))
            bench_json(name, path)


def bench_json(name: str, path: Path) -> None:
    """Measure reading a file of another tool."""
    spans, read_s = best(lambda: tl.spans.spans_from_traces(tl.spans.load_traces(path)))
    _, parse_s = best(lambda: orjson.loads(path.read_bytes()))
    count = len(spans)
    peer = count / parse_s
    row(f"{name} to spans", count / read_s, "spans/s", peer=peer, peer_name="orjson's parse alone")


def bench_answers() -> None:
    """Measure what is made of a million spans."""
    spans = tl.spans.spans_from_traces(repeated(tl.samples.recorded().traces, FOR_A_MILLION))
    count = len(spans)
    for name, run in ANSWERS.items():
        _, took_s = best(lambda: run(spans))  # noqa: B023 - called at once
        row(f"{name}, {count / 1e6:.1f} million spans", took_s, "s", limit=LONGEST_S)
    _, took_s = best(lambda: path_times(spans))
    row("critical paths", count / took_s / 1e6, "million spans/s", limit=PATH_RATE)


def bench_sums() -> None:
    """Measure how far parts are from the whole that they sum to, over random sequential trees."""
    spans = tl.spans.spans_from_traces([sequential_trace(seed) for seed in range(TREES)])
    own = spans["self_s"].groupby("trace_id").sum()
    whole = spans.loc[spans["depth"] == 0, "duration_s"].droplevel("span_id")
    off_us = (own - whole).abs().max() * 1e6
    row(f"self times against roots, {TREES:,} trees", off_us, "us", limit=MOST_OFF_US)
    slow = tl.stats.tail_attribution(spans, q=0.99)
    whole_ns = (whole * 1e9).round().astype("int64").nlargest(slow.attrs["slow"]).sum()
    row("tail attribution against the slow requests", slow["slow_ns"].sum() - whole_ns, "ns")


def repeated(traces: Sequence[Mapping[str, Any]], times: int) -> list[Trace]:
    """Return traces several times, each time with other ids."""
    return [renamed(trace, number) for number in range(times) for trace in traces]


def renamed(trace: Mapping[str, Any], number: int) -> Trace:
    """Return a trace with other ids."""
    trace_id = f"{trace['Id'][:-8]}{number:08x}"
    segments = [
        {
            "Id": segment["Id"],
            "Document": _ID.sub(
                lambda found: f'"{found[1]}":"{found[2]}{int(found[3], 16) ^ number:08x}"',
                segment["Document"].replace(trace["Id"], trace_id),
            ),
        }
        for segment in trace["Segments"]
    ]
    return {"Id": trace_id, "Segments": segments}


def otlp_repeated(traces: Sequence[Mapping[str, Any]], times: int) -> bytes:
    """Return traces as another tool would send them, several times with other ids."""
    request = tl.export.traces_to_otlp(traces)
    for scoped in (one for group in request["resourceSpans"] for one in group["scopeSpans"]):
        scoped["scope"] = {"name": "bench"}
        for span in scoped["spans"]:
            stated = span["attributes"]
            span["attributes"] = [one for one in stated if "aws.xray." not in one["key"]]
    content, ids = protobuf(request), [one["Id"][2:].replace("-", "") for one in traces]
    copies = []
    for number in range(times):
        copy = content
        for trace_id in map(bytes.fromhex, ids):
            copy = copy.replace(trace_id, trace_id[:-4] + number.to_bytes(4, "big"))
        copies.append(copy)
    return b"".join(copies)


def best(run: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a function gives, and its least processor time."""
    times_s = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        result = run()
        times_s.append(time.process_time() - began_s)
    return result, min(times_s)
