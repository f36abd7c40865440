"""What is accepted stays until it is done, whatever happens to the process."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from full_disk import Disk
from hypothesis import given, settings, strategies as st

from tracing_lab.embedded.storage import durable_map, durable_queue
from tracing_lab.embedded.storage.damage import damaged_files
from tracing_lab.embedded.storage.durable_queue import Acknowledgement, DurableQueue


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "queue.jsonl"


def reopened(queue: DurableQueue, path: Path) -> list[object]:
    queue.close()
    again = DurableQueue(path)
    again.close()
    return [item for _, item in again.items()]


def test_what_is_not_done_is_there_again_in_order(path: Path) -> None:
    queue = DurableQueue(path)
    item_ids = [queue.put({"n": number}) for number in range(3)]
    queue.remove(item_ids[1])
    queue.replace(item_ids[0], {"n": "zero"})
    assert reopened(queue, path) == [{"n": "zero"}, {"n": 2}]


def test_new_ids_differ_from_those_that_are_left(path: Path) -> None:
    queue = DurableQueue(path)
    left = queue.put({})
    queue.close()
    again = DurableQueue(path)
    assert again.put({}) != left
    again.close()


def test_a_torn_record_is_skipped_and_named(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    queue = DurableQueue(path)
    queue.put({"n": 1})
    queue.close()
    with path.open("ab") as file:
        file.write(b'[2,{"n":')
    again = DurableQueue(path)
    again.put({"n": 3})
    assert reopened(again, path) == [{"n": 1}, {"n": 3}]
    assert "8 bytes cannot be read" in caplog.text
    assert len(damaged_files(path.parent)) == 1


def test_an_acknowledgement_holds_its_item_until_all_parts_are_done(path: Path) -> None:
    queue = DurableQueue(path)
    acknowledgement = Acknowledgement(queue, queue.put({"n": 1}))
    acknowledgement.begin()
    acknowledgement.done()
    assert len(queue) == 1
    acknowledgement.done()
    assert reopened(queue, path) == []


def test_history_does_not_grow_without_end(path: Path) -> None:
    queue = DurableQueue(path)
    item = {"text": "x" * 1_000_000}
    kept = queue.put(item)
    for _ in range(30):
        queue.remove(queue.put(item))
    assert path.stat().st_size < durable_map.COMPACT_BYTES + 6_000_000
    assert [item_id for item_id, _ in queue.items()] == [kept]
    assert reopened(queue, path) == [item]


def test_nothing_is_taken_after_closing(path: Path) -> None:
    queue = DurableQueue(path)
    item_id = queue.put({})
    queue.close()
    with pytest.raises(OSError, match="descriptor"):
        queue.put({})
    queue.remove(item_id)
    assert len(reopened(queue, path)) == 1


def test_acknowledged_items_survive_kill_9(path: Path) -> None:
    script = """
import os, pathlib, signal, sys
from tracing_lab.embedded.storage.durable_queue import DurableQueue
queue = DurableQueue(pathlib.Path(sys.argv[1]))
item_ids = [queue.put({"n": number}) for number in range(100)]
for item_id in item_ids[:90]:
    queue.remove(item_id)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    queue = DurableQueue(path)
    left = [item["n"] for _, item in queue.items()]
    first = 90 - 90 % durable_queue.MOST_UNWRITTEN  # what was done last may come again
    assert left == list(range(first, 100))
    queue.close()


def test_a_file_of_an_older_version_is_taken_over(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b'[1,{"n":1}]\n[2,{"n":2}]\n[1]\n[3,{"n":3}]\n[4,{"n":')
    queue = DurableQueue(path)
    assert queue.items() == [(2, {"n": 2}), (3, {"n": 3})]
    assert queue.put({"n": 4}) == 4
    assert reopened(queue, path) == [{"n": 2}, {"n": 3}, {"n": 4}]


def test_several_items_are_kept_all_or_none(path: Path) -> None:
    disk = Disk(30)
    queue = DurableQueue(path, write=disk.write)
    with pytest.raises(OSError, match="No space"):
        queue.put_all([{"n": 1}, {"n": 2}, {"n": 3}])
    disk.room = 1000
    queue.put_all([{"n": 4}, {"n": 5}])
    assert reopened(queue, path) == [{"n": 4}, {"n": 5}]


FULL_DISK = """
import pathlib, resource, signal, sys
from tracing_lab.embedded.storage.durable_queue import DurableQueue
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
queue = DurableQueue(pathlib.Path(sys.argv[1]))
for number in range(100):
    try:
        queue.put({"n": number, "text": "x" * (number % 7) * 10})
    except OSError as error:
        print("refused", error.errno == 27 or error)
    else:
        print(number)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are for POSIX systems")
def test_a_file_that_may_not_grow_keeps_what_was_acknowledged(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)], check=True, capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    acknowledged = [int(line) for line in lines if line.isdigit()]
    assert set(lines) - set(map(str, acknowledged)) == {"refused True"}
    queue = DurableQueue(path)
    assert [item["n"] for _, item in queue.items()] == acknowledged
    assert damaged_files(path.parent) == []
    queue.close()


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "replace"]), st.integers(0, 3), st.integers(0, 90))
)


@given(STEPS)
def test_exactly_what_was_acknowledged_is_there_whenever_the_disk_was_full(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    """Each step finds a disk with room for that many bytes."""
    path, disk = tmp_path_factory.mktemp("queue") / "q", Disk(0)
    queue, model = DurableQueue(path, write=disk.write), dict[int, object]()
    for verb, number, disk.room in steps:
        known = sorted(model)
        item_id = known[number % len(known)] if known else None
        item = {"n": number, "room": disk.room}
        try:
            if verb == "put" or item_id is None:
                model[queue.put(item)] = item
            elif verb == "remove":
                queue.remove(item_id)
                del model[item_id]
            else:
                queue.replace(item_id, item)
                model[item_id] = item
        except OSError:
            assert disk.room < 90  # it was refused, so that nothing has changed
        assert queue.items() == sorted(model.items())
    disk.room = 10_000
    assert reopened(queue, path) == [model[item_id] for item_id in sorted(model)]
    assert damaged_files(path.parent) == []


CHANGES = st.lists(st.tuples(st.sampled_from(["put", "remove", "replace"]), st.integers(0, 5)))


@given(CHANGES, st.dictionaries(st.text(), st.text(), max_size=2))
@settings(max_examples=30)
def test_a_queue_is_what_a_dictionary_would_be(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, int]], item: dict[str, Any]
) -> None:
    path = tmp_path_factory.mktemp("queue") / "q"
    queue = DurableQueue(path)
    model: dict[int, dict[str, Any]] = {}
    for verb, number in changes:
        known = sorted(model)
        item_id = known[number % len(known)] if known else None
        if verb == "put" or item_id is None:
            model[queue.put({**item, "": number})] = {**item, "": number}
        elif verb == "remove":
            queue.remove(item_id)
            del model[item_id]
        else:
            queue.replace(item_id, item)
            model[item_id] = item
    assert reopened(queue, path) == [model[item_id] for item_id in sorted(model)]


def test_what_finishing_has_led_to_is_durable_before_an_item_is_forgotten(path: Path) -> None:
    left: list[list[object]] = []

    def keep() -> None:
        other = path.with_name("copy.jsonl")  # as a process finds it that starts now
        other.write_bytes(path.read_bytes())
        copy = DurableQueue(other)
        left.append([item for _, item in copy.items()])
        copy.close()

    queue = DurableQueue(path, before_done=keep)
    first, second = queue.put({"n": 1}), queue.put({"n": 2})
    assert left == []
    queue.remove(first)
    queue.put({"n": 3})
    queue.remove(second)
    queue.close()
    assert left == [[{"n": 1}, {"n": 2}], [{"n": 2}, {"n": 3}]]
