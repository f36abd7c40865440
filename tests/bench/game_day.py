"""Play recorded games: with traces, with logs and metrics only, and by guessing.

``make bench ONLY=game-day`` runs it alone, ``ONLY=live-games`` plays three games of each level on
a running stack. Each level has a hundred seeds: the recorded games, of whose orders another sample
is drawn each time.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

import numpy as np
import pandas as pd
from game_solvers import Solution, guess, guess_by_metrics, is_solved, solve
from games import WINDOWS, RecordedGame, recorded_games
from record_games import evidence
from report import row

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.gameday import LEVELS
from tracing_lab.gameday.planning import planned_incident

SEEDS: Final = 100
SHARE: Final = 0.85
"""Of the orders of a recorded game that a seed draws."""

LIVE_SEEDS: Final = (100, 101, 102)
"""None of them was recorded."""


class Played(NamedTuple):
    """What three players made of a game."""

    level: int
    solved: bool
    cause: bool
    queries: int
    seconds: float
    without_traces: bool
    knows_the_job: bool
    guessed: float


def bench_game_day(seeds: int = SEEDS) -> None:
    """Print how often each level is solved, and whether levels are ordered by difficulty."""
    played = [one for level in LEVELS for one in games_played(level, seeds)]
    failed = {}
    for level in LEVELS:
        own = [one for one in played if one.level == level]
        if not own:
            print(f"level {level}: nothing was recorded; run record_games.py")
            return
        failed[level] = 100 - _percent(own, "solved")
        row(f"level {level}: solved with traces", 100 - failed[level], "%")
        row(f"level {level}: the cause alone", _percent(own, "cause"), "%")
        row(f"level {level}: with logs and metrics only", _percent(own, "without_traces"), "%")
        row(f"level {level}: by a guess", 100 * statistics.mean(one.guessed for one in own), "%")
        row(f"level {level}: queries", statistics.mean(one.queries for one in own), "")
        row(f"level {level}: time", 1000 * statistics.mean(one.seconds for one in own), "ms")
    row("all: the same, told whose errors the job's are", _percent(played, "knows_the_job"), "%")
    row("all: with logs and metrics only", _percent(played, "without_traces"), "%", limit=30)
    order = float(pd.Series(failed).rank().corr(pd.Series(failed).index.to_series().rank()))
    row("level and difficulty, Spearman", order, "", limit=0.8)


def games_played(level: int, seeds: int) -> Iterator[Played]:
    """Yield the results of the games of a level, one for each seed."""
    games = [*recorded_games(level)]
    for seed in range(seeds if games else 0):
        yield played(drawn(games[seed % len(games)], seed))


def drawn(game: RecordedGame, seed: int) -> RecordedGame:
    """Return a game with a sample of its orders; the first draw has all of them."""
    spans = {window: _drawn(game.spans[window], seed) for window in WINDOWS}
    return replace(game, spans=spans) if seed >= len(LEVELS) else game


def _drawn(spans: pd.DataFrame, seed: int) -> pd.DataFrame:
    ids = spans.index.unique("trace_id")
    rng = np.random.default_rng(seed)
    chosen = ids[np.sort(rng.choice(len(ids), round(SHARE * len(ids)), replace=False))]
    return spans[spans.index.get_level_values("trace_id").isin(chosen)]


def played(game: RecordedGame) -> Played:
    """Return what the players made of a game."""
    incident = planned_incident(game.seed, game.level)
    began_s = time.perf_counter()
    found: Solution = solve(game)
    seconds = time.perf_counter() - began_s
    rng, kinds = random.Random(game.seed), LEVELS[game.level].kinds
    guesses = [is_solved(guess(rng, kinds), incident) for _ in range(100)]
    return Played(
        game.level,
        is_solved(found.answer, incident),
        found.answer.cause == incident.cause,
        found.queries,
        seconds,
        is_solved(guess_by_metrics(game), incident),
        is_solved(guess_by_metrics(game, knows_the_job=True), incident),
        statistics.mean(guesses),
    )


def bench_live_games() -> None:
    """Print how many games of each level are solved on a running stack, and how long they take."""
    with tempfile.TemporaryDirectory() as folder:
        lifecycle.start(state_dir=Path(folder))
        try:
            config = tl.Config(embedded_state_dir=Path(folder))
            tl.deploy.apply(config)
            for level in LEVELS:
                _play_live(config, level, Path(folder))
        finally:
            lifecycle.stop(state_dir=Path(folder))


def _play_live(config: tl.Config, level: int, folder: Path) -> None:
    results = []
    began_s = time.perf_counter()
    for seed in LIVE_SEEDS:
        game = tl.gameday.begin(config, seed=seed, level=level, folder=folder)
        found = solve(evidence(game)).answer
        game.answer(found.cause, found.kind, found.path)
        if found.cause != tl.gameday.NOTHING:
            game.mend(found.cause)
        results.append(game.finish())
        print(f"  level {level}, seed {seed}: {found}; {results[-1].words}", flush=True)
    count = len(LIVE_SEEDS)
    row(f"level {level}: live, solved", sum(r.score.solved for r in results), "", limit=count)
    row(f"level {level}: live, points", statistics.mean(r.score.total for r in results), "")
    row(f"level {level}: live, a game", (time.perf_counter() - began_s) / count, "s")


def _percent(played: list[Played], name: str) -> float:
    return 100 * statistics.mean(bool(getattr(one, name)) for one in played)
