"""Files are read and written whole."""

from pathlib import Path

from tracing_lab.files import partial_path


def test_a_part_replaces_no_whole(tmp_path: Path) -> None:
    whole = tmp_path / "traces.json"
    assert partial_path(whole) == whole
    whole.touch()
    assert partial_path(whole) == tmp_path / "traces.partial.json"
