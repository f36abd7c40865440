"""Cold starts of Lambda functions."""

import pandas as pd

from tracing_lab.spans.schema import INIT_NAMES, LAMBDA_FUNCTION, SEGMENT, SUBSEGMENT


def cold_starts(spans: pd.DataFrame) -> pd.DataFrame:
    """Return how often Lambda functions started cold, and what it cost.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    summary
        One row per function: ``invocations``, ``cold``, ``cold_rate``, ``init_p50_s`` and
        ``init_max_s`` (initialization alone), ``cold_p50_s`` and ``warm_p50_s`` (the function's
        own run, initialization left out, as on AWS).
    """
    runs = spans[(spans["origin"] == LAMBDA_FUNCTION) & (spans["kind"] == SEGMENT)]
    is_init = (spans["kind"] == SUBSEGMENT) & spans["name"].isin(INIT_NAMES)
    inits = spans.loc[is_init].groupby("service")["duration_s"]
    groups = runs.groupby("service", sort=False)
    summary = pd.DataFrame({"invocations": groups.size(), "cold": groups["cold_start"].sum()})
    summary["cold_rate"] = summary["cold"] / summary["invocations"]
    summary["init_p50_s"] = inits.median()
    summary["init_max_s"] = inits.max()
    for name, rows in (("cold", runs["cold_start"]), ("warm", ~runs["cold_start"])):
        summary[f"{name}_p50_s"] = runs[rows].groupby("service")["duration_s"].median()
    return summary
