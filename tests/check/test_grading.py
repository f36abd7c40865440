"""Instructors get every learner's answers, judged again."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import exercise_samples as samples
import pytest

from tracing_lab.check import EXERCISES
from tracing_lab.check.collecting import collect, read_notebook
from tracing_lab.check.grading import DIFFERS, RECOMPUTED, RECORDED, Grade, grade, grades_csv
from tracing_lab.check.results import MIME, CheckResult
from tracing_lab.check.store import ANSWER, Entry, FileStore
from tracing_lab.check.workbook import Workbook
from tracing_lab.cli import main
from tracing_lab.errors import WorkshopError

SCHEDULE = {"schedule": [0.0, 0.1, 0.2, 0.3]}


def book(path: Path) -> Workbook:
    return Workbook(EXERCISES, FileStore(path), dict)


def notebook_with(path: Path, *results: CheckResult) -> None:
    outputs = [{"data": result._repr_mimebundle_()} for result in results]
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "outputs": outputs}]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")


def graded(folder: Path) -> dict[tuple[str, str], Grade]:
    grades = grade(collect(folder).entries, EXERCISES)
    return {(one.learner, one.exercise): one for one in grades}


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """Anna hands in her file and a notebook, Ben a notebook, Cleo nothing that can be read."""
    folder = tmp_path / "class"
    anna = book(folder / "anna" / "progress.sqlite")
    anna.check("15.left", 3, {})
    last = anna.check("15.left", 0, {})
    anna.check("04.rate", 10, SCHEDULE)
    anna.check("00.segments", samples.log(), {"spans": samples.spans_of_one()})
    anna.hint("15.bill")
    anna.solve("15.bill", force=True)
    notebook_with(folder / "anna" / "15_tear_down.ipynb", last)
    elsewhere = book(tmp_path / "ben.sqlite")
    ben = [elsewhere.check("15.left", 31, {}), elsewhere.check("04.rate", 20, SCHEDULE)]
    notebook_with(folder / "ben_15_tear_down.ipynb", *ben)
    (folder / "cleo.sqlite").write_bytes(b"no database" * 100)
    return folder


def test_answers_are_judged_again(handed_in: Path) -> None:
    grades = graded(handed_in)
    left, rate, bill = (grades["anna", name] for name in ("15.left", "04.rate", "15.bill"))
    assert (left.state, left.attempts, left.answer, left.recheck) == ("right", 2, "0.0", RECOMPUTED)
    assert (rate.state, rate.attempts, rate.recheck) == ("right", 1, RECORDED)
    assert (bill.state, bill.hints, bill.looked) == ("none", 1, True)
    table = grades["anna", "00.segments"]
    assert (table.state, table.answer, table.mistake) == ("wrong", "(DataFrame)", "table")
    assert (grades["ben", "15.left"].state, grades["ben", "15.left"].mistake) == ("wrong", "stack")
    assert (grades["ben", "04.rate"].state, grades["ben", "04.rate"].mistake) == ("wrong", "asked")


def test_an_answer_in_file_and_notebook_is_one_attempt(handed_in: Path) -> None:
    assert graded(handed_in)["anna", "15.left"].attempts == 2


def test_files_that_cannot_be_read_are_named(handed_in: Path) -> None:
    (handed_in / "dora.ipynb").write_text("[1, 2]")
    problems = collect(handed_in).problems
    assert [name in problem for name, problem in zip(("cleo", "dora"), problems, strict=True)] == [
        True,
        True,
    ]


def forge(path: Path, exercise: str, **body: Any) -> None:
    FileStore(path).add(Entry(kind=ANSWER, exercise=exercise, body=body))


FORGED: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("15.left", {"state": "right", "answer": 7, "facts": {"truth": 7}}, ("wrong", DIFFERS)),
    ("15.left", {"state": "right", "answer": None}, ("wrong", DIFFERS)),
    ("04.rate", {"state": "right", "answer": 7, "facts": {"truth": 8}}, ("wrong", DIFFERS)),
    ("04.rate", {"state": "right", "answer": 7, "facts": [7]}, ("wrong", DIFFERS)),
    ("04.rate", {"state": "right", "answer": {"a": []}, "facts": {}}, ("wrong", DIFFERS)),
    ("04.rate", {"answer": 7}, ("wrong", DIFFERS)),
    ("04.rate", {"state": "wrong", "answer": 8, "facts": {"truth": 8}}, ("right", DIFFERS)),
]


@pytest.mark.parametrize("exercise, body, expected", FORGED)
def test_a_record_that_says_otherwise_is_marked(
    tmp_path: Path, exercise: str, body: dict[str, Any], expected: tuple[str, str]
) -> None:
    forge(tmp_path / "eve.sqlite", exercise, **body)
    one = graded(tmp_path)["eve", exercise]
    assert (one.state, one.recheck) == expected


def test_exercises_of_other_versions_are_left_out(tmp_path: Path) -> None:
    forge(tmp_path / "eve.sqlite", "77.gone", state="right", answer=1)
    assert {one.state for one in graded(tmp_path).values()} == {"none"}


def test_a_file_with_other_tables_has_no_entries(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "eve.sqlite") as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()
    assert collect(tmp_path).entries == {"eve": []}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"cells": 3}',
        json.dumps({"cells": [{"outputs": [{"data": {MIME: 3}}]}]}),
        json.dumps({"cells": [{"outputs": [{"data": {MIME: {}}}]}]}),
        "[" * 100_000,
    ],
)
def test_what_is_no_notebook_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "eve.ipynb"
    path.write_text(text)
    with pytest.raises(WorkshopError, match=r"eve\.ipynb is no notebook"):
        read_notebook(path)


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkshopError, match="no progress files"):
        collect(tmp_path)


def test_no_cell_of_the_csv_is_a_formula(tmp_path: Path) -> None:
    forge(tmp_path / "=1+1.sqlite", "01.publishers", state="wrong", answer="=HYPERLINK(1)")
    forge(tmp_path / "=1+1.sqlite", "02.parent", state="wrong", answer="@SUM(1)", facts={})
    text = grades_csv(grade(collect(tmp_path).entries, EXERCISES))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "@", "+", "-"))] == []
    assert "'=1+1" in cells


def test_the_command_prints_a_table_and_writes_a_csv(
    handed_in: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["grade", str(handed_in), "--csv", str(tmp_path / "grades.csv")]) == 1
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()[4:7]] == ["anna", "ben", "cleo"]
    assert "Not read: " in out
    written = (tmp_path / "grades.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(written)))
    assert len(rows) == 3 * len(EXERCISES)
    (handed_in / "cleo.sqlite").unlink()
    assert main(["grade", str(handed_in)]) == 0


@pytest.mark.parametrize(
    "words", [["grade", "nowhere"], ["grade", ".", "--csv", "nowhere/file/"], ["workshop", "file"]]
)
def test_bad_places_are_refused(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(words) == 1
    assert capsys.readouterr().err.startswith("Error: ")


def test_the_workshop_command_copies_the_notebooks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["workshop", str(tmp_path / "mine")]
    assert main(words) == 0
    assert (tmp_path / "mine" / "00_start_here.ipynb").is_file()
    (tmp_path / "mine" / "00_start_here.ipynb").write_text("mine")
    assert main(words) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0
    assert "1 overwritten" in capsys.readouterr().out
