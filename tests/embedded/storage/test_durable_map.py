"""Values that survive: damage costs what it hits, a full disk costs nothing."""

from pathlib import Path

import pytest
from full_disk import Disk
from hypothesis import given, strategies as st

from tracing_lab.embedded.storage.append_log import record
from tracing_lab.embedded.storage.damage import damaged_files
from tracing_lab.embedded.storage.durable_map import DurableMap


def reopened(path: Path) -> list[tuple[str, object]]:
    values = DurableMap[str](path)
    values.close()
    return values.items()


def test_values_are_there_again_in_the_order_of_their_keys_first_appearance(tmp_path: Path) -> None:
    path = tmp_path / "map"
    values = DurableMap[str](path)
    values.change(("b", 1), ("a", {"x": [None]}))
    values.change(("b", "new"), ("gone", 1))
    values.change(("gone", None), ("never there", None))
    assert ("b" in values, values.get("b"), values.get("gone"), len(values)) == (
        True,
        "new",
        None,
        2,
    )
    assert [*values] == ["b", "a"]
    values.close()
    assert reopened(path) == [("b", "new"), ("a", {"x": [None]})]


def test_what_was_cleared_stays_away(tmp_path: Path) -> None:
    values = DurableMap[str](tmp_path / "map")
    values.change(("a", 1))
    values.clear()
    values.change(("b", 2))
    values.close()
    assert reopened(tmp_path / "map") == [("b", 2)]


def test_changes_are_made_all_or_none(tmp_path: Path) -> None:
    disk = Disk(60)
    values = DurableMap[str](tmp_path / "map", write=disk.write)
    values.change(("a", 1))
    with pytest.raises(OSError, match="No space"):
        values.change(("a", None), ("b", "x" * 60))
    assert values.items() == [("a", 1)]
    values.close()
    assert reopened(tmp_path / "map") == [("a", 1)]


@given(st.data())
def test_a_damaged_place_costs_its_changes_only(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("map")
    path = folder / "map"
    records = [record(f'[["{key}",{number}]]'.encode()) for number, key in enumerate("abcd")]
    hit = data.draw(st.integers(0, 3))
    place = data.draw(st.integers(0, len(records[hit]) - 1))
    damaged = bytearray(records[hit])
    damaged[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(b"".join([*records[:hit], damaged, *records[hit + 1 :]]))
    left = [(key, number) for number, key in enumerate("abcd") if number != hit]
    for _ in range(2):  # and the file that is written then is sound
        assert reopened(path) == left
        assert len(damaged_files(folder)) == 1


def test_a_file_that_was_emptied_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "map"
    assert reopened(path) == []
    assert damaged_files(tmp_path) == []
    path.write_bytes(b"")
    for _ in range(2):
        assert reopened(path) == []
        assert len(damaged_files(tmp_path)) == 1
    assert "it is empty" in caplog.text


@pytest.mark.parametrize("content", [b"5\n", b"[1,2,3]\n", b"\0" * 4000, b"garbage \xff\n" * 50])
def test_garbage_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "map"
    path.write_bytes(content)
    values = DurableMap[str](path)
    values.change(("a", 1))
    values.close()
    assert reopened(path) == [("a", 1)]
    (name,) = damaged_files(tmp_path)
    assert (tmp_path / name).read_bytes() == content
