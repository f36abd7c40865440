"""Summaries in files."""

import json
import logging
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tracing_lab.errors import MissingFileError, TraceDataError
from tracing_lab.summaries import (
    frame_from_summaries,
    load_summaries,
    save_summaries,
)

DATA = Path(__file__).parents[1] / "data"
NOON = 1795435200.0  # 2026-11-23T12:00:00Z


def summary(number: int = 1, **members: Any) -> dict[str, Any]:
    """Make a summary with nothing but an id, a start and what is given."""
    return {"Id": f"1-6b042ac0-{number:024x}", "StartTime": NOON, **members}


def worked_summary() -> dict[str, Any]:
    """Return the summary of an order, as GetTraceSummaries returns it."""
    example: dict[str, Any] = json.loads((DATA / "xray_worked_example.json").read_text())
    (item,) = example["summary"]["TraceSummaries"]
    return dict(item)


def page(*numbers: int, **members: Any) -> dict[str, Any]:
    listed = [summary(number) for number in numbers]
    return {"TraceSummaries": listed, "ApproximateTime": NOON, "TracesProcessedCount": 9, **members}


FILES = {
    "a response": json.dumps(page(1, 2), indent=4),
    "two responses": json.dumps(page(1, NextToken="more"), indent=4) + json.dumps(page(2)),
    "a response per line": f"{json.dumps(page(1))}\n{json.dumps(page(2))}\n",
    "a list of responses": json.dumps([page(1), page(2)]),
    "a list of summaries": json.dumps([summary(1), summary(2)]),
    "a summary per line": f"{json.dumps(summary(1))}\n{json.dumps(summary(2))}\n",
    "a byte order mark": "\ufeff" + json.dumps(page(1, 2)),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_files_of_every_form_are_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "summaries.json").write_text(content, encoding="utf-8")
    assert load_summaries(tmp_path / "summaries.json") == [summary(1), summary(2)]


def test_saved_summaries_are_read_again(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=2))
    items = [worked_summary(), summary(StartTime=datetime(2026, 11, 23, 14, tzinfo=zone))]
    path = save_summaries(items, tmp_path / "folder" / "summaries.json")
    frame = frame_from_summaries(load_summaries(path))
    pd.testing.assert_frame_equal(frame, frame_from_summaries(items))


def test_a_file_without_traces_has_no_summaries(tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text(json.dumps(page()))
    assert load_summaries(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    "content,text",
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"TraceSummaries", "is not JSON"),
        (b"\xff\xfe", "is empty"),
        (json.dumps(page(1)).encode()[:-5], "is not JSON"),
        (json.dumps(page(1)).encode() + b"]", "is not JSON"),
        (b"7", "does not hold trace summaries"),
        (b'{"Services": []}', "does not hold trace summaries"),
        (b'{"TraceSummaries": null}', "does not hold trace summaries"),
        (b'{"TraceSummaries": ["x"]}', "does not hold trace summaries"),
        (b'{"Traces": []}', "holds traces, not summaries"),
        (b'[{"Id": "x", "Segments": []}]', "holds traces, not summaries"),
    ],
)
def test_files_of_something_else_are_refused(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "summaries.json"
    path.write_bytes(content)
    with pytest.raises(TraceDataError, match=text):
        load_summaries(path)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"missing\.json cannot be read"):
        load_summaries(tmp_path / "missing.json")


@pytest.mark.parametrize("token,warned", [("more", True), (None, False)])
def test_a_file_that_lacks_pages_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, token: Any, *, warned: bool
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(page(1, NextToken=token)))
    with caplog.at_level(logging.WARNING):
        load_summaries(tmp_path / "one.json")
    assert ("summaries are missing" in caplog.text) == warned
