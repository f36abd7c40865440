"""``tracing-lab push``."""

import argparse
import time
from collections.abc import Iterable

from tracing_lab.config import SERVICES, Config
from tracing_lab.deploy import push as pushing
from tracing_lab.errors import PackageError

from .terminal import say


def push(config: Config, options: argparse.Namespace) -> int:
    """Update functions to the local code, once or at every change."""
    services = options.services or SERVICES
    if not options.watch:
        _print_all(pushing.push(config, services, source_dir=options.source))
        return 0
    say("Watching; stop with Ctrl-C.")
    try:
        for outcome in pushing.watch(config, services, source_dir=options.source):
            _print_outcome(outcome)
    except KeyboardInterrupt:
        say("Stopped watching.")
    return 0


def _print_outcome(outcome: tuple[pushing.Pushed, ...] | PackageError) -> None:
    clock = time.strftime("%H:%M:%S")
    if isinstance(outcome, PackageError):
        say(f"{clock} {outcome}")
        return
    changed = [str(pushed) for pushed in outcome if pushed.changed]
    say(f"{clock} {', '.join(changed) or 'everything is up to date'}")


def _print_all(outcome: Iterable[pushing.Pushed]) -> None:
    for pushed in outcome:
        say(str(pushed))
