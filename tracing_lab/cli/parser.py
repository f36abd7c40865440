"""The commands and options of the command line."""

import argparse
import importlib
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn

import tracing_lab
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError

from .numbers import at_least, minutes
from .replaying.options import add_replay_options
from .settings import add_settings, config_of, hidden_settings


class _Parser(argparse.ArgumentParser):
    """A parser whose errors exit with 1, because 2 means "there are changes"."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: error: {message}\n")


@cache  # making it takes longer than a short command, for those who call `main` several times
def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="tracing-lab",
        usage="tracing-lab [--verbose] [SETTING ...] COMMAND ...",
        description="Provision, load and analyse a traced order system on AWS.",
        epilog="Every setting may stand before or after the command, and is also a variable, as "
        "TRACING_LAB_LAMBDA_TIMEOUT, and a line of tracing_lab.toml.",
    )
    parser.add_argument("--version", action="version", version=tracing_lab.__version__)
    parser.add_argument("--verbose", action="store_true", help="log what happens")
    verbs = parser.add_subparsers(
        prog=parser.prog, title="commands", required=True, metavar="COMMAND"
    )
    _add_stack_verbs(verbs)
    _add_fire_verb(verbs)
    _add_trace_verbs(verbs)
    _add_replay_verb(verbs)
    _add_export_verb(verbs)
    _add_push_verb(verbs)
    _add_cost_verb(verbs)
    doctor = _verb(verbs, "doctor", "doctor.doctor", "check whether everything is ready")
    doctor.add_argument("--json", action="store_true", help="machine-readable")
    _add_workshop_verbs(verbs)
    _add_class_verbs(verbs)
    _add_game_verbs(verbs)
    _add_embedded_verbs(verbs)
    add_settings(parser)
    return parser


def _verb(verbs: Any, name: str, command: str, summary: str) -> Any:
    epilog = "Settings may also stand here; tracing-lab --help lists them."
    verb = verbs.add_parser(
        name,
        help=summary,
        description=_sentence(summary),
        epilog=epilog,
        parents=[hidden_settings()],
    )
    verb.set_defaults(run=partial(_run, command, None))
    return verb


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _run(command: str, of_several: str | None, options: argparse.Namespace) -> int:
    """Run a command, or its variant for several regions."""
    config = config_of(options)
    if len(options.regions or ()) < 2:  # noqa: PLR2004 - several
        return _loaded(command)(config, options)
    if of_several is None:
        msg = f"{command.rpartition('.')[2]} works in one region at a time; pass one --region."
        raise ConfigError(msg)
    return _loaded(of_several)(config, options)


def _allow_regions(verb: Any, command: str) -> None:
    """Set the variant of a command for several ``--region`` options."""
    alone = verb.get_default("run").args[0]
    verb.set_defaults(run=partial(_run, alone, command))


def _loaded(command: str) -> Callable[[Config, argparse.Namespace], int]:
    """Return a function that imports ``module.function`` when called: pandas and boto3 are slow."""
    module, _, name = command.rpartition(".")
    function: Callable[[Config, argparse.Namespace], int] = getattr(
        importlib.import_module(f".{module}", __package__), name
    )
    return function


def _add_stack_verbs(verbs: Any) -> None:
    plan = _verb(verbs, "plan", "stack.plan", "show what apply would change")
    plan.add_argument("--json", action="store_true", help="machine-readable")
    plan.add_argument("--full", action="store_true", help="every attribute, uncut")
    plan.add_argument(
        "--requests-per-month", type=float, metavar="N", help="estimate what this many orders cost"
    )
    plan.add_argument(
        "--detailed-exitcode", action="store_true", help="exit with 2 when there are changes"
    )
    apply = _verb(verbs, "apply", "stack.apply", "create or update the stack to match the settings")
    apply.add_argument("--auto-approve", action="store_true", help="do not ask")
    apply.add_argument(
        "--adopt", action="store_true", help="take over resources of our names that lack our tag"
    )
    destroy = _verb(verbs, "destroy", "stack.destroy", "delete what carries the stack's tag")
    destroy.add_argument("--auto-approve", action="store_true", help="do not ask")
    destroy.add_argument("--dry-run", action="store_true", help="only show what would be deleted")
    for verb, command in ((plan, "plan"), (apply, "apply"), (destroy, "destroy")):
        _allow_regions(verb, f"regions.{command}")
    drift = _verb(
        verbs, "drift", "stack.drift", "show what was changed by hand; exits with 2 if anything was"
    )
    drift.add_argument("--json", action="store_true", help="machine-readable")
    output = _verb(verbs, "output", "stack.output", "show addresses, names and test commands")
    output.add_argument("--json", action="store_true", help="machine-readable")
    output.add_argument("name", nargs="?", help="one output only")


_SAMPLED = "whether orders are traced; 'rules' leaves it to the account's sampling rules"


def _add_fire_verb(verbs: Any) -> None:
    fire = _verb(verbs, "fire", "firing.fire", "send orders to the API")
    fire.add_argument("--orders", type=int, default=200, metavar="N", help="how many")
    fire.add_argument("--rate", type=float, default=20.0, metavar="R", help="orders a second")
    fire.add_argument(
        "--seed", type=int, default=1, metavar="S", help="the same orders for the same"
    )
    fire.add_argument("--scenario", default="steady", help="shape of the load")
    fire.add_argument(
        "--arrivals", type=Path, metavar="FILE", help="send at the times of this request log"
    )
    fire.add_argument("--workers", type=int, metavar="N", help="a closed loop of so many workers")
    fire.add_argument(
        "--think-ms", type=float, default=0.0, metavar="MS", help="pause of a worker (default 0)"
    )
    fire.add_argument(
        "--bad-share", type=float, default=0.0, metavar="P", help="share of bad orders, 0 to 1"
    )
    fire.add_argument("--sampled", choices=("yes", "no", "rules"), default="yes", help=_SAMPLED)
    fire.add_argument("--out", type=Path, metavar="FILE", help="request log, .csv or .parquet")


def _add_trace_verbs(verbs: Any) -> None:
    fetch = _verb(verbs, "fetch", "traces.fetch", "get traces from X-Ray")
    where = fetch.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, metavar="FILE", help="traces as JSON")
    where.add_argument(
        "--lake", type=Path, metavar="DIR", help="a trace lake, to add what it lacks"
    )
    fetch.add_argument(
        "--retries", action="store_true", help="wait for retries of functions that failed"
    )
    _add_trace_choice(fetch)
    report = _verb(verbs, "report", "traces.report", "draw figures and write a report")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="for all files")
    report.add_argument(
        "--traces", type=Path, metavar="FILE", help="what fetch wrote, or OTLP, Jaeger, aws/spans"
    )
    _add_trace_choice(report)
    summary = "write traces of one format in another, and say what that cannot hold"
    convert = _verb(verbs, "convert", "convert.convert", summary)
    convert.add_argument(
        "traces", type=Path, metavar="FILE", help="what fetch or another tool wrote"
    )
    convert.add_argument("--out", type=Path, required=True, metavar="FILE", help="to write")
    forms = ("x-ray", "otlp", "jaeger", "parquet", "chrome", "graphml", "html")
    convert.add_argument("--format", choices=forms, help="if the ending of --out does not say it")
    logs = _verb(verbs, "logs", "traces.logs", "show a service's log")
    logs.add_argument("service", help="order, payment, inventory or notification")
    logs.add_argument("--follow", action="store_true", help="go on until interrupted")
    logs.add_argument(
        "--filter", default="", metavar="PATTERN", help="a filter pattern of CloudWatch Logs"
    )
    logs.add_argument("--minutes", type=float, default=10.0, metavar="N", help="how far back")


def _add_replay_verb(verbs: Any) -> None:
    replay = _verb(verbs, "replay", "replaying.verb.replay", "replay recorded traces on stand-ins")
    replay.add_argument("traces", type=Path, nargs="?", metavar="FILE", help="what fetch wrote")
    add_replay_options(replay)


def _add_trace_choice(verb: Any) -> None:
    verb.add_argument("--log", type=Path, metavar="FILE", help="traces of the orders in this log")
    back = verb.add_mutually_exclusive_group()
    back.add_argument("--minutes", type=float, default=10.0, metavar="N", help="or the last N")
    back.add_argument(
        "--since", dest="minutes", type=minutes, metavar="AGE", help="or the last 30m, 2h or 7d"
    )


def _add_export_verb(verbs: Any) -> None:
    summary = "write the stack as infrastructure code"
    export = _verb(verbs, "export", "infrastructure.export", summary)
    formats = ("cloudformation", "sam", "terraform")
    export.add_argument("--format", choices=formats, default=formats[0], help="which language")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="for all files")
    export.add_argument("--account-id", metavar="ID", help="whose names to use; 123456789012")
    export.add_argument(
        "--keep-log-role", action="store_true", help="the account has a log role for REST APIs"
    )


def _add_push_verb(verbs: Any) -> None:
    push = _verb(verbs, "push", "push.push", "update the code of functions, and nothing else")
    push.add_argument("services", nargs="*", metavar="SERVICE", help="all, if none is named")
    push.add_argument("--watch", action="store_true", help="push at every change, until Ctrl-C")
    push.add_argument("--source", type=Path, metavar="DIR", help="where the handlers are")


def _add_cost_verb(verbs: Any) -> None:
    cost = _verb(verbs, "cost", "cost.cost", "estimate what the stack costs a month")
    cost.add_argument(
        "--requests-per-month", type=float, default=1000.0, metavar="N", help="orders a month"
    )
    cost.add_argument("--no-free-tier", action="store_true", help="leave out what is free")
    cost.add_argument("--sampling-rate", type=float, metavar="SHARE", help="traced, 0 to 1")
    cost.add_argument("--duration-ms", type=float, metavar="MS", help="mean, of each function")
    cost.add_argument("--spans", type=Path, metavar="FILE", help="take durations from here")
    cost.add_argument("--original", action="store_true", help="the original's table, corrected")
    cost.add_argument("--json", action="store_true", help="machine-readable")


def _add_workshop_verbs(verbs: Any) -> None:
    workshop = _verb(verbs, "workshop", "workshop.workshop", "copy the workshop's notebooks")
    workshop.add_argument("folder", type=Path, metavar="DIR", help="created when missing")
    differing = workshop.add_mutually_exclusive_group()
    differing.add_argument("--force", action="store_true", help="overwrite notebooks that differ")
    differing.add_argument("--keep", action="store_true", help="leave notebooks that differ alone")
    summary = "grade the progress files and notebooks that learners submitted"
    grade = _verb(verbs, "grade", "workshop.grade", summary)
    grade.add_argument("folder", type=Path, metavar="DIR", help="a folder or file per learner")
    grade.add_argument("--csv", type=Path, metavar="FILE", help="write one row per exercise")


def _add_class_verbs(verbs: Any) -> None:
    summary = "create, inspect and delete the stacks of a class"
    parser = verbs.add_parser("class", help=summary, description=_sentence(summary))
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    create = _verb(actions, "create", "classroom.create", "create a stack for every learner")
    create.add_argument(
        "--ignore-limits", action="store_true", help="the account's quotas are higher than AWS's"
    )
    status = _verb(actions, "status", "classroom.status", "show which learners' stacks are ready")
    destroy = _verb(actions, "destroy", "classroom.destroy", "delete all learners' stacks")
    for verb in (create, destroy):
        verb.add_argument("--auto-approve", action="store_true", help="do not ask")
        verb.add_argument("--dry-run", action="store_true", help="only show what would be done")
    for verb, csv in ((create, Path("class.csv")), (status, None), (destroy, None)):
        who = verb.add_mutually_exclusive_group()
        who.add_argument("--learners", type=int, metavar="N", help="how many, numbered names")
        who.add_argument("--students-file", type=Path, metavar="CSV", help="its column 'learner'")
        verb.add_argument("--prefix", default="learner", help="what numbered names begin with")
        verb.add_argument("--csv", type=Path, default=csv, metavar="FILE", help="write the table")


def _add_game_verbs(verbs: Any) -> None:
    game = _verb(verbs, "gameday", "workshop.begin", "begin a game: find and mend an incident")
    game.add_argument("--seed", type=int, metavar="N", help="which incident; another one each time")
    game.add_argument("--level", type=int, default=1, metavar="1..5", help="from loud to hidden")
    moves = game.add_subparsers(title="moves", metavar="MOVE")
    _verb(moves, "status", "workshop.status", "show the game that goes on")
    look = _verb(moves, "look", "workshop.look", "show traces, logs or metrics; a query")
    look.add_argument("what", choices=("traces", "logs", "metrics"), help="at what")
    look.add_argument("--window", default="incident", help="healthy or incident, or a later one")
    look.add_argument("--filter", default="", metavar="PATTERN", help="of log lines")
    look.add_argument("--out", type=Path, metavar="FILE", help="traces as JSON")
    answer = _verb(moves, "answer", "workshop.answer", "name cause, kind and path, or 'nothing'")
    for name, what in {"cause": "who", "kind": "what is wrong", "path": "where it shows"}.items():
        answer.add_argument(f"--{name}", metavar="TEXT", required=name == "cause", help=what)
    mend = _verb(moves, "mend", "workshop.mend", "restore services, and see what that changes")
    mend.add_argument("services", nargs="*", metavar="SERVICE", help="none after a change of yours")
    finish = _verb(moves, "finish", "workshop.finish", "undo the incident; show score and report")
    finish.add_argument("--out", type=Path, metavar="FILE", help="the report, .md or .html")
    _verb(moves, "abandon", "workshop.abandon", "undo the incident without a score")


def _add_embedded_verbs(verbs: Any) -> None:
    summary = "run the embedded AWS"
    parser = verbs.add_parser("embedded", help=summary, description=_sentence(summary))
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    start = _verb(actions, "start", "embedded.start", "start it in the background")
    start.add_argument(
        "--segment-layout",
        choices=("invocation", "flat"),
        help="parent of functions' subsegments: Invocation (default), or the segment (flat)",
    )
    start.add_argument(
        "--retry-delays-s",
        type=partial(at_least, 0.0),
        nargs="+",
        metavar="S",
        help="seconds before failed events are retried; 60 120 as on AWS",
    )
    start.add_argument(
        "--allow-other-users",
        action="store_true",
        help="accept other users of this machine, who may then run code as this user",
    )
    start.add_argument(
        "--allow-reset",
        action="store_true",
        help="let POST /moto-api/reset delete everything without a token, for tests of moto",
    )
    start.add_argument(
        "--cache-mb",
        type=partial(at_least, 1),
        metavar="N",
        help="memory of a region for what is derived from traces; 192 by default",
    )
    _verb(actions, "stop", "embedded.stop", "stop it; resources and traces stay")
    _verb(actions, "status", "embedded.status", "show whether and where it runs")
    _verb(actions, "env", "embedded.env", "print shell exports that point the aws command at it")
    _verb(actions, "actions", "embedded.actions", "list what each role used and did not use")
    _verb(actions, "ledger", "embedded.ledger", "print the event accounting")
    reset = _verb(actions, "reset", "embedded.reset", "delete all resources and traces")
    reset.add_argument("--auto-approve", action="store_true", help="do not ask")
