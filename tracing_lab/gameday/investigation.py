"""What a learner looks at: orders, traces, logs and metrics, each look counted."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from tracing_lab import logs as service_logs
from tracing_lab.config import Config
from tracing_lab.config.fault_limits import unknown
from tracing_lab.errors import GameDayError
from tracing_lab.spans import spans_from_traces
from tracing_lab.traffic import Progress

from .levels import level_of
from .looking import metrics
from .stage import Stage
from .state import GameState, StateFile

HEALTHY, INCIDENT = "healthy", "incident"


class Investigation:
    """The part of a game that only looks, and counts how often.

    Parameters
    ----------
    stage
        The shop.
    state
        What is known of the game.
    file
        Where that is kept.
    clock
        Returns seconds since 1970; for tests.
    """

    def __init__(
        self,
        stage: Stage,
        state: GameState,
        file: StateFile,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stage, self._state, self._file, self._clock = stage, state, file, clock

    @property
    def config(self) -> Config:
        """The variables of the stack while the game goes on."""
        return self._stage.config

    @property
    def seed(self) -> int:
        """The seed of the game."""
        return self._state.seed

    @property
    def level(self) -> int:
        """The level of the game."""
        return self._state.level

    @property
    def windows(self) -> tuple[str, ...]:
        """The names of the windows: orders that were sent one after the other."""
        return tuple(self._state.windows)

    @property
    def queries(self) -> int:
        """How often something was looked at."""
        return len(self._state.queries)

    def orders(self, window: str = INCIDENT) -> pd.DataFrame:
        """Return what customers saw of the orders of a window; this is no query.

        Parameters
        ----------
        window
            One of `windows`.

        Returns
        -------
        pandas.DataFrame
            A row per order: ``trace_id``, ``status`` (missing without a response), ``latency_s``.

        Raises
        ------
        GameDayError
            If there is no such window, or the game is over.
        """
        columns = ["trace_id", "status", "latency_s"]
        rows = pd.DataFrame(self._window(window)["orders"], columns=columns)
        return rows.astype({"status": "Int64"})

    def traces(self, window: str = INCIDENT) -> list[dict[str, Any]]:
        """Return the traces of a window as X-Ray returns them; a query.

        Parameters
        ----------
        window
            One of `windows`.

        Raises
        ------
        GameDayError
            If there is no such window, or the game is over.
        """
        found = self._stage.fetch(self._window(window)["trace_ids"])
        self._count(f"traces of {window}")
        return found

    def spans(self, window: str = INCIDENT) -> pd.DataFrame:
        """Return the span frame of a window; a query.

        Parameters
        ----------
        window
            One of `windows`.

        Raises
        ------
        GameDayError
            If there is no such window, or the game is over.
        """
        return spans_from_traces(self.traces(window))

    def logs(
        self, window: str = INCIDENT, *, pattern: str = "", services: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return log lines from the time of a window; a query.

        Parameters
        ----------
        window
            One of `windows`.
        pattern, services
            See `tracing_lab.logs.fetch`.

        Raises
        ------
        GameDayError
            If there is no such window, or the game is over.
        """
        start, end = self._times(window)
        lines = service_logs.fetch(
            self.config,
            start=start,
            end=end,
            pattern=pattern,
            services=services,
            aws=self._stage.aws,
        )
        self._count(f"logs of {window}{f' with {pattern}' if pattern else ''}")
        return lines

    def metrics(self) -> pd.DataFrame:
        """Return CloudWatch's metrics of the API and the functions per minute; a query.

        They count everything in that time, also what is no order.

        Returns
        -------
        pandas.DataFrame
            Index ``minute`` and ``service``; sums, and averages in milliseconds.

        Raises
        ------
        GameDayError
            If the game is over.
        """
        start = float(self._window(HEALTHY)["start"])
        table = metrics(self._stage, start, self._clock())
        self._count("metrics")
        return table

    def send(self, orders: int | None = None, *, progress: Progress | None = None) -> str:
        """Send more orders while the incident goes on; a query.

        Parameters
        ----------
        orders
            How many; by default as many as the other windows have.
        progress
            Called with the number of completed and of all orders.

        Returns
        -------
        str
            The name of the new window.

        Raises
        ------
        GameDayError
            If the game is over.
        TrafficError
            If it is no number of orders.
        """
        self._check_running()
        name = f"more {sum(window.startswith('more') for window in self.windows) + 1}"
        orders = level_of(self.level).orders if orders is None else orders
        self._serve(name, orders=orders, progress=progress)
        self._count(f"{orders} more orders")
        return name

    def _serve(self, name: str, *, orders: int, progress: Progress | None) -> None:
        changed = {service for change in self._state.changes for service in change["services"]}
        goes_on = self._stage.incident.cause not in changed
        window = self._stage.serve(
            orders=orders, disturbed=True, goes_on=goes_on, progress=progress
        )
        self._state.windows[name] = window
        self._file.write(self._state)

    def _signs(self, window: str) -> pd.DataFrame:
        return pd.DataFrame.from_dict(self._state.windows[window]["signs"], orient="index")

    def _window(self, name: str) -> dict[str, Any]:
        self._check_running()
        if name not in self._state.windows:
            msg = f"{unknown(name, self.windows, what='window')}."
            raise GameDayError(msg)
        return self._state.windows[name]

    def _times(self, name: str) -> tuple[datetime, datetime]:
        window = self._window(name)
        start, end = (datetime.fromtimestamp(window[at], UTC) for at in ("start", "end"))
        return start, end

    def _count(self, what: str) -> None:
        self._state.queries.append((self._elapsed_s(), what))
        self._file.write(self._state)

    def _elapsed_s(self) -> float:
        return round(self._clock() - self._state.began, 1)

    def _check_running(self) -> None:
        if not self._file.path.exists():
            msg = "This game is over. Begin another one with tl.gameday.begin."
            raise GameDayError(msg)
