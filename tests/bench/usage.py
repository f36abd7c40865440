"""What the server and its function environments use: processor time and memory."""

import time
from dataclasses import dataclass
from typing import Self

import psutil

from tracing_lab.config import SERVICES

MB = 1024**2
_IDLE_WINDOW_S = 0.5
_IDLE_SHARE = 0.15  # with its timers alone, a slow processor has 0.08


@dataclass(frozen=True)
class CpuSeconds:
    """Processor time up to one moment, or between two.

    Parameters
    ----------
    server
        Of the server's own process.
    handlers
        Of all function environments, those included that have ended.
    client
        Of the process that measures, which sends the orders.
    """

    server: float
    handlers: float
    client: float

    @classmethod
    def now(cls, pid: int) -> Self:
        """Read the processor time of a server and its environments."""
        server = psutil.Process(pid)
        own = server.cpu_times()
        ended = own.children_user + own.children_system
        alive = sum(_total(child) for child in server.children(recursive=True))
        mine = psutil.Process().cpu_times()
        return cls(own.user + own.system, ended + alive, mine.user + mine.system)

    def __sub__(self, other: "CpuSeconds") -> "CpuSeconds":
        return CpuSeconds(
            self.server - other.server,
            self.handlers - other.handlers,
            self.client - other.client,
        )


def wait_until_idle(pid: int) -> None:
    """Wait until a server and what it started, compilers too, have nothing to do any more."""
    used_s = _IDLE_WINDOW_S
    while used_s > _IDLE_SHARE * _IDLE_WINDOW_S:
        before = CpuSeconds.now(pid)
        time.sleep(_IDLE_WINDOW_S)
        used = CpuSeconds.now(pid) - before
        used_s = used.server + used.handlers


def memory_mb(pid: int) -> float:
    """Return the resident memory of the server's own process."""
    return float(psutil.Process(pid).memory_info().rss / MB)


def environments(pid: int) -> list[psutil.Process]:
    """Return the processes below the server."""
    return psutil.Process(pid).children(recursive=True)


def service_of(environment: psutil.Process) -> str:
    """Return which service an environment runs, by the name that Lambda tells its function."""
    name = environment.environ().get("AWS_LAMBDA_FUNCTION_NAME", environment.name())
    return next((service for service in SERVICES if f"-{service}-" in name), name)


def _total(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # it ended just now
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
