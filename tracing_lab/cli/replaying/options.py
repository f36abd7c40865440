"""The options of ``tracing-lab replay``."""

import argparse
from pathlib import Path
from typing import Any


def add_replay_options(verb: Any) -> None:
    """Add the options to the verb's parser."""
    verb.add_argument("--keep-names", action="store_true", help="of services; else service-1, ...")
    verb.add_argument(
        "--max-traces", type=int, default=1000, metavar="N", help="whose runs are played"
    )
    verb.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="times as fast as recorded"
    )
    verb.add_argument(
        "--scale",
        type=_factor,
        action="append",
        metavar="SERVICE=X",
        help="multiply a stand-in's own time",
    )
    verb.add_argument("--out", type=Path, metavar="FILE", help="the replay's traces as JSON")
    verb.add_argument("--model", type=Path, metavar="FILE", help="what stand-ins play, as JSON")
    verb.add_argument("--keep", action="store_true", help="do not delete the stand-ins afterwards")
    verb.add_argument("--dry-run", action="store_true", help="only show what would be done")
    verb.add_argument("--auto-approve", action="store_true", help="do not ask")
    verb.add_argument("--destroy", action="store_true", help="delete stand-ins that were kept")


def _factor(text: str) -> tuple[str, float]:
    """Read a service and a number, such as ``service-1=0.5``."""
    service, _, factor = text.partition("=")
    try:
        return service, float(factor)
    except ValueError as error:
        msg = f"{text!r} must be a stand-in and a number, like service-1=0.5"
        raise argparse.ArgumentTypeError(msg) from error
