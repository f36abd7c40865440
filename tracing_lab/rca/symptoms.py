"""What clients and whole traces show of a fault."""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from tracing_lab.stats import end_to_end
from tracing_lab.stats.quantiles import known, quantile
from tracing_lab.stats.significance import adjusted, rank_test, share_test
from tracing_lab.xray_model.outcomes import FAILURES

REQUESTS: Final = "requests per trace"

_SIGNIFICANT: Final = 0.05
_P50, _P95 = 0.5, 0.95


def symptoms(good: pd.DataFrame, bad: pd.DataFrame) -> pd.DataFrame:
    """Return how whole traces differ between two windows.

    Parameters
    ----------
    good, bad
        Span frames.

    Returns
    -------
    symptoms
        Indexed by ``symptom``: ``good``, ``bad``, ``change`` (times in seconds, others as shares of
        traces), ``q`` (p-value, corrected for the number of rows) and ``significant``. Response
        time is what the client waited for, trace time lasts until everything has ended, and
        `REQUESTS` are means.
    """
    before, after = _traces(good), _traces(bad)
    table = pd.DataFrame(
        [*_times(before, after), *_shares(before, after)],
        columns=["symptom", "good", "bad", "p"],
    ).set_index("symptom")
    q = adjusted(table.pop("p").to_numpy(dtype=float))
    return table.assign(change=table["bad"] - table["good"], q=q, significant=q <= _SIGNIFICANT)


def _traces(spans: pd.DataFrame) -> pd.DataFrame:
    table = end_to_end(spans)
    ids = spans.index.get_level_values("trace_id")
    table["cold"] = spans["cold_start"].groupby(ids).any()
    table["answered_badly"] = table["status"].isin(FAILURES)
    table["requests"] = table["segments"] + table["inferred"]
    return table


def _times(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[str, float, float, float]]:
    for name, column in (("response time", "response_s"), ("trace time", "duration_s")):
        samples = [known(table[column].to_numpy()) for table in (before, after)]
        _, p = rank_test(*samples)
        for label, q in (("p50", _P50), ("p95", _P95)):
            yield f"{name} {label}", quantile(samples[0], q), quantile(samples[1], q), p
    counts = [table["requests"].to_numpy(dtype=float) for table in (before, after)]
    yield REQUESTS, float(counts[0].mean()), float(counts[1].mean()), rank_test(*counts)[1]


def _shares(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[str, float, float, float]]:
    for name, column in (
        ("failed responses", "answered_badly"),
        ("traces with a failure", "failed"),
        ("traces with a cold start", "cold"),
    ):
        hits, more = int(before[column].sum()), int(after[column].sum())
        p = share_test(hits, len(before), more, len(after))
        yield name, hits / len(before), more / len(after), p
