"""Who begins a game, and who may undo one that was interrupted while it began."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from waiting import waited

from tracing_lab.config import Config
from tracing_lab.errors import FileError, GameDayError
from tracing_lab.gameday.beginner import Beginner
from tracing_lab.gameday.claim import Claim, undo_interrupted
from tracing_lab.gameday.planning import planned_incident
from tracing_lab.gameday.state import RUNNING, GameState, StateFile

NO_AWS: Any = SimpleNamespace()
"""Any call fails, so that nothing can be changed."""
CONFIG = Config()
INCIDENT = planned_incident(51, 1)


@pytest.fixture
def file(tmp_path: Path) -> StateFile:
    return StateFile(tmp_path / "games" / "game.json")


def ended(beginner: Beginner) -> Beginner:
    """Return a process that has ended, and whose parent has noticed."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return replace(beginner, pid=process.pid)


def test_this_process_lives() -> None:
    assert Beginner.this().may_live
    assert Beginner.this().game != Beginner.this().game


@pytest.mark.parametrize(
    "changed",
    [ended, lambda beginner: replace(beginner, started_s=beginner.started_s - 3600)],
    ids=["has ended", "id is used again"],
)
def test_a_process_that_has_ended_does_not_live(changed: Callable[[Beginner], Beginner]) -> None:
    assert not changed(Beginner.this()).may_live


def test_a_process_that_nobody_has_waited_for_does_not_live() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        beginner = replace(
            Beginner.this(), pid=process.pid, started_s=psutil.Process(process.pid).create_time()
        )
        assert beginner.may_live
        process.kill()
        waited(lambda: not beginner.may_live)


def test_of_a_process_of_another_computer_nothing_is_known() -> None:
    elsewhere = replace(ended(Beginner.this()), host="lab-7")
    assert elsewhere.may_live
    assert "on lab-7" in str(elsewhere)


@pytest.mark.parametrize(
    "host, part",
    [(None, r"process \d+, which started"), ("lab-7", "on lab-7, .* if it still runs")],
)
def test_a_game_that_is_beginning_is_left_alone(
    file: StateFile, host: str | None, part: str
) -> None:
    beginner = Beginner.this() if host is None else replace(Beginner.this(), host=host)
    state = GameState("shop-dev", 51, 1, beginner=asdict(beginner))
    assert file.create(state)
    with pytest.raises(GameDayError, match=rf"(?s)seed 51 is beginning on .*{part}.* abandon"):
        undo_interrupted(CONFIG, NO_AWS, file, state)
    assert file.read() == state


def test_of_two_that_begin_at_once_only_one_does(file: StateFile) -> None:
    first = Claim.of("shop-dev", INCIDENT, file)
    text = file.path.read_text()
    with pytest.raises(GameDayError, match="Another game has begun on shop-dev meanwhile"):
        Claim.of("shop-dev", INCIDENT, file)
    assert file.path.read_text() == text
    first.check()


def test_a_game_that_runs_has_no_beginner(file: StateFile) -> None:
    claim = Claim.of("shop-dev", INCIDENT, file)
    claim.run(12.5)
    state = file.read()
    assert state is not None
    assert (state.phase, state.began, state.beginner) == (RUNNING, 12.5, {})


def test_what_was_abandoned_does_not_run(file: StateFile) -> None:
    claim = Claim.of("shop-dev", INCIDENT, file)
    file.remove()
    with pytest.raises(GameDayError, match="seed 51 was abandoned while it began"):
        claim.run(12.5)
    assert file.read() is None


def test_another_game_is_not_undone_with_an_abandoned_one(file: StateFile) -> None:
    claim = Claim.of("shop-dev", INCIDENT, file)
    file.remove()
    other = Claim.of("shop-dev", INCIDENT, file)
    with pytest.raises(GameDayError, match="was abandoned"):
        claim.check()
    claim.undo(CONFIG, NO_AWS)
    other.check()


def test_a_beginning_that_cannot_be_undone_is_left_to_the_next_call(file: StateFile) -> None:
    claim = Claim.of("shop-dev", INCIDENT, file)
    with pytest.raises(AttributeError):  # there is no AWS
        claim.undo(CONFIG, NO_AWS)
    state = file.read()
    assert state is not None
    assert state.beginner == {}
    with pytest.raises(AttributeError):  # it is undone, although this process lives
        undo_interrupted(CONFIG, NO_AWS, file, state)


def test_a_claim_needs_a_file(tmp_path: Path) -> None:
    (tmp_path / "games").touch()
    with pytest.raises(FileError, match="games is not a folder"):
        Claim.of("shop-dev", INCIDENT, StateFile(tmp_path / "games" / "game.json"))
