"""Where parts of files go."""

from pathlib import Path

from tracing_lab._files import place_for_a_part


def test_a_part_replaces_no_whole(tmp_path: Path) -> None:
    whole = tmp_path / "traces.json"
    assert place_for_a_part(whole) == whole
    whole.touch()
    assert place_for_a_part(whole) == tmp_path / "traces.partial.json"
