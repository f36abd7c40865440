"""Documents on their way to the store, kept for the case of a kill."""

from pathlib import Path

from tracing_lab.embedded.xray.documents import DocumentRow
from tracing_lab.embedded.xray.intake import Intake, documents_in
from tracing_lab.embedded.xray.store import TraceStore

TRACE_ID = "1-6b042ac0-000000000000000000000001"
DOCUMENT = (
    b'{"id":"0000000000000001","name":"n","start_time":1795435200.0,"end_time":1795435201.0,'
    b'"trace_id":"1-6b042ac0-000000000000000000000001"}'
)
ROW = DocumentRow(TRACE_ID, "0000000000000001", False, 1795435200.0, 1795435201.0, DOCUMENT)  # noqa: FBT003 - a row


def test_documents_come_back_as_they_were_kept(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    intake.keep([b"a\nb", b""])
    intake.keep([b"12"])
    path = intake.turn_over()
    assert path is not None
    assert [*documents_in(path)] == [b"a\nb", b"", b"12"]
    assert intake.turn_over() is None


def test_what_an_earlier_process_left_is_named_in_its_order(tmp_path: Path) -> None:
    for number in (10, 9):
        (tmp_path / f"intake-{number}.log").write_bytes(b"1\nx")
    intake = Intake(tmp_path)
    assert [path.name for path in intake.left] == ["intake-9.log", "intake-10.log"]
    intake.keep([b"y"])
    assert intake.turn_over() == tmp_path / "intake-11.log"


def test_a_document_that_was_not_written_to_its_end_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "intake-1.log"
    for torn in (b"", b"5", b"5\n", b"5\nabcd", b"x\nabc"):
        path.write_bytes(b"2\nok" + torn)
        assert [*documents_in(path)] == [b"ok"]


def test_the_store_commits_what_was_kept_and_forgets_it_then(tmp_path: Path) -> None:
    intake = Intake(tmp_path)
    intake.keep([DOCUMENT])
    left = intake.turn_over()
    assert left is not None
    store = TraceStore(tmp_path / "traces.sqlite3")
    assert not left.exists()
    assert store.load([TRACE_ID])[TRACE_ID].bodies == (DOCUMENT,)
    store.close()


def test_an_orderly_end_and_a_reset_leave_nothing_behind(tmp_path: Path) -> None:
    store = TraceStore(tmp_path / "traces.sqlite3")
    store.put([ROW])
    assert [*tmp_path.glob("intake-*")] != []
    store.reset()
    assert [*tmp_path.glob("intake-*")] == []
    store.put([ROW])
    store.close()
    assert [*tmp_path.glob("intake-*")] == []
