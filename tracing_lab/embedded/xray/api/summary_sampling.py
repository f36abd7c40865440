"""``Sampling`` and ``SamplingStrategy`` of GetTraceSummaries: a sample instead of all traces.

AWS names the strategies but does not define them (API reference, ``SamplingStrategy``). Chosen
here:

- ``FixedRate`` selects each trace with the probability ``Value``, by its id: the same traces in
  every request, and those of a lower rate are a subset of those of a higher one.
- ``PartialScan`` stops early: only the newest share ``Value`` of the time range is read.
- A strategy suffices, unless ``Sampling`` is false; ``Sampling`` alone has no effect.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

from tracing_lab.embedded.xray.store.records import TraceRecord

from . import requests
from .requests import Members

_PARTIAL_SCAN, _FIXED_RATE = _STRATEGIES = ("PartialScan", "FixedRate")


class SummarySample(NamedTuple):
    """The requested sample of traces.

    Parameters
    ----------
    scanned
        Newest share of the time range to read.
    rate
        Share of the traces in it.
    """

    scanned: float = 1.0
    rate: float = 1.0

    def narrowed(self, start_s: float, end_s: float) -> tuple[float, float]:
        """Return the part of a time range to read, epoch seconds.

        Examples
        --------
        >>> SummarySample(scanned=0.25).narrowed(100.0, 140.0)
        (130.0, 140.0)
        """
        return start_s + (end_s - start_s) * (1 - self.scanned), end_s

    def wanted(self) -> Callable[[TraceRecord], bool] | None:
        """Return the condition of traces in the sample; None if all are."""
        if self.rate >= 1:
            return None
        return lambda record: zlib.crc32(record.trace_id.encode()) / 2**32 < self.rate


def read_sample(members: Members) -> SummarySample:
    """Return the sample that a request defines.

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
        requests.reject("SamplingStrategy.Value", "a number from 0 to 1")
    if members.get("Sampling") is False:
        return SummarySample()
    return SummarySample(rate=value) if name == _FIXED_RATE else SummarySample(scanned=value)
