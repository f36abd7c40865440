"""``tracing-lab export``."""

import argparse

from tracing_lab import infrastructure
from tracing_lab.config import Config

from .terminal import say


def export(config: Config, options: argparse.Namespace) -> int:
    """Write the stack as infrastructure code, with its zips and how to deploy it."""
    files = infrastructure.export(
        config,
        options.out,
        format=options.format,
        account_id=options.account_id or infrastructure.EMBEDDED_ACCOUNT,
        keep_log_role=options.keep_log_role,
    )
    say("Wrote " + ", ".join(str(path) for path in files))
    say(f"{options.out / 'README.md'} says how to deploy it.")
    return 0
