"""Recorded games: traces of both windows, what logs and metrics show, and which game it was.

`tests/bench/record_games.py` records them. What was wrong follows from seed and level.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from packed_spans import pack, unpack

FOLDER: Final = Path(__file__).parents[1] / "data" / "games"

_TEXTS: Final = ["service", "name", "kind", "origin"]
_TIMES: Final = {"start_us": "BYTE_STREAM_SPLIT", "duration_us": "BYTE_STREAM_SPLIT"}
WINDOWS: Final = ("healthy", "incident")


@dataclass(frozen=True)
class Dashboard:
    """What logs and metrics show of a window; batch jobs count as well.

    Parameters
    ----------
    services
        Service, or ``api``, to ``runs``, ``failed`` and ``mean_ms``.
    errors
        Service to the types of uncaught exceptions in its log, and how many lines have each.
    """

    services: dict[str, dict[str, float]]
    errors: dict[str, dict[str, int]]


@dataclass(frozen=True)
class RecordedGame:
    """A game until its investigation begins.

    Parameters
    ----------
    seed, level
        Of the game.
    spans
        Name of each window to its span frame.
    dashboards
        Name of each window to what logs and metrics show.
    """

    seed: int
    level: int
    spans: dict[str, pd.DataFrame]
    dashboards: dict[str, Dashboard]


def game_files(level: int, first: int) -> tuple[Path, Path]:
    """Return the files of the games of a level from a seed on: of facts, and of spans."""
    name = f"level-{level}-{first:02}"
    return FOLDER / f"{name}.json", FOLDER / f"{name}.parquet"


def save_games(first: int, games: list[RecordedGame]) -> None:
    """Save some games of one level.

    Parameters
    ----------
    first
        The least of their seeds.
    games
        The games.
    """
    FOLDER.mkdir(exist_ok=True)
    frames = [(game, window, game.spans[window]) for game in games for window in WINDOWS]
    packed = [pack(spans).assign(window=at) for at, (_, _, spans) in enumerate(frames)]
    facts, table = game_files(games[0].level, first)
    pq.write_table(
        pa.Table.from_pandas(
            pd.concat(packed).astype({"window": "int16"}), preserve_index=False
        ).replace_schema_metadata(),
        table,
        compression="zstd",
        compression_level=19,
        use_dictionary=_TEXTS,
        column_encoding=_TIMES,
    )
    rows = [_row(game) for game in games]
    facts.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def recorded_games(level: int) -> Iterator[RecordedGame]:
    """Yield the recorded games of a level, by seed."""
    for facts in sorted(FOLDER.glob(f"level-{level}-*.json")):
        parts = dict(iter(pd.read_parquet(facts.with_suffix(".parquet")).groupby("window")))
        for at, row in enumerate(json.loads(facts.read_text())):
            spans = {
                window: unpack(
                    parts[at * len(WINDOWS) + number].reset_index(drop=True),
                    start=pd.Timestamp(row["starts"][window]),
                )
                for number, window in enumerate(WINDOWS)
            }
            boards = {window: Dashboard(**row["dashboards"][window]) for window in WINDOWS}
            yield RecordedGame(row["seed"], row["level"], spans, boards)


def _row(game: RecordedGame) -> dict[str, Any]:
    return {
        "seed": game.seed,
        "level": game.level,
        "starts": {name: spans["start"].min().isoformat() for name, spans in game.spans.items()},
        "dashboards": {
            name: {"services": board.services, "errors": board.errors}
            for name, board in game.dashboards.items()
        },
    }
