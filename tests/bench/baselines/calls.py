"""What the baselines look at: who called whom in each trace, how long it took, and if it failed."""

import numpy as np
import pandas as pd

from tracing_lab.graph.requests import requests_from_spans
from tracing_lab.spans.tree import NO_ROW, families
from tracing_lab.stats.comparison import own_times
from tracing_lab.xray_model.outcomes import FAILURES


def calls(spans: pd.DataFrame) -> pd.DataFrame:
    """Return one row per request: services, times and outcome.

    Returns
    -------
    calls
        ``trace_id``, ``source`` (the calling service, the service itself at an entry), ``target``,
        ``duration_s``, ``self_s`` (without requests that it made), ``failed``.
    """
    served, _ = requests_from_spans(spans)
    rows = served.index.to_numpy()
    parents, owners = families(spans)
    services = spans["service"].astype(str).to_numpy()
    above = np.where(parents[rows] == NO_ROW, rows, owners[parents[rows]])
    return pd.DataFrame(
        {
            "trace_id": spans.index.get_level_values("trace_id")[rows].astype(str),
            "source": services[above],
            "target": services[rows],
            "duration_s": spans["duration_s"].to_numpy()[rows],
            "self_s": own_times(spans).to_numpy()[rows],
            "failed": spans["status"].isin(FAILURES).to_numpy()[rows],
        }
    )
