"""``Sampling`` and ``SamplingStrategy`` of GetTraceSummaries: a part of the traces instead of all.

AWS names the strategies and says no more (API reference, ``SamplingStrategy``). Decided here:

- ``FixedRate`` takes each trace with the probability ``Value``, by its id: the same traces in every
  request, and those of a lower rate are among those of a higher one.
- ``PartialScan`` stops early: of the time range, only the newest share ``Value`` is looked at.
- A strategy is enough, unless ``Sampling`` is false; ``Sampling`` alone leaves nothing out.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

from tracing_lab.embedded.xray.store.traces import TraceRecord

from . import requests
from .requests import Members

_PARTIAL_SCAN, _FIXED_RATE = _STRATEGIES = ("PartialScan", "FixedRate")


class SummarySample(NamedTuple):
    """Which part of the traces is wanted.

    Parameters
    ----------
    scanned
        Share of the time range to look at, the newest.
    rate
        Share of the traces in it.
    """

    scanned: float = 1.0
    rate: float = 1.0

    def narrowed(self, start_s: float, end_s: float) -> tuple[float, float]:
        """Give the part of a time range that is looked at, epoch seconds.

        Examples
        --------
        >>> SummarySample(scanned=0.25).narrowed(100.0, 140.0)
        (130.0, 140.0)
        """
        return start_s + (end_s - start_s) * (1 - self.scanned), end_s

    def wanted(self) -> Callable[[TraceRecord], bool] | None:
        """Give what tells whether a trace is in the sample; None when every trace is."""
        if self.rate >= 1:
            return None
        return lambda record: zlib.crc32(record.trace_id.encode()) / 2**32 < self.rate


def read_sample(members: Members) -> SummarySample:
    """Read what part of the traces a request wants.

    Raises
    ------
    InvalidRequest
        If a member is wrong.

    Examples
    --------
    >>> read_sample({"SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}})
    SummarySample(scanned=1.0, rate=0.5)
    """
    requests.boolean(members, "Sampling")
    strategy = requests.structure(members, "SamplingStrategy")
    if strategy is None:
        return SummarySample()
    name = requests.choice(strategy, "Name", _STRATEGIES)
    value = strategy.get("Value", 1.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        requests.refuse("SamplingStrategy.Value", "a number from 0 to 1")
    if members.get("Sampling") is False:
        return SummarySample()
    return SummarySample(rate=value) if name == _FIXED_RATE else SummarySample(scanned=value)
