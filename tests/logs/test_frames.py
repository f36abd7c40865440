"""Log lines and results of queries as data frames."""

from datetime import timedelta

import pandas as pd
import pytest
from log_lines import LINES, NOON, TRACE, cells

from tracing_lab.logs import frame_from_events, frame_from_results, lines_of_traces


def test_lines_become_a_frame_with_the_traces_of_their_requests() -> None:
    frame = frame_from_events({"payment": LINES})
    assert str(frame["timestamp"].dtype).endswith("UTC]")
    assert frame["timestamp"].iloc[0] == pd.Timestamp(NOON)
    assert frame["trace_id"].fillna("").tolist() == [TRACE, "", TRACE, TRACE, TRACE]
    assert frame["level"].fillna("").tolist() == ["", "ERROR", "INFO", "", ""]
    assert frame["message"].tolist()[1:3] == ["[ERROR] no request", "paid"]
    assert frame["fields"].iloc[2]["n"] == 1
    assert set(frame["service"]) == {"payment"}


def test_spans_have_their_traces_id_in_x_rays_form() -> None:
    record = '{"traceId": "6b042ac05d09aa705e56bbd015254801", "name": "pay", "durationNano": 5}'
    line = frame_from_events({"spans": [{"timestamp": 0, "message": record}]}).iloc[0]
    assert line["trace_id"] == "1-6b042ac0-5d09aa705e56bbd015254801"
    assert line["fields"]["durationNano"] == 5


def test_no_lines_become_a_frame_with_the_same_columns() -> None:
    frame = frame_from_events({"payment": []})
    assert frame.columns.tolist() == frame_from_events({"payment": LINES}).columns.tolist()
    assert str(frame["timestamp"].dtype).endswith("UTC]")


def test_lines_are_joined_to_their_traces() -> None:
    lines = frame_from_events({"payment": LINES})
    index = pd.MultiIndex.from_tuples([(TRACE, "a"), (TRACE, "b")], names=["trace_id", "span_id"])
    starts = [NOON - timedelta(seconds=1), NOON]
    spans = pd.DataFrame({"start": pd.to_datetime(starts, utc=True)}, index=index)
    joined = lines_of_traces(lines, spans)
    assert joined["offset_s"].tolist() == [1.0, 1.02, 1.03, 1.04]
    assert lines_of_traces(lines, spans.iloc[:0]).empty


def test_results_have_typed_columns() -> None:
    rows = [
        cells(at="2026-11-23 12:00:00.250", n="3", mean="0.5", level="ERROR", order_id="7"),
        cells(at="2026-11-23 12:05:00.000", n="4", level="1e", order_id="8"),
    ]
    rows[0].append({"field": "@ptr", "value": "x"})
    frame = frame_from_results(rows)
    assert frame["at"].iloc[0] == pd.Timestamp("2026-11-23 12:00:00.250", tz="UTC")
    assert frame["n"].tolist() == [3, 4]
    assert frame["mean"].iloc[0] == 0.5
    assert pd.isna(frame["mean"].iloc[1])
    assert frame["level"].tolist() == ["ERROR", "1e"]
    assert frame["order_id"].tolist() == ["7", "8"]
    assert frame.columns.tolist() == ["at", "n", "mean", "level", "order_id"]


@pytest.mark.parametrize("value", ["007", "1_000", "12345678901234567890", "nan", "inf", "0x1"])
def test_text_that_would_change_as_a_number_stays_text(value: str) -> None:
    assert frame_from_results([cells(x=value)])["x"].tolist() == [value]


def test_no_results_are_an_empty_frame() -> None:
    assert frame_from_results([]).empty
