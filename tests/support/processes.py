"""Looking at processes that may end at any moment, as a file of ``/proc`` cannot be."""

import psutil


def is_alive(pid: int) -> bool:
    """Return whether a process runs; a zombie that was not waited for yet does not."""
    try:
        return psutil.Process(pid).status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def children_with(word: str, parent: int) -> list[int]:
    """Return a process's children that have a word in their commands."""
    found = psutil.Process(parent).children()
    return [child.pid for child in found if word in command_of(child)]


def command_of(process: psutil.Process) -> str:
    """Return a process's command; nothing if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
