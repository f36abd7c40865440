"""Traces written in any format, and what it cannot hold."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.cli.parser import make_parser
from tracing_lab.errors import TraceDataWarning
from tracing_lab.export import FORMATS, lost, save_traces_as
from tracing_lab.spans import load_traces, spans_from_traces

Make = Callable[..., dict[str, Any]]
UNENDED = [
    {"Id": "1-2-3", "Segments": [{"Document": {"id": "a", "name": "a", "start_time": 1.7e9}}]}
]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written(
    tmp_path: Path, form: str, worked_traces: list[dict[str, Any]]
) -> None:
    path = save_traces_as(worked_traces, tmp_path / "new" / "file", form=form)
    assert path.stat().st_size > 1000


@pytest.mark.parametrize("form", FORMATS)
def test_traces_in_which_nothing_has_ended_are_written(tmp_path: Path, form: str) -> None:
    assert save_traces_as(UNENDED, tmp_path / "file", form=form).exists()


@pytest.mark.parametrize("form", ["x-ray", "otlp", "jaeger"])
def test_what_is_not_lost_is_read_back(
    tmp_path: Path, form: str, worked_traces: list[dict[str, Any]]
) -> None:
    assert lost(worked_traces, form=form) == []
    frame = spans_from_traces(load_traces(save_traces_as(worked_traces, tmp_path / "f", form=form)))
    assert len(frame) == len(spans_from_traces(worked_traces))


def test_members_without_a_column_are_listed(worked_traces: list[dict[str, Any]]) -> None:
    sentences = lost(worked_traces, form="parquet")
    assert '"http.request.url" of 2 spans' in sentences
    assert not any("start_time" in sentence for sentence in sentences)


@pytest.mark.parametrize("form", ["otlp", "jaeger", "chrome"])
def test_spans_in_progress_and_cut_traces_are_listed(make_trace: Make, form: str) -> None:
    trace = make_trace(("a", None, 0, None), ("b", "a", 0, 1)) | {"LimitExceeded": True}
    expected = ["1 span in progress", '"LimitExceeded" of 1 trace']
    assert lost([trace], form=form)[:2] == expected


def test_traces_that_cannot_be_read_are_named(make_trace: Make) -> None:
    broken = {"Id": "1-bad", "Segments": [{"Document": "{"}]}
    with pytest.warns(TraceDataWarning, match="trace 1-bad"):
        assert lost([broken, make_trace(("a", None, 0, 1))], form="otlp") == []


def test_the_command_line_knows_the_formats() -> None:
    (verbs,) = (one for one in make_parser()._actions if isinstance(one.choices, dict))
    assert verbs.choices is not None
    parser = dict(verbs.choices)["convert"]
    (choices,) = (one.choices for one in parser._actions if one.dest == "format")
    assert [*choices] == [*FORMATS]


def test_chrome_s_format_leaves_out_what_has_not_ended(tmp_path: Path) -> None:
    path = save_traces_as(UNENDED, tmp_path / "file", form="chrome")
    assert json.loads(path.read_text())["traceEvents"] == []
