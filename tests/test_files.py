"""Files are read and written whole."""

from pathlib import Path

from tracing_lab.files import partial_path


def test_a_part_replaces_no_whole(tmp_path: Path) -> None:
    whole = tmp_path / "traces.json"
    assert partial_path(whole) == whole
    whole.touch()
    assert partial_path(whole) == tmp_path / "traces.partial.json"


def test_a_part_replaces_no_earlier_part(tmp_path: Path) -> None:
    whole, names = tmp_path / "traces.json", []
    for _ in range(4):
        names.append(partial_path(whole).name)
        partial_path(whole).touch()
    assert names[1:] == ["traces.partial.json", "traces.partial-2.json", "traces.partial-3.json"]
