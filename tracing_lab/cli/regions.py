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
        found = {region: one.to_json() for region, one in planned.items()}
        say(json.dumps(found, indent=2, default=str))
    else:
        _say_each(planned, full=options.full)
    return EXIT_CHANGES if options.detailed_exitcode and _changes(planned) else 0


def apply(config: Config, options: argparse.Namespace) -> int:
    """Make the stacks what the settings say."""
    configs, make_aws = config.in_regions(*options.regions), cache(Aws)
    planned = deploy.in_all(deploy.plan, configs, make_aws=make_aws, adopt=options.adopt)
    _say_each(planned)
    if _changes(planned) and not _confirmed(options, "This will happen"):
        say("Nothing was changed.")
        return EXIT_ERROR
    verb = _told(partial(deploy.apply, adopt=options.adopt))
    outputs = deploy.in_all(verb, configs, make_aws=make_aws)
    for region, one in outputs.items():
        say(f"{region}: send an order to {one.api_test_url}")
    return 0


def destroy(config: Config, options: argparse.Namespace) -> int:
    """Delete what carries the stacks' tags, and prove that nothing is left."""
    configs, make_aws = config.in_regions(*options.regions), cache(Aws)
    planned = deploy.in_all(deploy.destroy, configs, make_aws=make_aws)
    _say_each(planned)
    if options.dry_run:
        return 0
    if _changes(planned) and not _confirmed(options, "This will be deleted"):
        say("Nothing was deleted.")
        return EXIT_ERROR
    verb = _told(partial(deploy.destroy, confirm=True))
    done = deploy.in_all(verb, configs, make_aws=make_aws)
    for region, one in done.items():
        say(f"{region}: {one.remains}")
    return EXIT_ERROR if any(one.remains for one in done.values()) else 0


def _changes(planned: Mapping[str, deploy.Plan]) -> bool:
    return any(one.steps for one in planned.values())


def _say_each(planned: Mapping[str, deploy.Plan], *, full: bool = False) -> None:
    for region, one in planned.items():
        say(f"{region}\n{one.details() if full else one}\n")


def _confirmed(options: argparse.Namespace, what: str) -> bool:
    question = f"{what} in {', '.join(options.regions)}."
    return confirmed(question, auto_approve=options.auto_approve)


def _told(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Have a verb tell of each step with the region before it."""
    lock = Lock()

    def tell(region: str, report: deploy.StepReport) -> None:
        step, outcome = report.step, f"failed: {report.error}" if report.error else "done"
        with lock:  # regions tell at the same time
            say(f"{region}: {step.action} {step.resource.type} {step.resource.name}: {outcome}")

    def telling(config: Config, *, aws: Aws) -> Any:
        return verb(config, aws=aws, on_step=partial(tell, config.aws_region))

    return telling
