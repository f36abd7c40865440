"""A game on a running stack: played, resumed in a terminal, mended, finished, and undone."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tracing_lab import deploy, faults, gameday
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.errors import GameDayError
from tracing_lab.gameday.beginner import Beginner
from tracing_lab.gameday.planning import planned_incident
from tracing_lab.gameday.state import GameState, state_file
from tracing_lab.rca import find_root_cause

REGION = "mx-central-1"
SEED, LEVEL = 51, 1  # payments fail, and a batch job troubles inventory


@pytest.fixture(scope="module")
def config(embedded_url: str) -> Iterator[Config]:
    config = Config(endpoint_url=embedded_url, aws_region=REGION)
    deploy.apply(config)
    yield config
    deploy.destroy(config, confirm=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep games of a test to itself, also those of the command line."""
    monkeypatch.setenv("TRACING_LAB_PROGRESS", str(tmp_path / "progress.sqlite"))
    return tmp_path / "gameday"


@pytest.fixture
def run(config: Config) -> Any:
    return lambda *words: main(
        ["--endpoint-url", str(config.endpoint_url), "--aws-region", REGION, "gameday", *words]
    )


def is_as_applied(config: Config) -> bool:
    return not deploy.plan(config).steps and faults.active(config) == {}


class Others:
    """A terminal and a second kernel, while a game begins."""

    def __init__(self, config: Config, run: Any) -> None:
        self.config, self.run, self.looks = config, run, 0

    def look_once_in_each_window(self, done: int, orders: int) -> None:
        """Show the game, and try to begin another, when a window begins to fill."""
        if 2 * done < self.looks * orders or self.looks == 2:
            return
        self.looks += 1
        assert self.run("status") == 1
        for call in (gameday.resume, gameday.begin):
            with pytest.raises(GameDayError, match=f"seed {SEED} is beginning"):
                call(self.config)


def test_a_game_from_beginning_to_end(
    config: Config, run: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[tuple[int, int]] = []
    others = Others(config, run)

    def progress(complete: int, orders: int) -> None:
        done.append((complete, orders))
        others.look_once_in_each_window(complete, orders)

    game = gameday.begin(config, seed=SEED, level=LEVEL, progress=progress)
    assert done[-1][0] == done[-1][1]
    # THEN a look from elsewhere while it began has changed nothing
    assert others.looks == 2
    assert faults.active(config)
    # WHEN a learner looks
    good, bad = game.spans("healthy"), game.spans()
    assert gameday.vital_signs(good)["failed"].tolist() == [0.0] * 4
    assert gameday.vital_signs(bad)["failed"].idxmax() == "payment"
    errors = game.metrics().groupby("service")["Errors"].sum()
    assert errors["inventory"] > 0  # the batch job's, which no order's trace has
    assert gameday.vital_signs(bad).loc["inventory", "failed"] == 0.0
    assert game.queries == 3
    assert "payment" not in repr(game)
    # THEN the same game goes on elsewhere, and cannot begin twice
    again = gameday.resume(config)
    assert (again.seed, again.level, again.queries) == (SEED, LEVEL, 3)
    with pytest.raises(GameDayError, match="A game is running"):
        gameday.begin(config)
    with pytest.raises(GameDayError, match="no window 'helthy'; did you mean 'healthy'"):
        again.spans("helthy")
    # AND nothing is lost by what cannot be meant
    finding = find_root_cause(good, bad)
    assert "Not answered yet" in repr(again.answer())
    with pytest.raises(GameDayError, match="did you mean 'payment'"):
        again.answer("paymnt", "errors", finding.path)
    with pytest.raises(GameDayError, match=r"must end in .md or .html"):
        again.finish(tmp_path / "report.pdf")
    assert run("answer", "--cause", "payment") == 1
    # AND the rest happens in a terminal
    assert run("answer", "--cause", "payment", "--kind", "errors", "--path", "payment") == 0
    assert run("look", "logs", "--filter", "ERROR") == 0
    assert run("mend", "payment") == 0
    assert "The trouble is gone." in capsys.readouterr().out
    assert run("finish", "--out", str(tmp_path / "report.md")) == 0
    shown = capsys.readouterr().out
    assert "Path: payment." in shown
    report = (tmp_path / "report.md").read_text()
    assert "restored payment: the trouble was gone" in report
    assert "| cause | 30 | 30 | it was payment |" in report
    # AND it is as if there had been no game
    assert is_as_applied(config)
    assert [*folder.iterdir()] == []
    assert run("status") == 1
    with pytest.raises(GameDayError, match="This game is over"):
        game.spans()


def test_an_interrupted_beginning_is_undone(config: Config, folder: Path) -> None:
    def interrupt(done: int, orders: int) -> None:
        if 2 * done > orders:  # in the second window: the incident is there
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gameday.begin(config, seed=SEED, level=LEVEL, progress=interrupt)
    assert is_as_applied(config)
    assert [*folder.iterdir()] == []


def test_a_game_that_is_abandoned_while_it_begins_does_not_run(
    config: Config, folder: Path
) -> None:
    abandoned: list[bool] = []

    def abandon(_done: int, _orders: int) -> None:
        if not abandoned:
            abandoned.append(gameday.abandon(config))

    with pytest.raises(GameDayError, match="was abandoned while it began"):
        gameday.begin(config, seed=SEED, level=LEVEL, progress=abandon)
    assert abandoned == [True]
    assert is_as_applied(config)
    assert [*folder.iterdir()] == []


def test_what_a_killed_process_has_left_is_undone(config: Config, folder: Path) -> None:
    incident = planned_incident(SEED, LEVEL)
    incident.fault.inject(config)
    file = state_file(_stack(config), folder)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    killed = asdict(replace(Beginner.this(), pid=process.pid))
    assert file.create(GameState(config.stack_name, SEED, LEVEL, beginner=killed))
    with pytest.raises(GameDayError, match="was interrupted while it began"):
        gameday.resume(config)
    assert is_as_applied(config)
    assert not file.path.exists()
    # AND so is a game whose file is damaged
    incident.fault.inject(config)
    file.path.write_text(json.dumps({"seed": 1}))
    with pytest.raises(GameDayError, match="gameday abandon"):
        gameday.resume(config)
    assert gameday.abandon(config)
    assert not gameday.abandon(config)
    assert is_as_applied(config)


def test_a_stack_that_differs_is_left_alone(config: Config, folder: Path) -> None:
    faults.inject(config, "order", latency_ms=1)
    try:
        with pytest.raises(GameDayError, match=r"differs from its settings in 1 resource.*apply"):
            gameday.begin(config)
        assert faults.active(config)
        assert not folder.exists()
    finally:
        faults.clear(config)


def _stack(config: Config) -> str:
    """Return the name by which the file of a stack's game is found."""
    function = deploy.outputs(config).function_names["order"]
    return function.replace("-order-", "-game-")
