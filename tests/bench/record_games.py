"""Record games of each level until their investigation begins: ``make games``, an hour.

They are those that a user plays, with retries left out, so that traces are whole after seconds.
Files that exist are not recorded again.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

import pandas as pd
from games import WINDOWS, Dashboard, RecordedGame, game_files, save_games

import tracing_lab as tl
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES
from tracing_lab.embedded import lifecycle
from tracing_lab.gameday import HEALTHY, INCIDENT, LEVELS, Game
from tracing_lab.gameday.planning import planned_incident
from tracing_lab.gameday.stage import Stage
from tracing_lab.gameday.state import RUNNING, GameState, StateFile

CHUNK = 5
SEEDS = 20
"""Of each level."""

_LEAST_FAULT = 500


def record(seeds: int = SEEDS) -> None:
    """Record all games that are not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        lifecycle.start(state_dir=Path(folder))
        try:
            config = tl.Config(embedded_state_dir=Path(folder), lambda_max_retries=0)
            tl.deploy.apply(config)
            for first in range(0, seeds, CHUNK):
                for level in LEVELS:
                    if not all(path.exists() for path in game_files(level, first)):
                        chunk = range(first, first + CHUNK)
                        save_games(
                            first, [recorded(config, seed, level, Path(folder)) for seed in chunk]
                        )
                        print(f"level {level}: seeds {chunk.start} to {chunk.stop - 1}", flush=True)
        finally:
            lifecycle.stop(state_dir=Path(folder))


def recorded(config: tl.Config, seed: int, level: int, folder: Path) -> RecordedGame:
    """Return a game until its investigation begins. The next one undoes its incident."""
    aws = Aws(config)
    stage = Stage.of(config, planned_incident(seed, level), aws)
    tl.faults.clear(stage.config, aws=aws)
    state = GameState(config.stack_name, seed, level, phase=RUNNING)
    orders = LEVELS[level].orders
    state.windows[HEALTHY] = stage.serve(orders=orders, disturbed=False)
    stage.strike()
    state.windows[INCIDENT] = stage.serve(orders=orders, disturbed=True)
    file = StateFile(folder / "game.json")
    file.write(state)
    return evidence(Game(stage, state, file))


def evidence(game: Game) -> RecordedGame:
    """Return what a learner can see of a game at its beginning: two queries for each window."""
    return RecordedGame(
        game.seed,
        game.level,
        {window: game.spans(window) for window in WINDOWS},
        {window: dashboard(game, window) for window in WINDOWS},
    )


def dashboard(game: Game, window: str) -> Dashboard:
    """Return what the logs of a window show without the ids of traces, and the API's metrics."""
    lines = game.logs(window)
    services: dict[str, dict[str, float]] = {}
    errors = {}
    for service in SERVICES:
        own = lines[lines["service"] == service]
        reports = own["message"].str.extract(r"^REPORT .*?Duration: ([\d.]+) ms")[0].dropna()
        found = own["message"].str.extract(r"^\[ERROR\] (\w+)")[0].dropna()
        errors[service] = dict(Counter(found))
        services[service] = {
            "runs": len(reports),
            "failed": len(found),
            "mean_ms": round(float(reports.astype(float).mean()), 2) if len(reports) else 0.0,
        }
    services["api"] = _api(game.orders(window))
    return Dashboard(services, errors)


def _api(orders: pd.DataFrame) -> dict[str, float]:
    """Return what the API's metrics say of the orders; they count no others."""
    return {
        "runs": len(orders),
        "failed": int((orders["status"].fillna(_LEAST_FAULT) >= _LEAST_FAULT).sum()),
        "mean_ms": round(float(orders["latency_s"].mean()) * 1000, 2),
    }


if __name__ == "__main__":
    record(*map(int, sys.argv[1:]))
