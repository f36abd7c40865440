"""The file of a game: complete, and without what is to be found."""

from pathlib import Path

import pytest

from tracing_lab.errors import GameDayError
from tracing_lab.gameday.planning import planned_incident
from tracing_lab.gameday.state import RUNNING, GameState, StateFile, state_file


def test_a_game_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = state_file("shop", tmp_path / "new")
    state = GameState("shop-dev", 7, 2, phase=RUNNING, began=12.5)
    state.windows["healthy"] = {"start": 1.0, "end": 2.0, "trace_ids": ["1-a"], "orders": []}
    file.write(state)
    assert file.read() == state


def test_without_a_game_there_is_nothing_to_read_or_remove(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "game.json")
    assert file.read() is None
    file.remove()


def test_the_file_does_not_say_what_is_wrong(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "game.json")
    incident = planned_incident(51, 1)
    file.write(GameState("shop-dev", 51, 1))
    text = file.path.read_text()
    assert incident.cause not in text
    assert incident.kind not in text


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", '{"stack": "x"}', '{"other": 1}', "null"),
        '{"stack": "x", "seed": 1, "level": 1, "beginner": {"pid": 1}}',
        '{"stack": "x", "seed": 1, "level": 1, "beginner": [1]}',
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "game.json"
    path.write_text(text)
    with pytest.raises(GameDayError, match=r"game.json is not a game .* gameday abandon"):
        StateFile(path).read()
    assert path.read_text() == text


def test_a_game_of_another_version_is_left_alone(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "game.json")
    file.write(GameState("shop-dev", 7, 2, version=99))
    with pytest.raises(GameDayError, match="another version"):
        file.read()
