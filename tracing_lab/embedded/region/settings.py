"""Tunables of a region, and the files of its accepted work."""

from dataclasses import dataclass
from pathlib import Path

from tracing_lab.embedded.functions import FunctionSettings
from tracing_lab.embedded.functions.invoke import QUEUE_FILE
from tracing_lab.embedded.xray import DEFAULT_CACHE_MB

from .event_sources import POSITIONS
from .scheduling.region_schedules import STATE_FILES

BUS_QUEUE = "bus.jsonl"
"""The file with the events that a bus has accepted and not delivered."""


def queue_files(state_dir: Path) -> list[Path]:
    """Return the files with accepted work that is not done, each in the folder of its region."""
    names = (BUS_QUEUE, POSITIONS, *STATE_FILES, f"functions/{QUEUE_FILE}")
    return [path for name in names for path in state_dir.glob(f"*/{name}")]


@dataclass(frozen=True)
class RegionSettings:
    """Tunables of a region.

    Parameters
    ----------
    functions
        Settings of the Lambda data plane; the defaults if None.
    cache_mb
        Megabytes for caches of what is derived from traces.
    """

    functions: FunctionSettings | None = None
    cache_mb: int = DEFAULT_CACHE_MB
