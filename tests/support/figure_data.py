"""Frames for figures."""

import random
from collections.abc import Callable
from typing import Any

import pandas as pd

from tracing_lab.spans import spans_from_traces
from tracing_lab.summaries import frame_from_summaries

Trace = dict[str, Any]


def summaries(count: int, *, seconds: float = 60.0, tier: bool = False) -> pd.DataFrame:
    """Return traces of 20 to 119 ms over a time; of every five, one may have failed."""
    outcomes: list[dict[str, Any]] = [
        {},
        {"HasError": True, "HasThrottle": True},
        {"HasError": True},
        {"HasFault": True},
    ]
    values = [{"AnnotationValue": {"StringValue": "gold"}}]
    return frame_from_summaries(
        (
            {
                "Id": f"1-6b042ac0-{n:024x}",
                "StartTime": 1795435200.0 + seconds * n / count,
                "ResponseTime": (20 + n * 37 % 100) / 1000,
                "EntryPoint": {"Name": "api/prod"},
                "Annotations": {"tier": values} if tier and n % 2 else {},
                **outcomes[n // 5 % 4 if n % 5 == 0 else 0],
            }
            for n in range(count)
        ),
        annotations=["tier"],
    )


def extreme_spans(make_trace: Callable[..., Trace]) -> dict[str, pd.DataFrame]:
    """Return spans that are few, short or unfinished, or many with long names.

    Parameters
    ----------
    make_trace
        The fixture of that name.
    """
    traces = {
        "one span": [make_trace(("a", None, 0, 1))],
        "a microsecond": [make_trace(("a", None, 0, 1e-6))],
        "nothing ended": [make_trace(("a", None, 0, None), ("b", "a", 1, None))],
        "forty services": [
            make_trace(*_forty(seed), trace_id=f"1-{seed:08x}-1") for seed in range(30)
        ],
    }
    return {case: spans_from_traces(some) for case, some in traces.items()}


def _forty(seed: int) -> list[tuple[Any, ...]]:
    """Return a root and forty services below it in chains of five, a few of which failed."""
    rng = random.Random(seed)
    names = [
        f"a-<b>service</b>-with-a-$name$-of-{n:02}-characters-or-sixty-abcdefg" for n in range(40)
    ]
    rows: list[tuple[Any, ...]] = [("root", None, 0, 1 + seed / 30)]
    for number, name in enumerate(names):
        above = names[number - 8] if number >= 8 else "root"
        start, end = sorted(rng.random() for _ in range(2))
        outcome = {0: {"fault": True}, 1: {"error": True}}.get((number + seed) % 15, {})
        rows.append((name, above, start, end, outcome))
    return rows
