"""``tracing-lab doctor``."""

import argparse
import json

from tracing_lab.config import Config
from tracing_lab.doctor import examine

from .terminal import say


def doctor(config: Config, options: argparse.Namespace) -> int:
    """Check whether everything is ready; 1 when something will not work."""
    report = examine(config)
    say(json.dumps(report.to_dict(), indent=2) if options.json else str(report))
    return 0 if report.healthy else 1
