"""``tracing-lab class``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tracing_lab.cli import main

Run = Callable[..., int]


@pytest.fixture
def run(embedded_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run ``tracing-lab class`` in a folder of its own, with a project of its own."""
    monkeypatch.chdir(tmp_path)
    where = ("--endpoint-url", embedded_url, "--aws-region", "me-central-1")
    return lambda *words: main([*where, "--project-name", "cli", "class", *words])


def test_class_is_made_shown_and_deleted(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    two = ("--learners", "2", "--prefix", "mon")
    assert run("create", *two, "--dry-run") == 0
    assert not (tmp_path / "class.csv").exists()
    assert run("status", *two) == 1
    assert "0 of 2 are ready." in capsys.readouterr().out
    assert run("create", *two, "--auto-approve") == 0
    out = capsys.readouterr().out
    assert "[2/2] mon-0" in out
    assert "2 of 2 are ready." in out
    rows = (tmp_path / "class.csv").read_text().splitlines()
    assert rows[1].startswith("mon-01,cli-mon-01,cli,mon-01,me-central-1,ready,http://127.0.0.1:")
    # WHEN the table that was written says who is to go
    assert run("destroy", "--students-file", "class.csv", "--auto-approve") == 0
    assert "2 of 2 are destroyed." in capsys.readouterr().out


def test_without_a_yes_nothing_is_made(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("create", "--learners", "1") == 1
    assert "Nothing was made." in capsys.readouterr().out
    assert run("destroy", "--learners", "1") == 0  # for nothing, nobody has to be asked


def test_quota_of_groups_is_said_before(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--learners", "26", "--auto-approve", "--enable-x-ray-group")
    assert run("create", *words) == 1
    out = capsys.readouterr().out
    assert "No room: 26 more of AWS::XRay::Group are needed" in out
    assert "Nothing was made." in out
    assert run("status", "--learners", "26") == 1
    assert "0 of 26 are ready." in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, expected",
    [
        (("--learners", "0"), "1 to 200 learners, not 0"),
        (("--learners", "10000"), "1 to 200 learners, not 10000"),
        (("--learners", "2", "--prefix", "a/b"), "'a/b-01'"),
        (("--students-file", "none.csv"), "none.csv cannot be read"),
        (("--learners", "2", "--csv", "."), "it is a folder"),
    ],
)
def test_bad_input_is_refused(
    run: Run, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    assert run("create", "--auto-approve", *words) == 1
    assert expected in capsys.readouterr().err


def test_students_file_is_not_overwritten(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "class.csv").write_text("learner,mail\nanna,a@example.com\n")
    assert run("create", "--students-file", "class.csv", "--auto-approve") == 1
    assert "would be overwritten" in capsys.readouterr().err


def test_class_is_told_in_exactly_one_way(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("create", "status", "destroy"):
        assert run(verb) == 1
        assert "Nobody is in the class." in capsys.readouterr().err
    with pytest.raises(SystemExit, match="1"):
        run("create", "--learners", "2", "--students-file", "x.csv")
