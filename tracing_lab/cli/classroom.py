"""``tracing-lab class create | status | destroy``: one stack per learner."""

import argparse
import time
from collections.abc import Callable
from functools import partial

from tracing_lab import classroom, files
from tracing_lab.aws import Aws
from tracing_lab.classroom.plans import ClassPlan
from tracing_lab.classroom.reports import ClassReport
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError

from .displays.bars import duration_text
from .displays.classes import ClassDisplay
from .terminal import confirmed, say

EXIT_ERROR = 1


def create(config: Config, options: argparse.Namespace) -> int:
    """Create the learners' stacks; 1 when one of them failed."""
    learners = _learners(options)
    planned = classroom.plan(config, learners)
    _print_plan(planned)
    if planned.shortages and not options.ignore_limits:
        say("Nothing was made. If the account's own quotas are higher: --ignore-limits.")
        return EXIT_ERROR
    if options.dry_run:
        return 0
    if not _confirm(planned, options, "These stacks will be made"):
        say("Nothing was made.")
        return EXIT_ERROR
    run = partial(classroom.create, config, learners, ignore_limits=options.ignore_limits)
    return _execute(run, planned, options, "Made")


def status(config: Config, options: argparse.Namespace) -> int:
    """Show the states of the learners' stacks; 1 when one is not ready."""
    return _print_report(classroom.status(config, _learners(options)), options)


def destroy(config: Config, options: argparse.Namespace) -> int:
    """Delete the learners' stacks; 1 when something is left."""
    learners = _learners(options)
    planned = classroom.plan_removal(config, learners)
    _print_plan(planned)
    if options.dry_run:
        return 0
    if not _confirm(planned, options, "These stacks will be deleted"):
        say("Nothing was deleted.")
        return EXIT_ERROR
    run = partial(classroom.destroy, config, learners)
    return _execute(run, planned, options, "Deleted")


def _learners(options: argparse.Namespace) -> list[str]:
    """Return the learners' names; reject a path of a table that cannot be written."""
    if options.csv is not None:
        files.check_file(options.csv)
    if not options.students_file:
        return _numbered(options)
    learners = classroom.roster_from_csv(options.students_file)
    if options.csv is not None and options.csv.resolve() == options.students_file.resolve():
        msg = f"{options.csv} is the students' file and would be overwritten. Choose another --csv."
        raise ConfigError(msg)
    return learners


def _numbered(options: argparse.Namespace) -> list[str]:
    if options.learners is None:
        msg = "Nobody is in the class. Add --learners N, or --students-file CSV with their names."
        raise ConfigError(msg)
    return classroom.roster(options.learners, prefix=options.prefix)


def _print_plan(planned: ClassPlan) -> None:
    say(str(planned))
    if planned:
        say(f"This will take {duration_text(planned.estimate_s)}.")


def _confirm(planned: ClassPlan, options: argparse.Namespace, what: str) -> bool:
    if not planned:
        return True
    aws: Aws = planned.shared.session.aws
    place = f"{aws.config.aws_region}, at {aws.endpoint_url or 'AWS itself'}"
    return confirmed(f"{what} in {place}.", auto_approve=options.auto_approve)


def _execute(
    run: Callable[..., ClassReport], planned: ClassPlan, options: argparse.Namespace, done: str
) -> int:
    started = time.monotonic()
    with ClassDisplay(planned) as shown:
        report = run(planned=planned, on_step=shown.step, on_end=shown.end)
    code = _print_report(report, options)
    say(f"{done} in {duration_text(time.monotonic() - started)}.")
    return code


def _print_report(report: ClassReport, options: argparse.Namespace) -> int:
    say(str(report))
    if options.csv is not None:
        say(f"Wrote {files.write_bytes(options.csv, report.to_csv().encode())}")
    return 0 if report.is_complete else EXIT_ERROR
