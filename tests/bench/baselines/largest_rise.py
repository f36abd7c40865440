"""The plain rule, as a baseline: the service whose median self time rose most is the cause."""

import pandas as pd

from .calls import calls


def largest_rise(good: pd.DataFrame, bad: pd.DataFrame) -> dict[str, float]:
    """Return services by how much their median self time rose in seconds, the largest first."""
    before, after = (calls(spans).groupby("target")["self_s"].median() for spans in (good, bad))
    rises = (after - before).dropna().sort_values(ascending=False)
    return {str(name): float(rise) for name, rise in rises.items() if rise > 0}
