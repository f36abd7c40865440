"""``tracing-lab workshop`` and ``tracing-lab grade``."""

import argparse
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tracing_lab import files
from tracing_lab.check import EXERCISES
from tracing_lab.check.collecting import collect
from tracing_lab.check.grading import grade as grade_all, grade_page, grades_csv
from tracing_lab.config import Config

from .learner_copies import copy_notebooks
from .terminal import say


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
