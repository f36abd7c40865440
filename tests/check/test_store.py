"""Progress survives damage, bad places and kernels that work at the same time."""

import logging
import sqlite3
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from tracing_lab.check.store import (
    ANSWER,
    PROGRESS_VARIABLE,
    Entry,
    FileStore,
    MemoryStore,
    Store,
    default_path,
    read_collected,
)
from tracing_lab.errors import WorkshopError

WRITER = """
import sys
from pathlib import Path
from tracing_lab.check.store import Entry, FileStore
store = FileStore(Path(sys.argv[1]))
for number in range(8):
    store.add(Entry(kind="answer", exercise=sys.argv[2], body={"number": number}))
    assert store.problem == "", store.problem
"""


def entry(number: int = 1) -> Entry:
    return Entry(kind=ANSWER, exercise="00.status", body={"answer": number})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "progress.sqlite"


def test_entries_are_kept_in_order(path: Path) -> None:
    for store in (FileStore(path), MemoryStore()):
        kept: Store = store
        kept.add(entry(1))
        kept.add(entry(2))
        assert [one.body["answer"] for one in kept.entries()] == [1, 2]
    assert [one.body["answer"] for one in FileStore(path).entries()] == [1, 2]


def test_no_file_means_no_entries_and_none_is_made(path: Path) -> None:
    assert FileStore(path).entries() == ()
    assert not path.parent.exists()


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert FileStore(path).entries() == ()
    FileStore(path).add(entry())
    assert len(FileStore(path).entries()) == 1


def test_kernels_that_write_at_once_lose_nothing(path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, name]) for name in ("00.a", "00.b")]
    assert [writer.wait() for writer in writers] == [0, 0]
    kept = FileStore(path).entries()
    for name in ("00.a", "00.b"):
        numbers = [one.body["number"] for one in kept if one.exercise == name]
        assert numbers == list(range(8))


def damage(path: Path, how: str) -> None:
    store = FileStore(path)
    for number in range(20):
        store.add(entry(number))
    whole = path.read_bytes()
    if how == "body":
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE entries SET body = '{' WHERE id = 3")
        connection.close()
        return
    damaged = {
        "text": b"this is no database at all, whatever its name says\n" * 100,
        "torn": whole[: len(whole) // 2],
        "scrambled": whole[:100] + bytes(len(whole) - 100),
    }
    path.write_bytes(damaged[how])


@pytest.mark.parametrize("how", ["text", "torn", "scrambled", "body"])
@pytest.mark.parametrize("reads_first", [True, False])
def test_a_damaged_file_is_set_aside(path: Path, how: str, *, reads_first: bool) -> None:
    damage(path, how)
    before = path.read_bytes()
    store = FileStore(path)
    if reads_first:
        assert store.entries() == ()
    store.add(entry(99))
    kept = store.entries()
    store.add(entry(100))
    aside = list(path.parent.glob("progress.sqlite.damaged-*"))
    assert len(aside) == 1
    assert str(aside[0]) in store.problem
    if reads_first:
        assert aside[0].read_bytes() == before
        assert [one.body["answer"] for one in kept] == [99]
    assert FileStore(path).entries()[-1].body == {"answer": 100}


def test_a_place_that_cannot_be_written_is_a_problem_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    for bad in (tmp_path, tmp_path / "file" / "progress.sqlite"):
        store = FileStore(bad)
        with caplog.at_level(logging.WARNING):
            store.add(entry())
        assert "Progress is not kept" in store.problem
        assert str(bad) in caplog.text
        assert store.entries() == ()


def test_what_learners_hand_in_must_be_readable(path: Path) -> None:
    FileStore(path).add(entry())
    assert len(read_collected(path)) == 1
    path.write_bytes(b"no database, but text" * 50)
    with pytest.raises(WorkshopError, match=r"progress\.sqlite is no progress file"):
        read_collected(path)


def test_the_variable_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(PROGRESS_VARIABLE, str(tmp_path / "mine.sqlite"))
    assert default_path() == tmp_path / "mine.sqlite"
    monkeypatch.setenv(PROGRESS_VARIABLE, "~/mine.sqlite")
    assert default_path() == Path.home() / "mine.sqlite"
    monkeypatch.setenv(PROGRESS_VARIABLE, "")
    assert platformdirs.user_data_path("tracing_lab", appauthor=False) in default_path().parents
