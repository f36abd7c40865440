"""Spans and traces survive a file."""

from pathlib import Path

import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import (
    load_spans,
    save_spans,
    spans_from_traces,
)


def test_spans_survive_a_file(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    path = save_spans(worked_spans, tmp_path / "new" / "spans.parquet")
    pd.testing.assert_frame_equal(load_spans(path), worked_spans)
    assert [file.name for file in path.parent.iterdir()] == ["spans.parquet"]


def test_a_folder_of_files_is_one_frame(tmp_path: Path, shop_spans: pd.DataFrame) -> None:
    save_spans(shop_spans.iloc[:100], tmp_path / "1.parquet")
    save_spans(shop_spans.iloc[100:], tmp_path / "2.parquet")
    pd.testing.assert_frame_equal(load_spans(tmp_path), shop_spans)


def test_an_empty_frame_survives_a_file(tmp_path: Path) -> None:
    empty = spans_from_traces([])
    pd.testing.assert_frame_equal(load_spans(save_spans(empty, tmp_path / "s.parquet")), empty)


def test_a_broken_frame_is_not_written(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    with pytest.raises(TraceDataError, match="'depth' is missing"):
        save_spans(worked_spans.drop(columns="depth"), tmp_path / "spans.parquet")
    assert not list(tmp_path.iterdir())


def test_other_parquet_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(path)
    with pytest.raises(TraceDataError, match="does not hold a span frame"):
        load_spans(path)


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_spans(tmp_path / "no.parquet")
