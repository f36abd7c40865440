"""Whole records or nothing, whatever the disk does; what is damaged is noticed and skipped."""

import os
from pathlib import Path

import pytest
from full_disk import Disk
from hypothesis import given, strategies as st

from tracing_lab.embedded.storage.append_log import (
    AppendFile,
    is_disk_full,
    read_log,
    record,
)


def test_records_are_read_back_in_order(tmp_path: Path) -> None:
    file = AppendFile(tmp_path / "log")
    for body in (b"a\nb", b"3 352441c2\nabc", b"12"):
        file.append(record(body))
    file.close()
    file.close()
    assert read_log(tmp_path / "log") == ([b"a\nb", b"3 352441c2\nabc", b"12"], 0)
    assert read_log(tmp_path / "none") == ([], 0)


@pytest.mark.parametrize("room", range(13))
def test_a_full_disk_leaves_no_trace_of_what_was_refused(tmp_path: Path, room: int) -> None:
    disk = Disk(1000)
    file = AppendFile(tmp_path / "log", write=disk.write)
    file.append(record(b"kept"))
    disk.room = room
    with pytest.raises(OSError, match="No space") as caught:
        file.append(record(b"x"))
    assert is_disk_full(caught.value)
    disk.room = 1000
    file.append(record(b"later"))
    file.close()
    assert read_log(tmp_path / "log") == ([b"kept", b"later"], 0)


def test_nothing_is_appended_to_what_cannot_be_cut_off(tmp_path: Path) -> None:
    disk = Disk(5)
    file = AppendFile(tmp_path / "log", write=disk.write)
    fd = file._fd
    readable = os.open(tmp_path / "log", os.O_RDONLY)

    def write(_: int, data: bytes) -> int:
        file._fd = readable  # as if the disk took no changes at all any more
        return disk.write(fd, data)

    file._write = write
    for _ in range(2):
        with pytest.raises(OSError, match=r"No space|argument|permitted|descriptor"):
            file.append(record(b"x"))
        assert (tmp_path / "log").read_bytes() == record(b"x")[:5]
    file._fd, disk.room = fd, 1000
    file._write = disk.write
    file.append(record(b"y"))
    file.close()
    os.close(readable)
    assert read_log(tmp_path / "log") == ([b"y"], 0)


BODIES = [b"first", b"second\n1 1", b"", b"last"]


@given(st.integers(0, 79), st.integers(1, 255))
def test_a_flipped_byte_costs_its_record_only(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    content = bytearray(b"".join(map(record, BODIES)))
    place %= len(content)
    content[place] ^= change
    path.write_bytes(content)
    bodies, damaged = read_log(path)
    assert damaged
    assert len(bodies) == 3
    assert [body for body in BODIES if body in bodies] == bodies


@given(st.integers(0, 79))
def test_a_file_that_was_cut_gives_what_is_whole(
    tmp_path_factory: pytest.TempPathFactory, size: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "log"
    records = list(map(record, BODIES))
    path.write_bytes(b"".join(records)[:size])
    ends = [len(b"".join(records[: number + 1])) for number in range(4)]
    whole = sum(end <= size for end in ends)
    used = ([0, *ends])[whole]
    assert read_log(path) == (BODIES[:whole], min(size, ends[-1]) - used)


def test_garbage_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes(range(256)) * 4)
    assert read_log(path) == ([], 1024)
