"""A damaged trace store: what can be read of it is there, and what not is said."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tracing_lab.embedded.storage.damage import damaged_files
from tracing_lab.embedded.xray.ingest.documents import DocumentRow
from tracing_lab.embedded.xray.store.traces import TraceStore

PAGE = 4096
TRACES = [f"1-6b042ac0-{number:024x}" for number in range(40)]


def row(trace_id: str) -> DocumentRow:
    """Make a document of two thousand characters, so that few of them share a page."""
    body = (
        f'{{"id":"0000000000000001","name":"{"n" * 200}","start_time":1.0,"end_time":2.0,'
        f'"trace_id":"{trace_id}","user":"{"x" * 1600}"}}'
    )
    return DocumentRow(trace_id, "0000000000000001", False, 1.0, 2.0, body.encode())  # noqa: FBT003 - a row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a closed store of forty traces."""
    path = tmp_path / "traces.sqlite3"
    store = TraceStore(path)
    for trace_id in TRACES:
        store.put([row(trace_id)])
        store.flush()
    store.close()
    return path


def left(path: Path) -> dict[str, bytes]:
    store = TraceStore(path)
    found = {trace_id: one.bodies[0] for trace_id, one in store.load(TRACES).items() if one.bodies}
    store.close()
    return found


def test_a_sound_store_is_left_alone(path: Path) -> None:
    assert left(path).keys() == set(TRACES)
    assert damaged_files(path.parent) == []


def pages_of(path: Path, table: str) -> list[int]:
    """Return the numbers of the pages that begin with a table's rows, from 0."""
    content = path.read_bytes()
    word = b"x" * 50 if table == "chunks" else b"1-6b042ac0"
    pages = [content[place : place + PAGE] for place in range(0, len(content), PAGE)]
    return [number for number, page in enumerate(pages) if word in page and page[0] == 13]


def test_rows_around_a_damaged_page_are_kept(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = bytearray(path.read_bytes())
    page = pages_of(path, "chunks")[5]
    content[page * PAGE : (page + 1) * PAGE] = b"\xff" * PAGE
    path.write_bytes(content)
    found = left(path)
    assert len(TRACES) - 3 <= len(found) < len(TRACES)
    assert all(body == row(trace_id).body for trace_id, body in found.items())
    assert f"{len(found)} traces could be read" in caplog.text
    assert len(damaged_files(path.parent)) == 1
    assert left(path) == found  # and the new store is sound


def test_a_store_that_was_cut_keeps_its_beginning(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert 5 < len(left(path)) < len(TRACES)


@pytest.mark.parametrize(
    "content", [b"", b"no database" * 1000, b"SQLite format 3\0" + b"\1" * 500]
)
def test_a_file_that_is_no_store_is_set_aside(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert left(path) == {}
    assert len(damaged_files(path.parent)) == 1


@pytest.mark.parametrize("before, after", [(b"TABLE traces", b"TABLE trbces"), (b"body", b"bodx")])
def test_a_schema_that_was_changed_is_damage(path: Path, before: bytes, after: bytes) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(before, after, 1))
    left(path)
    assert len(damaged_files(path.parent)) == 1


def test_traces_are_worked_out_from_documents_where_they_are_lost(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM traces WHERE trace_id = ?", (TRACES[0],))
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET rootpage = 9999 WHERE name = 'traces_by_end'")
    store = TraceStore(path)
    record = store.load(TRACES[:1])[TRACES[0]].record
    assert (record.epoch_s, record.start_s, record.end_s) == (1, 1.0, 2.0)
    store.close()


def test_a_document_whose_bytes_have_changed_is_left_out(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = path.read_bytes()
    text = row(TRACES[3]).body[-1700:]
    path.write_bytes(content.replace(text, text.replace(b"xxx", b"xXx", 1)))
    assert left(path).keys() == set(TRACES) - {TRACES[3]}
    assert "document 0000000000000001 is damaged" in caplog.text
