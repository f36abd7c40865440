"""``tracing-lab convert``, and reports on other tools' traces."""

import json
from pathlib import Path
from typing import Any

import pytest
from foreign_traces import jaeger, jaeger_span, otlp, otlp_span

from tracing_lab.cli import main
from tracing_lab.spans import load_spans, load_traces

UNENDED = otlp(otlp_span(endTimeUnixNano=0))


def written(folder: Path, node: Any) -> str:
    path = folder / "in.json"
    path.write_text(json.dumps(node))
    return str(path)


def test_a_file_becomes_one_of_another_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = written(tmp_path, jaeger(jaeger_span())), tmp_path / "out.json"
    assert main(["convert", source, "--out", str(out), "--format", "otlp"]) == 0
    assert capsys.readouterr().out.startswith("1 traces in ")
    assert json.loads(out.read_text()).keys() == {"resourceSpans"}
    assert load_traces(out) == load_traces(source)


def test_the_ending_of_a_name_says_the_format(tmp_path: Path) -> None:
    source, out = written(tmp_path, otlp(otlp_span())), tmp_path / "out.parquet"
    assert main(["convert", source, "--out", str(out)]) == 0
    assert len(load_spans(out)) == 1


def test_what_gets_lost_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = written(tmp_path, UNENDED), tmp_path / "out.json"
    assert main(["convert", source, "--out", str(out), "--format", "jaeger"]) == 0
    assert "Not in this format: 1 span in progress" in capsys.readouterr().out


def test_what_is_no_trace_is_said_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(tmp_path, [otlp(otlp_span()), {"metrics": []}])
    assert main(["convert", source, "--out", str(tmp_path / "o.json")]) == 0
    assert "Warning: Parts of" in capsys.readouterr().err


@pytest.mark.parametrize("node", [jaeger(jaeger_span()), UNENDED], ids=["Jaeger", "nothing ended"])
def test_a_report_takes_them_too(tmp_path: Path, node: Any) -> None:
    out = tmp_path / "out"
    assert main(["report", "--traces", written(tmp_path, node), "--out", str(out)]) == 0
    assert (out / "report.html").stat().st_size > 1000
