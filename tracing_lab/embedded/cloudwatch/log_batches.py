"""CloudWatch Logs data plane: buffers log events and writes them in batches."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from .embedded_metrics import MetricDatum, metrics_from_emf

LOGGER = logging.getLogger(__name__)

LogEvents = list[tuple[int, str]]
PutLogEvents = Callable[[str, str, LogEvents], None]
PutMetrics = Callable[[str, list[dict[str, Any]]], None]
_Batch = dict[tuple[str, str], LogEvents]


class LogSink:
    """Buffers log events and writes them from a thread of its own.

    `write` never waits for the control plane, so that data planes can call it from an event loop.
    Events of one stream arrive in the order they were written. Lines in the embedded metric format
    also become metrics.

    Parameters
    ----------
    put
        Appends events, ``(epoch milliseconds, message)``, to a log group and stream.
    put_metrics
        Records ``MetricData`` members of PutMetricData under a namespace; without it metrics in
        log lines are ignored.
    batch_s
        Longest time that an event waits for its batch.
    """

    def __init__(
        self, put: PutLogEvents, put_metrics: PutMetrics | None = None, *, batch_s: float = 0.05
    ) -> None:
        self._put = put
        self._put_metrics = put_metrics
        self._batch_s = batch_s
        self._changed = threading.Condition()
        self._pending: _Batch = defaultdict(list)
        self._written = 0  # calls of write
        self._delivered = 0  # how many of them reached the control plane
        self._flush_requested = False  # flush or close waits
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="embedded-logs", daemon=True)
        self._thread.start()

    def write(self, group: str, stream: str, events: LogEvents) -> None:
        """Buffer events of a log stream; return at once.

        Raises
        ------
        RuntimeError
            The sink is closed.
        """
        if not events:
            return
        with self._changed:
            if self._closed:
                msg = (
                    f"Log events for {group} came after the log sink was closed; start another one."
                )
                raise RuntimeError(msg)
            self._pending[group, stream].extend(events)
            self._written += 1
            if self._written == self._delivered + 1:  # the thread may be waiting
                self._changed.notify_all()

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything written so far has reached the control plane.

        Returns
        -------
        False if that took longer than `timeout_s`.
        """
        with self._changed:
            target = self._written
            self._flush_requested = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._delivered >= target, timeout_s)

    def close(self, timeout_s: float = 10.0) -> None:
        """Write what is left and end the thread; idempotent."""
        with self._changed:
            self._closed = True
            self._flush_requested = True
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            LOGGER.error("The log sink did not finish in %s s; log events may be lost.", timeout_s)

    def _run(self) -> None:
        while True:
            batch, written, closed = self._next_batch()
            for (group, stream), events in batch.items():
                self._deliver(group, stream, events)
            with self._changed:
                self._delivered = written
                self._changed.notify_all()
                if closed:  # no writes come after that
                    return

    def _next_batch(self) -> tuple[_Batch, int, bool]:
        """Wait for events, then a moment for more, and return all of them."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._flush_requested)
            self._changed.wait_for(lambda: self._flush_requested, self._batch_s)
            batch, self._pending = self._pending, defaultdict(list)
            self._flush_requested = False
            return batch, self._written, self._closed

    def _deliver(self, group: str, stream: str, events: LogEvents) -> None:
        try:
            self._put(group, stream, events)
        except Exception:
            # one stream's failure must not stop the others; the log has the number of lost events
            LOGGER.exception("%d log events for %s %s were lost", len(events), group, stream)
        if self._put_metrics is not None:
            self._deliver_metrics(self._put_metrics, events)

    def _deliver_metrics(self, put_metrics: PutMetrics, events: LogEvents) -> None:
        data = [datum for _time_ms, message in events for datum in metrics_from_emf(message)]
        for namespace, members in _by_namespace(data).items():
            try:
                put_metrics(namespace, members)
            except Exception:
                LOGGER.exception("%d metrics of %s were lost", len(members), namespace)


def _by_namespace(data: Iterable[MetricDatum]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for datum in data:
        grouped[datum.namespace].append(datum.as_put_metric_data())
    return grouped
