"""What an environment uses of its memory, and whether it uses too much.

Read from Linux's ``/proc``; elsewhere nothing is known, and the limit does not hold. Lambda's limit
is one of the kernel's control groups, which gives file pages back before it kills: so programs and
libraries that are mapped from files do not count against the limit here either.
"""

import os
from typing import NamedTuple

MB = 1024**2

_LONG_RUN_NS = 50_000_000
"""Filling memory takes time, about 1 ms per MB: what ends sooner is not worth a look."""
_LOOK_AT_LEAST_EVERY_NS = 500_000_000


class Usage(NamedTuple):
    """Memory of one process, in bytes.

    Parameters
    ----------
    peak
        The most that was resident at a time.
    peak_own
        The same without file pages.
    """

    peak: int
    peak_own: int


def usage_of(pid: int) -> Usage | None:
    """Give the memory of a process; None when it has ended or there is no ``/proc``."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:  # noqa: PTH123 - pathlib is slower
            content = file.read()
        peak, files = _field(content, b"VmHWM"), _field(content, b"RssFile")
    except (OSError, ValueError):
        return None
    return Usage(peak, max(0, peak - files))


def share_of(pid: int) -> int:
    """Give a process's part, in bytes, of memory without file pages that it may share.

    What several processes share, as after a fork, counts once over all of them. 0 when it is not
    known.
    """
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:  # noqa: PTH123 - pathlib is slower
            content = file.read()
        return _field(content, b"Pss_Anon") + _field(content, b"Pss_Shmem")
    except (OSError, ValueError):
        return 0


def _field(content: bytes, name: bytes) -> int:
    r"""Read one amount of a ``status`` file.

    Examples
    --------
    >>> _field(b"VmHWM:\t      12 kB\nVmRSS:\t       8 kB\n", b"VmRSS")
    8192
    """
    start = content.index(name + b":") + len(name) + 1
    return int(content[start : content.index(b"kB", start)]) * 1024


def family_of(pid: int) -> list[int]:
    """Give a process and all that it started and that still run."""
    found = [pid]
    for one in found:
        found += _children_of(one)  # the list grows while it is gone through
    return found


def _children_of(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - pathlib is slower
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123 - pathlib is slower
                children += map(int, file.read().split())
    except OSError:  # the process or thread has ended
        pass
    return children


class MemoryGauge:
    """Watches one environment's memory.

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
        """The most that was seen in use, as REPORT lines have it; None where it is not known."""
        if self.exceeded:
            return self._limit // MB
        return min(self._peak, self._limit) // MB if self._peak else None

    def after_run(self, pid: int | None, *, duration_ns: int, now_ns: int) -> bool:
        """Look at a process that has just ended a run; tells whether it had too much.

        Parameters
        ----------
        pid
            The process.
        duration_ns
            How long the run took: the peak of a short one is looked at now and then only.
        now_ns
            Of a clock that only goes forward.
        """
        if duration_ns < _LONG_RUN_NS and now_ns < self._due_ns:
            return False
        self._due_ns = now_ns + _LOOK_AT_LEAST_EVERY_NS
        usage = None if pid is None else usage_of(pid)
        return usage is not None and self._note(usage.peak, usage.peak_own)

    def during_run(self, pid: int | None) -> bool:
        """Look at a process and its children in the middle; tells whether they have too much."""
        usage = None if pid is None else usage_of(pid)
        if pid is None or usage is None:
            return False
        family = family_of(pid)
        together = sum(map(share_of, family)) if len(family) > 1 else 0
        return self._note(max(usage.peak, together), max(usage.peak_own, together))

    def _note(self, used: int, own: int) -> bool:
        self._peak = max(self._peak, used)
        self.exceeded = self.exceeded or own > self._limit
        return self.exceeded
