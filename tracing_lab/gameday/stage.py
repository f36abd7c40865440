"""The shop on the day of a game: its usual work, the incident, a batch job, and customers."""

import logging
import time
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from tracing_lab import deploy, faults, traffic, xray
from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.own_functions import OwnFunctions
from tracing_lab.errors import GameDayError, NotFoundError
from tracing_lab.spans import spans_from_traces
from tracing_lab.stack import Names
from tracing_lab.stack.outputs import Outputs
from tracing_lab.traffic import Progress

from .planning import GameIncident, everyday_faults
from .vital_signs import vital_signs

_LOG = logging.getLogger(__name__)

RATE: Final = 8.0
_WARM_UP: Final = 12

_JOBS: Final = 24
"""How many invocations the batch job makes of each service that it troubles."""

_JOB: Final = b'{"job": "nightly-reindex"}'

Window = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A stack on which a game is played.

    Parameters
    ----------
    plain
        The variables of the stack.
    incident
        What happens.
    aws
        The AWS clients.
    outputs
        The stack.
    names
        The names of its resources.
    """

    plain: Config
    incident: GameIncident
    aws: Aws
    outputs: Outputs
    names: Names

    @classmethod
    def of(cls, config: Config, incident: GameIncident, aws: Aws) -> "Stage":
        """Return the stack of a config as a stage.

        Raises
        ------
        NotFoundError
            If it is not deployed.
        """
        names = OwnFunctions.of(config, aws).names
        return cls(config, incident, aws, deploy.outputs(config, aws=aws), names)

    @property
    def config(self) -> Config:
        """The variables of the stack on a usual day of the game."""
        return self.plain.replace(faults=everyday_faults(self.incident))

    def open(self) -> None:
        """Set the usual work of all services."""
        deploy.apply(self.config, aws=self.aws)

    def strike(self) -> None:
        """Inject the fault of the incident."""
        self.incident.fault.inject(self.config, aws=self.aws)

    def mend(self, services: tuple[str, ...]) -> None:
        """Restore services as they are on a usual day."""
        faults.clear(self.config, *services, aws=self.aws)

    def serve(
        self,
        *,
        orders: int,
        disturbed: bool,
        goes_on: bool = True,
        progress: Progress | None = None,
    ) -> Window:
        """Send orders, and return which they were.

        Parameters
        ----------
        orders
            How many. The first ones are the same in each window, and so is their work.
        disturbed
            Whether the batch job runs meanwhile, and what else goes on.
        goes_on
            Whether the incident goes on, where it consists of something that happens again and
            again.
        progress
            Called with the number of completed and of all orders.
        """
        self.wake()
        during = _Meanwhile(self, disturbed=disturbed, goes_on=goes_on, progress=progress)
        began = time.time()
        log = traffic.fire(
            self.outputs,
            orders=orders,
            rate=RATE,
            seed=self.incident.seed % 1_000_000,
            id_prefix=f"game-{self.incident.level}-{abs(self.incident.seed)}-",
            progress=during.progress,
        )
        trace_ids = [*log["trace_id"], *during.trace_ids]
        spans = spans_from_traces(self.fetch(trace_ids))
        return {
            "start": began,
            "end": time.time(),
            "trace_ids": trace_ids,
            "orders": _customers(log),
            "signs": vital_signs(spans).to_dict("index"),  # before functions are retried
        }

    def wake(self) -> None:
        """Send some orders that do not count, until all functions have environments."""
        log = traffic.fire(self.outputs, orders=_WARM_UP, rate=RATE, seed=0)
        self.fetch([*log["trace_id"]], quiet_s=0.5)

    def fetch(self, trace_ids: list[str], quiet_s: float | None = None) -> list[dict[str, Any]]:
        """Return traces once they have settled, without a word about retries to come."""
        with xray.retries_are_known():
            return xray.fetch_traces(self.config, trace_ids, quiet_s=quiet_s, aws=self.aws)

    def job(self, service: str) -> None:
        """Invoke a service as the batch job does, with what is not an event of the shop."""
        self.aws.lambda_.invoke_event(self.names.function(service), _JOB)

    def close(self) -> None:
        """Restore the stack as it was before the game, and make sure that it is.

        Raises
        ------
        GameDayError
            If something differs all the same.
        """
        close(self.plain, self.aws)


def close(config: Config, aws: Aws) -> None:
    """Restore a stack as its config describes it, and make sure that it is so.

    Parameters
    ----------
    config
        The variables of the stack.
    aws
        The AWS clients.

    Raises
    ------
    GameDayError
        If something differs all the same.
    """
    try:
        faults.clear(config, aws=aws)
    except NotFoundError as error:  # somebody has deleted a function; apply makes it again
        _LOG.info("faults were not cleared: %s", error)
    deploy.apply(config, aws=aws)
    left = deploy.plan(config, aws=aws)
    if left.steps:
        msg = (
            f"{len(left.steps)} resources of {config.stack_name} still differ from its settings. "
            "Run 'tracing-lab drift' to see them, and 'tracing-lab gameday abandon' again."
        )
        raise GameDayError(msg)


class _Meanwhile:
    """What happens between the orders of a window: the batch job, and what the incident does."""

    def __init__(
        self, stage: Stage, *, disturbed: bool, goes_on: bool, progress: Progress | None
    ) -> None:
        self._stage, self._progress = stage, progress
        self._noisy = stage.incident.noisy if disturbed else ()
        self._jobs = 0
        self._incident = stage.incident.fault.during(stage.config, aws=stage.aws)
        self._goes_on = disturbed and goes_on

    @property
    def trace_ids(self) -> list[str]:
        """The traces of poison messages."""
        return self._incident.trace_ids

    def progress(self, done: int, orders: int) -> None:
        """Do what is due when some orders are complete."""
        while self._jobs < _JOBS * done // orders:
            for service in self._noisy:
                self._stage.job(service)
            self._jobs += 1
        if self._goes_on:
            self._incident(done, orders)
        if self._progress is not None:
            self._progress(done, orders)


def _customers(log: pd.DataFrame) -> list[list[Any]]:
    """Return what customers saw of their orders: trace id, status and latency in seconds."""
    rows = zip(log["trace_id"], log["status"], log["latency_s"], strict=True)
    return [
        [trace_id, None if pd.isna(status) else int(status), round(float(latency_s), 4)]
        for trace_id, status, latency_s in rows
    ]
