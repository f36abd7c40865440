"""Summary frames for figures."""

from typing import Any

import pandas as pd

from tracing_lab.summaries import frame_from_summaries


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
