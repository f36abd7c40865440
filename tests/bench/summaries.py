"""Measure how long a frame of trace summaries takes, next to parsing their JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from report import row

from tracing_lab.summaries import frame_from_summaries

COUNT = 100_000
PIECE = 10_000  # parsed at a time, so that the text of all need not be in memory
DATA = Path(__file__).parent.parent / "data"


def bench_summaries() -> None:
    """Make a frame of 100,000 summaries, and print the CPU time as a ratio to parsing them."""
    items, parse_s = parsed(COUNT)
    started = time.process_time()
    frame = frame_from_summaries(items, annotations=["aws:api_id"])
    frame_s = time.process_time() - started
    if len(frame) != COUNT:
        sys.exit(f"{len(frame)} of {COUNT} summaries are in the frame")
    row("100,000 summaries to a frame", frame_s, "s", peer=parse_s, peer_name="parsing their JSON")


def parsed(count: int) -> tuple[list[dict[str, Any]], float]:
    """Return summaries like that of the worked example, and the seconds that parsing took."""
    example = json.loads((DATA / "xray_worked_example.json").read_text())
    (item,) = example["summary"]["TraceSummaries"]
    items: list[dict[str, Any]] = []
    parse_s = 0.0
    for first in range(0, count, PIECE):
        ids = [f"1-6b042ac0-{number:024x}" for number in range(first, first + PIECE)]
        text = json.dumps([{**item, "Id": one} for one in ids])
        started = time.process_time()
        items += json.loads(text)
        parse_s += time.process_time() - started
    return items, parse_s
