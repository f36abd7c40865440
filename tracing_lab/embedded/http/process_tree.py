"""Lists the descendants of a process, on any system."""

import os
from collections.abc import Iterator

import psutil


def descendants(pid: int) -> list[int]:
    """Return the ids of a process's children, their children and so on, nearest first.

    Parameters
    ----------
    pid
        A process. One that has ended has no descendants.
    """
    if os.access(f"/proc/{pid}/task/{pid}/children", os.R_OK):  # Linux, as usually configured
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
    """Yield the children of a process, of all its threads. Linux, as usually configured."""
    for thread in _threads(pid):
        try:
            yield from map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
        except OSError:  # the thread or its process has ended
            continue


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - called for each connection
        return file.read()


def _threads(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - called for each connection
    except OSError:  # the process has ended
        return []
