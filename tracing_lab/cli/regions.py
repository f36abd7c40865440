"""``tracing-lab plan | apply | destroy --region A --region B``: several regions at once."""

import argparse
import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from threading import Lock
from typing import Any

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config

from .terminal import confirmed, say

EXIT_ERROR = 1
EXIT_CHANGES = 2


def plan(config: Config, options: argparse.Namespace) -> int:
    """Show what apply would change; 2 with ``--detailed-exitcode`` when there is something."""
    planned = deploy.in_all(deploy.plan, config.in_regions(*options.regions))
    if options.json:
        found = {region: regional.to_json() for region, regional in planned.items()}
        say(json.dumps(found, indent=2, default=str))
    else:
        _print_plans(planned, full=options.full)
    return EXIT_CHANGES if options.detailed_exitcode and _changes(planned) else 0


def apply(config: Config, options: argparse.Namespace) -> int:
    """Create or update the stacks to match the settings."""
    configs, make_aws = config.in_regions(*options.regions), cache(Aws)
    planned = deploy.in_all(deploy.plan, configs, make_aws=make_aws, adopt=options.adopt)
    _print_plans(planned)
    if _changes(planned) and not _confirm(options, "This will happen"):
        say("Nothing was changed.")
        return EXIT_ERROR
    verb = _with_output(partial(deploy.apply, adopt=options.adopt))
    outputs = deploy.in_all(verb, configs, make_aws=make_aws)
    for region, output in outputs.items():
        say(f"{region}: send an order to {output.api_test_url}")
    return 0


def destroy(config: Config, options: argparse.Namespace) -> int:
    """Delete the stacks, and check that nothing is left."""
    configs, make_aws = config.in_regions(*options.regions), cache(Aws)
    planned = deploy.in_all(deploy.destroy, configs, make_aws=make_aws)
    _print_plans(planned)
    if options.dry_run:
        return 0
    if _changes(planned) and not _confirm(options, "This will be deleted"):
        say("Nothing was deleted.")
        return EXIT_ERROR
    verb = _with_output(partial(deploy.destroy, confirm=True))
    done = deploy.in_all(verb, configs, make_aws=make_aws)
    for region, teardown in done.items():
        say(f"{region}: {teardown.remains}")
    return EXIT_ERROR if any(teardown.remains for teardown in done.values()) else 0


def _changes(planned: Mapping[str, deploy.Plan]) -> bool:
    return any(regional.steps for regional in planned.values())


def _print_plans(planned: Mapping[str, deploy.Plan], *, full: bool = False) -> None:
    for region, regional in planned.items():
        say(f"{region}\n{regional.details() if full else regional}\n")


def _confirm(options: argparse.Namespace, what: str) -> bool:
    question = f"{what} in {', '.join(options.regions)}."
    return confirmed(question, auto_approve=options.auto_approve)


def _with_output(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Return a verb that prints each step with its region."""
    lock = Lock()

    def print_step(region: str, report: deploy.StepReport) -> None:
        step, outcome = report.step, report.outcome
        with lock:  # called by several threads
            say(f"{region}: {step.action} {step.resource.type} {step.resource.name}: {outcome}")

    def run(config: Config, *, aws: Aws) -> Any:
        return verb(config, aws=aws, on_step=partial(print_step, config.aws_region))

    return run
