"""Recorded orders, and files of orders."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from tracing_lab.errors import MissingFileError, TraceDataError
from tracing_lab.experiments import samples
from tracing_lab.spans import spans_from_traces, validate_spans
from tracing_lab.stats import end_to_end

TRACE = {"Id": "1-0000000a-1", "Segments": [{"Id": "a", "Document": '{"id": "a"}'}]}
SENT = pd.Timestamp("2026-11-23T12:00:00.000000123Z")


def some_orders() -> samples.Orders:
    row = {"scheduled": SENT, "sent": SENT, "finished": SENT, "latency_s": 0.25, "status": 201}
    row |= {"trace_id": "1-0000000a-1", "order_id": "o-1", "customer_id": "c-1", "error": ""}
    unanswered = {**row, "status": None, "order_id": ""}
    log = pd.DataFrame([row, unanswered], index=pd.Index([0, 1], name="order_no"))
    return samples.Orders(log.astype({"status": "Int64"}), [TRACE], "Made up.")


def test_recorded_orders_are_whole_traces_of_the_log() -> None:
    shipped = samples.recorded()
    spans = spans_from_traces(shipped.traces)
    validate_spans(spans)
    assert [trace["Id"] for trace in shipped.traces] == shipped.log["trace_id"].tolist()
    assert end_to_end(spans)["complete"].all()
    assert shipped.log["status"].eq(201).all()


def test_recorded_retries_have_three_attempts_with_lambdas_waits() -> None:
    spans = spans_from_traces(samples.retries())
    validate_spans(spans)
    failed = spans[spans["name"].str.startswith("Attempt") & spans["error"]]
    waits_s = failed["start"].diff().dt.total_seconds().dropna()
    assert failed["name"].tolist() == ["Attempt #1", "Attempt #2", "Attempt #3"]
    assert waits_s.round(-1).tolist() == [60, 120]


def test_recordings_name_no_machine() -> None:
    text = str(samples.recorded().traces) + str(samples.retries())
    assert "/home/" not in text
    assert "/tmp/" not in text  # noqa: S108 - looked for, not used


def test_a_file_keeps_orders_as_they_are(tmp_path: Path) -> None:
    written = some_orders()
    again = samples.load_orders(samples.save_orders(written, tmp_path / "new" / "orders.json.gz"))
    pd.testing.assert_frame_equal(again.log, written.log)
    assert (again.traces, again.source) == (written.traces, written.source)


def test_the_same_orders_make_the_same_file(tmp_path: Path) -> None:
    paths = [samples.save_orders(some_orders(), tmp_path / name) for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"no gzip", gzip.compress(b"no json", mtime=0), gzip.compress(b"{}", mtime=0)]
)
def test_other_files_are_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.gz"
    path.write_bytes(content)
    with pytest.raises(TraceDataError, match=r"other\.gz does not hold orders"):
        samples.load_orders(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="missing"):
        samples.load_orders(tmp_path / "missing")


def test_orders_are_shown_in_a_line() -> None:
    assert repr(some_orders()) == "2 orders with 1 traces. Made up."
