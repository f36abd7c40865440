"""``tracing-lab workshop``, ``tracing-lab grade``, and ``tracing-lab gameday`` with its moves."""

import argparse
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from tracing_lab import faults, files, gameday, spans
from tracing_lab.check import EXERCISES
from tracing_lab.check.collecting import collect
from tracing_lab.check.grading import grade as grade_all, grade_page, grades_csv
from tracing_lab.config import Config
from tracing_lab.errors import GameDayError
from tracing_lab.progress import progress_bar

from .learner_copies import copy_notebooks
from .terminal import say

_MOVES = """
Find out what is wrong since the healthy window, and mend it:
  tracing-lab gameday look traces --window healthy      also: look logs, look metrics
  tracing-lab gameday answer --cause SERVICE --kind KIND --path 'SERVICE, bus, SERVICE'
  tracing-lab gameday mend SERVICE
  tracing-lab gameday finish --out report.html"""


def workshop(_: Config, options: argparse.Namespace) -> int:
    """Copy the notebooks."""
    states = Counter(_copied(options).values())
    say(f"{options.folder}: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    say(f"Open them with: jupyter lab {options.folder}")
    return 0


def _copied(options: argparse.Namespace) -> Mapping[Path, str]:
    return copy_notebooks(options.folder, force=options.force, keep=options.keep)


def grade(_: Config, options: argparse.Namespace) -> int:
    """Grade learners' submissions; 1 when a file could not be read."""
    if options.csv:
        files.check_file(options.csv)
    collected = collect(options.folder)
    grades = grade_all(collected.entries, EXERCISES)
    say(repr(grade_page(grades)))
    if options.csv:
        say(f"Wrote {files.write_bytes(options.csv, grades_csv(grades).encode())}")
    for problem in collected.problems:
        say(f"Not read: {problem}")
    return 1 if collected.problems else 0


def begin(config: Config, options: argparse.Namespace) -> int:
    """Begin a game."""
    with progress_bar("orders") as progress:
        game = gameday.begin(config, seed=options.seed, level=options.level, progress=progress)
    say(f"{game}\n{_MOVES}\n\nKinds: {', '.join(faults.SCENARIOS)}.")
    return 0


def status(config: Config, _options: argparse.Namespace) -> int:
    """Show the game that goes on."""
    say(repr(gameday.resume(config)))
    return 0


def look(config: Config, options: argparse.Namespace) -> int:
    """Show traces, logs or metrics."""
    if options.out is not None:
        if options.what != "traces":
            msg = f"--out is for traces; leave it out to see {options.what}."
            raise GameDayError(msg)
        files.check_file(options.out)
    game = gameday.resume(config)
    if options.what == "metrics":
        _show(game.metrics())
    elif options.what == "logs":
        lines = game.logs(options.window, pattern=options.filter)
        for line in lines.itertuples():
            say(f"{line.timestamp:%H:%M:%S.%f} {line.service:12} {line.message}")
    else:
        traces = game.traces(options.window)
        _show(gameday.vital_signs(spans.spans_from_traces(traces)).round(2))
        if options.out is not None:
            spans.save_traces(traces, options.out)
            say(f"{len(traces)} traces in {options.out}")
    return 0


def answer(config: Config, options: argparse.Namespace) -> int:
    """Record what is wrong."""
    game = gameday.resume(config)
    if options.cause.lower() == gameday.NOTHING:
        say(repr(game.answer(gameday.NOTHING)))
        return 0
    if options.kind is None or options.path is None:
        msg = "Nothing was recorded: add --kind and --path, or pass --cause nothing."
        raise GameDayError(msg)
    say(repr(game.answer(options.cause, options.kind, options.path)))
    return 0


def mend(config: Config, options: argparse.Namespace) -> int:
    """Restore services, and show what that changes."""
    game = gameday.resume(config)
    with progress_bar("orders") as progress:
        repaired = game.mend(*options.services, progress=progress)
    say(repr(repaired))
    return 0


def finish(config: Config, options: argparse.Namespace) -> int:
    """Undo the incident, and show the score."""
    say(repr(gameday.resume(config).finish(options.out)))
    return 0


def abandon(config: Config, _options: argparse.Namespace) -> int:
    """Undo the incident without a score."""
    there_was = gameday.abandon(config)
    say("The incident is undone." if there_was else "No game is running.")
    return 0


def _show(frame: pd.DataFrame) -> None:
    say(frame.to_string(na_rep=""))
