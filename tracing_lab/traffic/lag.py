"""Whether the sender of a load kept up with its schedule."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from tracing_lab.errors import TrafficError

LIMIT_S: Final = 0.01
"""Send lag from which on a load measures its sender, too."""


@dataclass(frozen=True)
class SendLag:
    """How late the orders of a load were sent.

    Parameters
    ----------
    p50_s, p99_s, max_s
        Median, 99th percentile and maximum, in seconds.
    limit_s
        The 99th percentile that is still fine.
    """

    p50_s: float
    p99_s: float
    max_s: float
    limit_s: float = LIMIT_S

    @property
    def is_bottleneck(self) -> bool:
        """Whether the sender was so late that latencies cannot be trusted."""
        return self.p99_s > self.limit_s

    def __str__(self) -> str:
        lag = f"send lag p99 {self.p99_s * 1000:,.1f} ms, at most {self.max_s * 1000:,.1f} ms"
        limit = f"{self.limit_s * 1000:g} ms"
        if not self.is_bottleneck:
            return f"The generator kept up: {lag} (limit of p99: {limit})"
        return (
            f"The generator was the bottleneck: {lag} (limit of p99: {limit}). Latencies contain "
            "the lag. Lower the rate, or end what else keeps the CPU busy."
        )


def send_lag(log: pd.DataFrame, *, limit_s: float = LIMIT_S) -> SendLag:
    """Return how late the orders of a load were sent, with a verdict.

    In a closed loop orders have no schedule, so that the lag says nothing there.

    Parameters
    ----------
    log
        A request log, as `fire` returns it.
    limit_s
        The 99th percentile from which on the generator counts as the bottleneck.

    Raises
    ------
    TrafficError
        If the log has no orders or no column ``send_lag_s``, or the limit is not a number above 0.

    Examples
    --------
    >>> print(send_lag(pd.DataFrame({"send_lag_s": [0.001, 0.001, 0.002]})))
    The generator kept up: send lag p99 2.0 ms, at most 2.0 ms (limit of p99: 10 ms)
    """
    if not _is_positive(limit_s):
        msg = f"limit_s={limit_s!r} must be a number of seconds above 0."
        raise TrafficError(msg)
    if "send_lag_s" not in log.columns:
        msg = "The log has no column 'send_lag_s'. Pass what traffic.fire returned."
        raise TrafficError(msg)
    lags = log["send_lag_s"].dropna()
    if lags.empty:
        msg = "The log has no orders, so there is no send lag. Fire some first."
        raise TrafficError(msg)
    p50_s, p99_s = (float(lags.quantile(q)) for q in (0.5, 0.99))
    return SendLag(p50_s, p99_s, float(lags.max()), limit_s)


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
