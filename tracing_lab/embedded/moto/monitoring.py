"""Records metrics and evaluates alarms in moto's state of CloudWatch."""

from collections.abc import Callable, Iterable
from typing import Any

from tracing_lab.embedded.queues.metrics import NAMESPACE as QUEUE_NAMESPACE, gauges

from .adapter import backend
from .alarms.actions import Transition
from .alarms.states import evaluate_alarms
from .logs.metric_filters import filtered_metrics
from .metrics.statistics import statistic_of, store_of


class Monitoring:
    """Metrics and alarms of all regions. Callers hold the control plane's lock."""

    def __init__(self, run_actions: Callable[[Transition], None]) -> None:
        self._run_actions = run_actions

    def add(self, region: str, namespace: str, data: list[dict[str, Any]]) -> None:
        """Record statistic sets; those of the same metric and minute become one."""
        store_of(backend("cloudwatch", region)).add(namespace, data)

    def count_lines(self, region: str, group: str, events: Iterable[tuple[int, str]]) -> None:
        """Record the metrics that metric filters extract from log events."""
        for namespace, member in filtered_metrics(region, group, events):
            self.add(region, namespace, [statistic_of(member)])

    def evaluate_alarms(self, region: str, *, now_s: float) -> None:
        """Set the state of a region's alarms by its metrics.

        The metrics of its queues are updated before.
        """
        cloudwatch = backend("cloudwatch", region)
        store = store_of(cloudwatch)
        for queue in backend("sqs", region).queues.values():
            for member in gauges(queue, now_s=now_s):
                store.put(QUEUE_NAMESPACE, member)
        for found in evaluate_alarms(
            cloudwatch.alarms.values(), cloudwatch.metric_data, now_s=now_s
        ):
            self._run_actions(found)
