"""Business metrics as log lines in CloudWatch's embedded metric format.

CloudWatch turns such a line into metrics while it ingests the log; no call is made
(docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from logs import WriteLine, json_line, write_stdout

DEFAULT_NAMESPACE = "TracingLab"
"""The CloudWatch namespace of all business metrics, unless the stack has one of its own."""

NAMESPACE_VARIABLE = "METRICS_NAMESPACE"
"""The environment variable that names the stack's own."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One measured value.

    Parameters
    ----------
    name
        The metric's name.
    value
        What was measured.
    unit
        A CloudWatch unit; ``None`` (the word) for money, which has no unit there.
    """

    name: str
    value: float
    unit: str = "Count"


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Writes the metrics of one service; its name is their only dimension.

    Parameters
    ----------
    service
        The service's name.
    namespace
        The CloudWatch namespace.
    write
        Where lines go.
    now_s
        The clock, in seconds since 1970.
    """

    service: str
    namespace: str = DEFAULT_NAMESPACE
    write: WriteLine = write_stdout
    now_s: Callable[[], float] = time.time

    def emit(self, *metrics: Metric, **properties: Any) -> None:
        """Write metrics as one line.

        Parameters
        ----------
        metrics
            What was measured.
        properties
            Values that the line carries but that are no dimensions, such as the trace id.
        """
        timestamp_ms = int(self.now_s() * 1000)
        line = emf_document(
            metrics,
            timestamp_ms=timestamp_ms,
            service=self.service,
            namespace=self.namespace,
            properties=properties,
        )
        self.write(json_line(line))


def emf_document(
    metrics: tuple[Metric, ...],
    *,
    timestamp_ms: int,
    service: str,
    properties: Mapping[str, Any],
    namespace: str = DEFAULT_NAMESPACE,
) -> dict[str, Any]:
    """Return metrics in the embedded metric format.

    Parameters
    ----------
    metrics
        What was measured.
    timestamp_ms
        When, in milliseconds since 1970.
    service
        The value of the only dimension.
    properties
        Values that the document carries but that are no dimensions.
    namespace
        The CloudWatch namespace.

    Returns
    -------
    dict
        The document.

    Examples
    --------
    >>> orders = Metric(name="OrdersCreated", value=1)
    >>> emf_document((orders,), timestamp_ms=0, service="order-service", properties={})
    ... # doctest: +NORMALIZE_WHITESPACE
    {'_aws': {'Timestamp': 0, 'CloudWatchMetrics': [{'Namespace': 'TracingLab',
      'Dimensions': [['service']], 'Metrics': [{'Name': 'OrdersCreated', 'Unit': 'Count'}]}]},
     'service': 'order-service', 'OrdersCreated': 1}
    """
    directive = {
        "Namespace": namespace,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in metrics],
    }
    return {
        **properties,
        "_aws": {"Timestamp": timestamp_ms, "CloudWatchMetrics": [directive]},
        "service": service,
        **{metric.name: metric.value for metric in metrics},
    }
