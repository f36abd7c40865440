"""Statistics of a node or an edge of the service graph, as X-Ray writes them.

AWS X-Ray API reference, ``ServiceStatistics``, ``EdgeStatistics`` and ``HistogramEntry``; rounding
from published graphs, which have histograms and total times in whole milliseconds.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class RequestCounts(NamedTuple):
    """The number of requests by outcome; each counts once.

    Attributes
    ----------
    ok, error, throttle, fault
        Requests by status; a throttled one is not among the errors.
    """

    ok: int = 0
    error: int = 0
    throttle: int = 0
    fault: int = 0

    @property
    def total(self) -> int:
        """The number of all requests."""
        return sum(self)

    def as_statistics(self) -> dict[str, Any]:
        """Return the counts as members of ``ServiceStatistics`` or ``EdgeStatistics``.

        Examples
        --------
        >>> RequestCounts(ok=4, throttle=1).as_statistics()["ErrorStatistics"]
        {'ThrottleCount': 1, 'OtherCount': 0, 'TotalCount': 1}
        """
        return {
            "OkCount": self.ok,
            "ErrorStatistics": {
                "ThrottleCount": self.throttle,
                "OtherCount": self.error,
                "TotalCount": self.throttle + self.error,
            },
            "FaultStatistics": {"OtherCount": self.fault, "TotalCount": self.fault},
            "TotalCount": self.total,
        }

    @classmethod
    def from_statistics(cls, statistics: Mapping[str, Any]) -> "RequestCounts":
        """Return the counts in ``ServiceStatistics`` or ``EdgeStatistics``.

        Parameters
        ----------
        statistics
            The structure; what is missing counts as zero.

        Examples
        --------
        >>> RequestCounts.from_statistics({"TotalCount": 4, "FaultStatistics": {"TotalCount": 1}})
        RequestCounts(ok=3, error=0, throttle=0, fault=1)
        """
        errors = statistics.get("ErrorStatistics") or {}
        failed, throttles = int(errors.get("TotalCount", 0)), int(errors.get("ThrottleCount", 0))
        faults = int((statistics.get("FaultStatistics") or {}).get("TotalCount", 0))
        ok = int(statistics.get("TotalCount", 0)) - failed - faults
        return cls(ok, failed - throttles, throttles, faults)


def to_ms(microseconds: int) -> int:
    """Return microseconds as whole milliseconds, halves rounded up.

    Examples
    --------
    >>> to_ms(133721)
    134
    """
    return (microseconds + 500) // 1000


def histogram_from_counts(counts: Mapping[float, int]) -> list[dict[str, float]]:
    """Return the entries of a histogram, a ``HistogramEntry`` per value, ascending.

    Parameters
    ----------
    counts
        How many requests took how long, seconds in whole milliseconds.

    Examples
    --------
    >>> histogram_from_counts({0.25: 2})
    [{'Value': 0.25, 'Count': 2}]
    """
    return [{"Value": value, "Count": counts[value]} for value in sorted(counts)]


def counts_from_histogram(entries: Iterable[Mapping[str, Any]]) -> dict[float, int]:
    """Return the number of requests by duration, from the entries of one or more histograms.

    Parameters
    ----------
    entries
        Entries; those of the same value are added.

    Returns
    -------
    counts
        Requests by seconds.

    Examples
    --------
    >>> counts_from_histogram([{"Value": 0.25, "Count": 2}, {"Value": 0.25, "Count": 1}])
    {0.25: 3}
    """
    counts: dict[float, int] = {}
    for entry in entries:
        counts[entry["Value"]] = counts.get(entry["Value"], 0) + entry["Count"]
    return counts
