"""Measures how much memory an environment uses, and whether that is more than it may.

Read from Linux's ``/proc``; elsewhere nothing is known, and the limit does not hold. Lambda's limit
is one of the kernel's control groups, which gives file pages back before it kills: so programs and
libraries that are mapped from files do not count against the limit here either.
"""

from typing import NamedTuple

from tracing_lab.embedded.http.process_tree import descendants

MB = 1024**2

_LONG_RUN_NS = 50_000_000
"""Filling memory takes time, about 1 ms per MB: shorter runs are not checked each time."""
_LONGEST_INTERVAL_NS = 500_000_000


class MemoryUse(NamedTuple):
    """Memory of one process, in bytes.

    Parameters
    ----------
    peak
        The most that was resident at the same time.
    peak_own
        The same without file pages.
    """

    peak: int
    peak_own: int


def usage_of(pid: int) -> MemoryUse | None:
    """Return the memory of a process; None if it has ended or there is no ``/proc``."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123 - pathlib is slower
            content = file.read()
        peak, files = _field(content, b"VmHWM"), _field(content, b"RssFile")
    except (OSError, ValueError):
        return None
    return MemoryUse(peak, max(0, peak - files))


def share_of(pid: int) -> int:
    """Return a process's share, in bytes, of memory without file pages; 0 if it is not known.

    What several processes share, as after a fork, counts once over all of them.
    """
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:  # noqa: PTH123 - pathlib is slower
            content = file.read()
        return _field(content, b"Pss_Anon") + _field(content, b"Pss_Shmem")
    except (OSError, ValueError):
        return 0


def _field(content: bytes, name: bytes) -> int:
    r"""Return an amount in a ``status`` file, in bytes.

    Examples
    --------
    >>> _field(b"VmHWM:\t      12 kB\nVmRSS:\t       8 kB\n", b"VmRSS")
    8192
    """
    start = content.index(name + b":") + len(name) + 1
    return int(content[start : content.index(b"kB", start)]) * 1024


class MemoryGauge:
    """Measures the memory of an environment.

    Parameters
    ----------
    limit_mb
        What its function may use.
    """

    def __init__(self, limit_mb: int) -> None:
        self._limit = limit_mb * MB
        self._peak = 0
        self._due_ns = 0
        self.exceeded = False

    @property
    def used_mb(self) -> int | None:
        """The most memory measured so far, as REPORT lines have it; None where it is not known."""
        if self.exceeded:
            return self._limit // MB
        return min(self._peak, self._limit) // MB if self._peak else None

    def after_run(self, pid: int | None, *, duration_ns: int, now_ns: int) -> bool:
        """Measure a process that has just ended a run; return whether it used too much.

        Parameters
        ----------
        pid
            The process.
        duration_ns
            How long the run took: after short runs memory is only measured at intervals.
        now_ns
            The time of a monotonic clock.
        """
        if duration_ns < _LONG_RUN_NS and now_ns < self._due_ns:
            return False
        self._due_ns = now_ns + _LONGEST_INTERVAL_NS
        usage = None if pid is None else usage_of(pid)
        return usage is not None and self._note(usage.peak, usage.peak_own)

    def during_run(self, pid: int | None) -> bool:
        """Measure a process with its descendants during a run; return whether they use too much."""
        usage = None if pid is None else usage_of(pid)
        if pid is None or usage is None:
            return False
        family = [pid, *descendants(pid)]
        together = sum(map(share_of, family)) if len(family) > 1 else 0
        return self._note(max(usage.peak, together), max(usage.peak_own, together))

    def _note(self, used: int, own: int) -> bool:
        self._peak = max(self._peak, used)
        self.exceeded = self.exceeded or own > self._limit
        return self.exceeded
