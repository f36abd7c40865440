"""Records of segments in aws/spans, read as traces again."""

import json
from pathlib import Path

import pandas as pd

from tracing_lab.embedded.xray.derive.otel_spans import spans_of_document
from tracing_lab.spans import spans_from_traces, traces_from_records

EXAMPLE = json.loads(
    (Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text(encoding="utf-8")
)
COLUMNS = ["service", "name", "kind", "origin", "status", "http_status", "depth"]


def test_the_records_of_segments_are_the_trace_that_x_ray_returns() -> None:
    records = [record for document in EXAMPLE["raw"] for record in spans_of_document(document)]
    read = spans_from_traces(traces_from_records(records))
    segments = [
        {"Id": document["id"], "Document": json.dumps(document)}
        for document in EXAMPLE["processed"]
    ]
    trace = {"Id": EXAMPLE["trace_id"], "Duration": 1.0, "Segments": segments}
    expected = spans_from_traces([trace])
    pd.testing.assert_frame_equal(
        read[COLUMNS].reset_index(drop=True), expected[COLUMNS].reset_index(drop=True)
    )
    gap = (read["start"].array - expected["start"].array).to_pytimedelta()
    assert max(map(abs, gap)).microseconds <= 1


def test_calls_state_what_the_collector_states() -> None:
    (call,) = [
        record
        for document in EXAMPLE["raw"]
        for record in spans_of_document(document)
        if record["name"] == "DynamoDB"
    ]
    assert call["attributes"]["aws.table_name"] == "orders"
    assert call["attributes"]["aws.operation"] == "PutItem"
    assert call["resource"] == {"attributes": {}}  # it was sent by itself
