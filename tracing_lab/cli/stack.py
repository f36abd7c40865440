"""``tracing-lab plan | apply | destroy | drift | output``."""

import argparse
import json
import time

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.cost import Estimate, estimate
from tracing_lab.embedded import lifecycle
from tracing_lab.errors import ConfigError

from .costing import cost_change
from .displays.steps import StepDisplay, eta_text
from .embedded import say_differences
from .terminal import confirmed, say

EXIT_ERROR = 1
EXIT_CHANGES = 2


def plan(config: Config, options: argparse.Namespace) -> int:
    """Show what apply would change; 2 with ``--detailed-exitcode`` when there is something."""
    aws = Aws(config)
    planned = deploy.plan(config, aws=aws)
    requests = options.requests_per_month
    bill = None if requests is None else estimate(config, requests_per_month=requests)
    change = None if bill is None else cost_change(planned, config, bill)
    if options.json:
        cost = {} if bill is None else {"cost": bill.to_dict()}
        cost |= {} if change is None else {"cost_change": change.to_dict()}
        say(json.dumps({**planned.to_json(), **cost}, indent=2, default=str))
    else:
        say(planned.details() if options.full else str(planned))
        _print_eta(planned, aws)
        _print_bill(bill)
        if change is not None:
            say(str(change))
    return EXIT_CHANGES if options.detailed_exitcode and planned.steps else 0


def apply(config: Config, options: argparse.Namespace) -> int:
    """Create or update the stack to match the settings."""
    aws = Aws(config)
    planned = deploy.plan(config, adopt=options.adopt, aws=aws)
    say(str(planned))
    _print_eta(planned, aws)
    if planned.steps and not confirmed(where_text(aws), auto_approve=options.auto_approve):
        say("Nothing was changed.")
        return 1
    started = time.monotonic()
    with StepDisplay(planned, aws.control_plane) as shown:
        outputs = deploy.apply(
            config, adopt=options.adopt, on_start=shown.start, on_step=shown.end, aws=aws
        )
    if config.target == "embedded" and config.endpoint_url is None:
        say_differences(lifecycle.status(state_dir=config.embedded_state_dir))
    say(f"Applied in {time.monotonic() - started:.1f} s. Send an order to {outputs.api_test_url}")
    return 0


def destroy(config: Config, options: argparse.Namespace) -> int:
    """Delete the stack, and check that nothing is left."""
    aws = Aws(config)
    planned = deploy.destroy(config, aws=aws)
    say(str(planned) if planned.steps else "Nothing to delete.")
    _print_eta(planned, aws)
    if options.dry_run:
        return 0
    if planned.steps and not confirmed(where_text(aws), auto_approve=options.auto_approve):
        say("Nothing was deleted.")
        return 1
    with StepDisplay(planned, aws.control_plane) as shown:
        done = deploy.destroy(
            config, confirm=True, on_start=shown.start, on_step=shown.end, aws=aws
        )
    if done.steps:
        say("Destroyed.")
    say(str(done.remains))
    return EXIT_ERROR if done.remains else 0


def drift(config: Config, options: argparse.Namespace) -> int:
    """Show what was changed outside of apply; 2 when there is something."""
    found = deploy.drift(config)
    say(json.dumps(found.to_json(), indent=2, default=str) if options.json else str(found))
    return EXIT_CHANGES if found.steps else 0


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


def _print_bill(bill: Estimate | None) -> None:
    if bill is not None:
        say(f"Monthly cost of the stack after that:\n{bill}")


def where_text(aws: Aws) -> str:
    """Return which account and region at which address something is done to."""
    identity = aws.sts.caller_identity()
    place = aws.endpoint_url or "AWS itself"
    return (
        f"This will happen in account {identity.account_id}, {aws.config.aws_region}, at {place}."
    )


def _print_eta(planned: deploy.Plan, aws: Aws) -> None:
    """Print the estimated duration, where quotas and new roles make it more than a moment."""
    eta = eta_text(list(planned.steps), aws.control_plane)
    if eta:
        say(f"This will take {eta}.")
