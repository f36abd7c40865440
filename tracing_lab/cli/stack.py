"""``tracing-lab plan | apply | destroy | output``."""

import argparse
import json
import time

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError

from .terminal import confirmed, say

EXIT_CHANGES = 2


def plan(config: Config, options: argparse.Namespace) -> int:
    """Show what apply would change; 2 with ``--detailed-exitcode`` when there is something."""
    planned = deploy.plan(config)
    say(json.dumps(planned.to_json(), indent=2, default=str) if options.json else str(planned))
    return EXIT_CHANGES if options.detailed_exitcode and planned.steps else 0


def apply(config: Config, options: argparse.Namespace) -> int:
    """Make the stack what the settings say."""
    aws = Aws(config)
    planned = deploy.plan(config, aws=aws)
    say(str(planned))
    if planned.steps and not confirmed(_where(aws), auto_approve=options.auto_approve):
        say("Nothing was changed.")
        return 1
    started = time.monotonic()
    outputs = deploy.apply(config, on_step=_say_step, aws=aws)
    say(f"Applied in {time.monotonic() - started:.1f} s. Send an order to {outputs.api_test_url}")
    return 0


def destroy(config: Config, options: argparse.Namespace) -> int:
    """Delete what carries the stack's tag."""
    aws = Aws(config)
    planned = deploy.destroy(config, aws=aws)
    if not planned.steps:
        say("Nothing to delete.")
        return 0
    say(str(planned))
    if not confirmed(_where(aws), auto_approve=options.auto_approve):
        say("Nothing was deleted.")
        return 1
    deploy.destroy(config, confirm=True, on_step=_say_step, aws=aws)
    say("Destroyed.")
    return 0


def output(config: Config, options: argparse.Namespace) -> int:
    """Show all outputs, or one."""
    outputs = deploy.outputs(config)
    values = outputs.to_dict()
    if options.name is None:
        say(json.dumps(values, indent=2) if options.json else str(outputs))
        return 0
    if options.name not in values:
        msg = f"There is no output {options.name!r}. Choose one of: {', '.join(values)}."
        raise ConfigError(msg)
    value = values[options.name]
    plain = isinstance(value, str) and not options.json
    say(value if plain else json.dumps(value, indent=2))
    return 0


def _where(aws: Aws) -> str:
    identity = aws.sts.caller_identity()
    place = aws.endpoint_url or "AWS itself"
    return (
        f"This will happen in account {identity.account_id}, {aws.config.aws_region}, at {place}."
    )


def _say_step(report: deploy.StepReport) -> None:
    resource = report.step.resource
    outcome = f"failed: {report.error}" if report.error else "done"
    what = f"{report.step.action} {resource.type} {resource.name}"
    say(f"{what}: {outcome} after {report.duration_s:.1f} s")
