"""Documents on their way to the store, kept for the case of a kill."""

import os
import sqlite3
from pathlib import Path

import pytest
from full_disk import Disk

from tracing_lab.embedded.storage.append_log import record
from tracing_lab.embedded.storage.damage import damaged_files
from tracing_lab.embedded.xray.ingest.documents import DocumentRow
from tracing_lab.embedded.xray.store.intake import Intake, documents_in
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.errors import EmbeddedError

TRACE_ID = "1-6b042ac0-000000000000000000000001"
DOCUMENT = (
    b'{"id":"0000000000000001","name":"n","start_time":1795435200.0,"end_time":1795435201.0,'
    b'"trace_id":"1-6b042ac0-000000000000000000000001"}'
)
ROW = DocumentRow(TRACE_ID, "0000000000000001", False, 1795435200.0, 1795435201.0, DOCUMENT)  # noqa: FBT003 - a row


OPEN = DOCUMENT.replace(b'"end_time":1795435201.0', b'"in_progress":true')


def test_documents_come_back_as_they_were_kept(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    intake.keep([b"a\nb", b""])
    intake.hold_open("1", b"o")
    path = intake.rotate()
    intake.close()
    assert path is not None
    assert documents_in(path) == [(b"a\nb", False), (b"", False), (b"o", True)]
    assert Intake(tmp_path / "none").rotate() is None


def test_what_is_open_is_in_each_file_until_it_is_final(tmp_path: Path) -> None:
    # GIVEN two open documents, of which one becomes final
    intake = Intake(tmp_path)
    intake.hold_open("1", b"started")
    intake.hold_open("1", b"answered")
    intake.hold_open("2", b"other")
    intake.hold_final("2", b"done")
    # WHEN new files are begun
    intake.rotate()
    second = intake.rotate()
    intake.hold_final("1", b"ended")
    third = intake.rotate()
    # THEN the last version of the open one is in each
    assert second is not None
    assert third is not None
    assert documents_in(second) == [(b"answered", True)]
    assert documents_in(third) == [(b"answered", True), (b"ended", False)]
    assert intake.rotate() is None


def test_what_is_held_is_written_at_once_and_only_its_last_version(tmp_path: Path) -> None:
    written: list[bytes] = []

    def write(fd: int, data: bytes) -> int:
        written.append(data)
        return os.write(fd, data)

    intake = Intake(tmp_path, write=write)
    intake.hold_open("1", b"started")
    intake.hold_open("2", b"other")
    intake.hold_final("1", b"ended")
    assert (intake.holds_some, written) == (True, [])
    intake.write_held()
    intake.write_held()
    assert (intake.holds_some, written) == (False, [record(b"dended") + record(b"oother")])


def test_the_old_file_stays_in_use_when_there_is_no_space_for_a_new_one(tmp_path: Path) -> None:
    disk = Disk(30)
    intake = Intake(tmp_path, write=disk.write)
    intake.hold_open("1", b"started")
    assert intake.rotate() is None
    disk.room = 1000
    intake.keep([b"later"])
    path = intake.rotate()
    intake.close()
    assert path is not None
    assert documents_in(path) == [(b"started", True), (b"later", False)]


def test_what_an_earlier_process_left_is_named_in_its_order(tmp_path: Path) -> None:
    for name in ("intake-10.log", "intake-9.log", "intake-x.log"):
        (tmp_path / name).write_bytes(record(b"d"))
    intake = Intake(tmp_path)
    assert [path.name for path in intake.left] == ["intake-9.log", "intake-10.log"]
    intake.keep([b"y"])
    assert intake.rotate() == tmp_path / "intake-11.log"


def test_documents_beside_damaged_ones_are_read_and_the_file_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "intake-1.log"
    path.write_bytes(record(b"dgood") + record(b"dbad").replace(b"bad", b"bat") + record(b"dlast"))
    assert documents_in(path) == [(b"good", False), (b"last", False)]
    assert len(damaged_files(tmp_path)) == 1
    assert "16 bytes of documents" in caplog.text


def test_a_damaged_call_costs_its_documents_only(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    for bodies in ([b"a1", b"a2"], [b"b1", b"b2"], [b"c1"]):
        intake.keep(bodies)
    intake.keep([])
    intake.close()
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b"b1b2", b"b1B2"))
    assert [body for body, _ in documents_in(path)] == [b"a1", b"a2", b"c1"]
    assert len(damaged_files(tmp_path)) == 1


def test_a_record_for_each_document_is_read_as_earlier_versions_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "intake-1.log"
    path.write_bytes(record(b"da") + record(b"ob") + record(b"dc"))
    assert documents_in(path) == [(b"a", False), (b"b", True), (b"c", False)]


def test_a_file_of_an_older_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "intake-1.log"
    path.write_bytes(b"2\nok3\na\nb5\nabc")
    assert documents_in(path) == [(b"ok", False), (b"a\nb", False)]


def test_the_store_commits_what_was_kept_and_forgets_it_then(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    intake.keep([DOCUMENT])
    left = intake.rotate()
    assert left is not None
    store = TraceStore(tmp_path / "traces.sqlite3")
    assert store.load([TRACE_ID])[TRACE_ID].bodies == (DOCUMENT,)
    store.close()
    assert not left.exists()


def test_a_document_counts_that_was_kept_for_the_case_of_a_kill(tmp_path: Path) -> None:
    # GIVEN a process that knew nearly all of a segment when it was killed
    for body in (OPEN, DOCUMENT):
        intake = Intake(tmp_path)
        intake.hold_open(ROW.id, body)
        intake.close()
    # WHEN the next one starts
    store = TraceStore(tmp_path / "traces.sqlite3")
    # THEN that counts, until the final one comes
    assert store.load([TRACE_ID])[TRACE_ID].bodies == (DOCUMENT,)
    assert store.interrupted == []
    store.close()
    assert [*tmp_path.glob("intake-*")] == []


def test_what_was_in_progress_is_named_until_it_is_finished(tmp_path: Path) -> None:
    row = ROW._replace(in_progress=True, end_s=ROW.start_s, body=OPEN)
    store = TraceStore(tmp_path / "traces.sqlite3")
    store.emit_own(row)
    for _ in range(2):  # also when the process that could have finished it ended, too
        store.close()
        store = TraceStore(tmp_path / "traces.sqlite3")
        assert store.interrupted == [row]
    store.emit_own(ROW)
    store.close()
    again = TraceStore(tmp_path / "traces.sqlite3")
    assert (again.interrupted, again.load([TRACE_ID])[TRACE_ID].bodies) == ([], (DOCUMENT,))
    again.close()


def test_readers_do_not_see_what_is_kept_for_the_case_of_a_kill(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite3")
    store.prepare(ROW.id, ROW.body)
    assert store.load([TRACE_ID]) == {}
    store.reset()
    store.close()
    assert [*tmp_path.glob("intake-*")] == []


def test_what_the_services_emit_is_written_before_what_comes_after_it(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite3")
    store.prepare("a", b"{}")
    store.put([ROW])
    store.prepare("b", b"{}")
    store.emit([ROW])
    (path,) = tmp_path.glob("intake-*")
    expected = [(b"{}", True), (DOCUMENT, False)]
    assert documents_in(path) == 2 * expected
    store.close()


def test_what_the_services_emit_is_written_when_it_is_kept_or_committed(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite3")
    store.prepare("a", b"{}")
    store.keep_own()
    (path,) = tmp_path.glob("intake-*")
    assert documents_in(path) == [(b"{}", True)]
    store.prepare("b", b"[]")
    store.emit_own(ROW)
    store.flush()
    assert documents_in(path) == [(b"{}", True), (b"[]", True), (DOCUMENT, False)]
    store.close()


def test_a_caller_is_told_of_a_full_disk_and_a_data_plane_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(0)
    store = TraceStore(tmp_path / "traces.sqlite3", write=disk.write)
    with pytest.raises(EmbeddedError, match="No space left"):
        store.put([ROW])
    assert store.load([TRACE_ID]) == {}
    for number in (1, 2):
        store.emit_own(ROW._replace(id=f"{number:016x}"))
    assert len(store.load([TRACE_ID])[TRACE_ID].bodies) == 2
    assert caplog.text.count("documents may not survive") == 1
    store.close()


def test_documents_of_a_commit_that_failed_are_committed_later(tmp_path: Path) -> None:
    # GIVEN a commit that failed after the sender had its answer
    changes: list[str] = []

    def fail_at_first(_: object) -> None:
        changes.append("x")
        if len(changes) == 1:
            raise sqlite3.OperationalError("database or disk is full")  # noqa: EM101, TRY003 - SQLite's words

    store = TraceStore(tmp_path / "traces.sqlite3", on_change=fail_at_first)
    store.put([ROW])
    assert store.load([TRACE_ID]) == {}
    # WHEN commits go well again
    store.close()
    # THEN nothing is missing
    again = TraceStore(tmp_path / "traces.sqlite3")
    assert again.load([TRACE_ID])[TRACE_ID].bodies == (DOCUMENT,)
    again.close()


def test_an_orderly_end_and_a_reset_leave_nothing_behind(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite3")
    store.put([ROW])
    assert [*tmp_path.glob("intake-*")] != []
    store.reset()
    assert [*tmp_path.glob("intake-*")] == []
    store.put([ROW])
    store.close()
    assert [*tmp_path.glob("intake-*")] == []
