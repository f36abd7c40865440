"""Which processes descend from a process, on any system."""

from collections.abc import Iterator
from pathlib import Path

import psutil


def descendants(pid: int) -> list[int]:
    """Return the ids of a process's children, their children and so on, nearest first.

    Parameters
    ----------
    pid
        A process. One that has ended has no descendants.
    """
    if Path(f"/proc/{pid}/task/{pid}/children").exists():  # Linux, as usually configured
        return list(_walk(pid))
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _walk(pid: int) -> Iterator[int]:
    level = [pid]
    while level:
        level = [child for parent in level for child in children(parent)]
        yield from level


def children(pid: int) -> Iterator[int]:
    """Yield the children of a process, of all its threads. Linux, as usually configured.

    Parameters
    ----------
    pid
        A process.
    """
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            yield from map(int, listing.read_bytes().split())
        except OSError:  # the thread or its process has ended
            continue
