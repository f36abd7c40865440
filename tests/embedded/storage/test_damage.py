"""Files that cannot be read are set aside and named; what can be read of them is kept."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracing_lab.embedded.storage.damage import (
    damaged_files,
    forget_damaged,
    keep_copy,
    set_aside,
)
from tracing_lab.embedded.storage.wal_check import check_wal

FRAME_BYTES = 24 + 4096


def test_a_file_is_renamed_with_what_belongs_to_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (1, 2):
        for name in ("x", "x-wal", "x-shm"):
            (tmp_path / name).write_text(f"{name}{number}")
        aside = set_aside(tmp_path / "x", "all names")
        assert aside.read_text() == f"x{number}"
        assert aside.with_name(aside.name + "-wal").read_text() == f"x-wal{number}"
    assert not (tmp_path / "x").exists()
    assert len(damaged_files(tmp_path)) == 6
    assert "all names cannot be read" in caplog.text
    forget_damaged(tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_copy_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "us-east-1" / "functions" / "x"
    path.parent.mkdir(parents=True)
    path.write_text("before")
    keep_copy(path, "something")
    path.write_text("after")
    (name,) = damaged_files(tmp_path)
    assert name.startswith("us-east-1/functions/x.damaged-")
    assert (tmp_path / name).read_text() == "before"


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Return a database whose process was killed after three commits."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    with closing(sqlite3.connect(source, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (n)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(3):
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        for side in ("", "-wal"):
            shutil.copy(f"{source}{side}", f"{copy}{side}")
    return copy


def rows(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT n FROM t")]


def test_a_sound_log_is_no_damage(killed: Path) -> None:
    check_wal(killed)
    assert damaged_files(killed.parent) == []
    assert rows(killed) == [0, 1, 2]


@pytest.mark.parametrize(
    "place, left, text",
    [
        (32 + FRAME_BYTES + 500, [0], "2 of 3 commits"),
        (32 + 2 * FRAME_BYTES + 500, [0, 1], "1 of 3 commits"),
        (32 + 8, [], "2 of 2 commits"),
        (9, [], "all 12392 bytes"),
    ],
)
def test_commits_that_a_log_has_lost_are_named(
    killed: Path, caplog: pytest.LogCaptureFixture, place: int, left: list[int], text: str
) -> None:
    wal = Path(f"{killed}-wal")
    content = bytearray(wal.read_bytes())
    content[place] ^= 255
    wal.write_bytes(content)
    check_wal(killed)
    assert rows(killed) == left
    assert text in caplog.text
    (name,) = damaged_files(killed.parent)
    assert (killed.parent / name).read_bytes() == content


def test_a_log_whose_end_was_cut_off_is_named(
    killed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wal = Path(f"{killed}-wal")
    wal.write_bytes(wal.read_bytes()[:-100])
    check_wal(killed)
    assert rows(killed) == [0, 1]
    assert "the last 4020 bytes" in caplog.text
