"""``tracing-lab embedded``: start, stop, status, env, actions, ledger, reset."""

import argparse
import shlex
import time
from typing import Any

from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.event_accounting import table
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.tables import text_table

from .terminal import confirmed, say


def start(config: Config, options: argparse.Namespace) -> int:
    """Start the embedded AWS, or find the one that runs; 1 when that has other options."""
    words = _server_options(options)
    running = lifecycle.status(state_dir=config.embedded_state_dir)
    if words and running is not None:
        say(f"{_line(running)}. Stop it first to start it with other options.")
        return 1
    if words:
        running = lifecycle.start(
            port=config.embedded_port, state_dir=config.embedded_state_dir, options=words
        )
    say(_line(running or _running(config)))
    return 0


def stop(config: Config, _options: argparse.Namespace) -> int:
    """Stop it."""
    stopped = lifecycle.stop(state_dir=config.embedded_state_dir)
    say("Stopped; resources and traces stay." if stopped else "No embedded AWS is running.")
    return 0


def status(config: Config, _options: argparse.Namespace) -> int:
    """Print whether it runs; 1 when it does not."""
    running = lifecycle.status(state_dir=config.embedded_state_dir)
    if running is None:
        say("No embedded AWS is running.")
        return 1
    say(_line(running))
    say_differences(running)
    for name in running.damaged:
        say(f"Damaged and set aside: {name}; {running.state_dir / 'server.log'} says what is lost")
    return 0


def say_differences(running: EmbeddedStatus | None) -> None:
    """Print what the embedded AWS does otherwise than AWS, if it runs."""
    for sentence in running.unsimulated if running is not None else ():
        say(f"Not as on AWS: {sentence}")


def env(config: Config, _options: argparse.Namespace) -> int:
    """Print exports for a shell."""
    running = _running(config)
    for name, value in lifecycle.environment(running, region=config.aws_region).items():
        say(f"export {name}={shlex.quote(value)}")
    return 0


def actions(config: Config, _options: argparse.Namespace) -> int:
    """Print the actions that each role used, did not use, and was denied."""
    roles = lifecycle.actions(state_dir=config.embedded_state_dir)
    if roles is None:
        say("No embedded AWS is running.")
        return 1
    rows = [row for role in roles for row in _role_rows(role)]
    say(text_table(rows, headers=("role", "action", "calls")))
    return 0


def ledger(config: Config, _options: argparse.Namespace) -> int:
    """Print the event accounting; 1 when it does not balance or nothing runs."""
    regions = lifecycle.ledger(state_dir=config.embedded_state_dir)
    if regions is None:
        say("No embedded AWS is running.")
        return 1
    say(table(regions))
    return int(any(books["imbalance"] for books in regions.values()))


def reset(config: Config, options: argparse.Namespace) -> int:
    """Delete all resources and traces."""
    question = "All resources and traces of the embedded AWS will be forgotten."
    if not confirmed(question, auto_approve=options.auto_approve):
        return 1
    done = lifecycle.reset(state_dir=config.embedded_state_dir)
    say("Deleted all resources and traces." if done else "No embedded AWS is running.")
    return 0 if done else 1


def _role_rows(role: dict[str, Any]) -> list[tuple[str, str, str]]:
    name = role["role_arn"].rpartition("/")[2]
    used = [(name, action, str(calls)) for action, calls in role["used"].items()]
    unused = [(name, action, "unused") for action in role["unused"]]
    denied = [(name, action, f"denied {calls}") for action, calls in role["denied"].items()]
    return used + unused + denied


def _server_options(options: argparse.Namespace) -> list[str]:
    words = []
    if options.segment_layout is not None:
        words += ["--segment-layout", options.segment_layout]
    if options.retry_delays_s is not None:
        words += ["--retry-delays-s", *map(str, options.retry_delays_s)]
    if options.cache_mb is not None:
        words += ["--cache-mb", str(options.cache_mb)]
    words += ["--allow-other-users"] if options.allow_other_users else []
    words += ["--allow-reset"] if options.allow_reset else []
    return words


def _running(config: Config) -> EmbeddedStatus:
    return lifecycle.ensure_running(port=config.embedded_port, state_dir=config.embedded_state_dir)


def _line(running: EmbeddedStatus) -> str:
    minutes = (time.time() - running.started_at) / 60
    return (
        f"The embedded AWS {running.version} listens on {running.endpoint_url} "
        f"(process {running.pid}, up {minutes:.0f} min, state in {running.state_dir})"
    )
