"""Self time by group: where time was spent."""

import pandas as pd

from .span_groups import Grouping, group_keys, with_node_origin


def self_time_summary(spans: pd.DataFrame, *, by: Grouping = "operation") -> pd.DataFrame:
    """Return where time was spent, without waiting for children.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``; subsegments count for the segment they belong to.

    Returns
    -------
    summary
        One row per group, the largest total first: ``count``, ``self_s`` (total), ``share`` (of
        the total over all groups), ``mean_self_s``.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    groups = with_node_origin(spans).groupby(group_keys(by), sort=False)["self_s"]
    summary = pd.DataFrame({"count": groups.size(), "self_s": groups.sum()})
    summary["share"] = summary["self_s"] / summary["self_s"].sum()
    summary["mean_self_s"] = groups.mean()
    return summary.sort_values("self_s", ascending=False, kind="stable")
