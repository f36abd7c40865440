"""Documents survive, complete ones win, versions and revisions tell of changes."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracing_lab.embedded.xray.ingest.documents import DocumentRow
from tracing_lab.embedded.xray.store.records import TraceRecord
from tracing_lab.embedded.xray.store.traces import RETENTION_S, TraceStore
from tracing_lab.embedded.xray.store.writer import GroupCommitWriter
from tracing_lab.errors import EmbeddedError

TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
OTHER_ID = "1-6b042ac1-5d09aa705e56bbd015254802"


def row(
    entity: int = 1, *, trace_id: str = TRACE_ID, open_: bool = False, body: bytes = b"{}"
) -> DocumentRow:
    return DocumentRow(trace_id, f"{entity:016x}", open_, 100.0 + entity, 101.0 + entity, body)


def record(store: TraceStore, trace_id: str = TRACE_ID) -> TraceRecord:
    return store.load([trace_id])[trace_id].record


def bodies(store: TraceStore) -> tuple[bytes, ...]:
    return store.load([TRACE_ID])[TRACE_ID].bodies


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "traces.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[TraceStore]:
    store = TraceStore(path)
    yield store
    store.close()


def test_what_was_emitted_is_seen_by_the_next_read(store: TraceStore) -> None:
    for entity in range(50):
        store.emit([row(entity)])
        assert len(bodies(store)) == entity + 1


@pytest.mark.parametrize("first_open, wins", [(True, b"second"), (False, b"first")])
def test_a_complete_document_is_never_replaced_by_one_in_progress(
    store: TraceStore, *, first_open: bool, wins: bytes
) -> None:
    store.put([row(open_=first_open, body=b"first")])
    store.put([row(open_=not first_open, body=b"second")])
    assert bodies(store) == (wins,)


@pytest.mark.parametrize("reverse", [True, False])
def test_that_holds_within_one_batch_too(store: TraceStore, *, reverse: bool) -> None:
    both = [row(open_=True, body=b"open"), row(body=b"complete")]
    store.put(both[::-1] if reverse else both)
    assert bodies(store) == (b"complete",)


def test_the_record_spans_all_documents(store: TraceStore) -> None:
    store.put([row(3), row(1)])
    store.put([row(2)])
    found = record(store)
    assert (found.epoch_s, found.start_s, found.end_s) == (101, 101.0, 104.0)


def test_the_version_changes_with_every_change_and_only_of_that_trace(store: TraceStore) -> None:
    store.put([row(), row(trace_id=OTHER_ID)])
    before, other = record(store).version, record(store, OTHER_ID).version
    store.put([row(2)])
    assert record(store).version > before
    assert record(store, OTHER_ID).version == other


def test_a_late_in_progress_document_changes_nothing(store: TraceStore) -> None:
    store.put([row()])
    before = record(store)
    store.put([row(open_=True)])
    assert record(store) == before


def test_the_revision_grows_only_after_somebody_has_read(store: TraceStore) -> None:
    store.put([row(1)])
    store.put([row(2)])
    assert record(store).revision == 1
    store.mark_read([TRACE_ID])
    store.put([row(3)])
    store.put([row(4)])
    assert record(store).revision == 2


def test_everything_is_there_after_closing_and_opening(store: TraceStore, path: Path) -> None:
    store.emit([row()])
    before = record(store)
    store.close()
    again = TraceStore(path)
    assert record(again) == before
    again.put([row(2)])
    assert record(again).version > before.version
    assert record(again).revision == 2
    again.close()


def test_traces_are_found_by_condition_order_and_limit(store: TraceStore) -> None:
    store.put([row(), row(trace_id=OTHER_ID)])
    newest = store.find("epoch_s >= ?", [0], order="epoch_s DESC", limit=1)
    assert [one.trace_id for one in newest] == [OTHER_ID]
    assert store.find("epoch_s < ?", [0], order="epoch_s") == []


def test_unknown_traces_are_left_out_and_many_ids_are_no_problem(store: TraceStore) -> None:
    store.put([row()])
    unknown = [f"1-00000000-{number:024x}" for number in range(1200)]
    assert list(store.load([*unknown, TRACE_ID])) == [TRACE_ID]


def test_a_reset_store_is_empty_and_usable(store: TraceStore) -> None:
    store.emit([row()])
    store.reset()
    assert store.load([TRACE_ID]) == {}
    store.put([row()])
    assert record(store).revision == 1


def test_traces_are_kept_for_thirty_days(path: Path) -> None:
    store = TraceStore(path, clock=lambda: 1e9)
    store.put([row()])
    store.close()
    for later, kept in ((1e9 + RETENTION_S - 1, 1), (1e9 + RETENTION_S + 1, 0)):
        reopened = TraceStore(path, clock=lambda later=later: later)  # type: ignore[misc]  # bound to this turn
        assert len(reopened.load([TRACE_ID])) == kept
        reopened.close()


def test_many_threads_may_write_and_read(store: TraceStore) -> None:
    def work(number: int) -> None:
        for step in range(20):
            store.put([row(number * 100 + step)])
            assert bodies(store)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies(store)) == 160
    assert store.backlog == 0


def test_a_closed_store_refuses_writes_and_closes_again(store: TraceStore) -> None:
    store.close()
    store.close()
    with pytest.raises(EmbeddedError, match="closed"):
        store.put([row()])


SCHEMA_1 = """
CREATE TABLE documents (trace_id TEXT NOT NULL, id TEXT NOT NULL, in_progress INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (trace_id, id));
CREATE TABLE traces (trace_id TEXT PRIMARY KEY, epoch_s INTEGER NOT NULL, start_s REAL NOT NULL,
    end_s REAL NOT NULL, received_s REAL NOT NULL, revision INTEGER NOT NULL,
    version INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA user_version = 1;
"""


def test_a_store_of_the_version_before_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "older.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA_1)
    values = TRACE_ID, 1795435200, 101.0, 102.0, 9e9, 1, 7
    connection.execute("INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    documents = [(TRACE_ID, f"{1:016x}", 0, b"complete"), (TRACE_ID, f"{2:016x}", 1, b"open")]
    connection.executemany("INSERT INTO documents VALUES (?, ?, ?, ?)", documents)
    connection.commit()
    connection.close()
    store = TraceStore(path)
    store.put([row(1, open_=True, body=b"late"), row(2, body=b"done")])
    assert bodies(store) == (b"complete", b"done")
    assert record(store).version == 8
    store.close()


def test_a_store_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "newer.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(EmbeddedError, match="schema 99"):
        TraceStore(path)


def test_a_batch_that_cannot_be_written_fails_for_its_callers_and_no_others(
    tmp_path: Path,
) -> None:
    def write(connection: sqlite3.Connection, items: object) -> None:
        if items == ["bad"]:
            msg = "disk is full"
            raise sqlite3.OperationalError(msg)

    connection = sqlite3.connect(
        tmp_path / "x.sqlite3", isolation_level=None, check_same_thread=False
    )
    writer: GroupCommitWriter[str] = GroupCommitWriter(connection, write)
    with pytest.raises(EmbeddedError, match="disk is full"):
        writer.put(["bad"])
    assert writer.failing
    writer.put(["good"])
    assert (writer.failing, writer.failures) == (False, 1)
    writer.close()


def test_the_idle_task_runs_when_nothing_else_does(tmp_path: Path) -> None:
    ran = threading.Event()
    connection = sqlite3.connect(
        tmp_path / "x.sqlite3", isolation_level=None, check_same_thread=False
    )
    writer: GroupCommitWriter[str] = GroupCommitWriter(
        connection, lambda *_: None, on_idle=lambda _: ran.set(), idle_s=0.01
    )
    assert ran.wait(timeout=60)
    writer.close()


KILLED = """
import itertools, json, pathlib, sys
from tracing_lab.embedded.xray import XRayService
xray = XRayService(pathlib.Path(sys.argv[1]), region="us-east-1", account_id="123456789012")
for number in itertools.count():
    documents = [
        {"id": f"{number * 10 + step:016x}", "name": "n", "start_time": 1795435200.0,
         "end_time": 1795435201.0, "trace_id": f"1-6b042ac0-{number:024x}"}
        for step in range(10)
    ]
    assert xray.ingest([json.dumps(one) for one in documents]) == []
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is for POSIX systems")
def test_acknowledged_documents_survive_kill_9(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(40)]
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    store = TraceStore(tmp_path / "xray" / "traces.sqlite3")
    stored = store.load([f"1-6b042ac0-{number:024x}" for number in acknowledged])
    assert len(stored) == len(acknowledged) >= 40
    assert {len(one.bodies) for one in stored.values()} == {10}
    assert json.loads(next(iter(stored.values())).bodies[0])["name"] == "n"
    store.close()
