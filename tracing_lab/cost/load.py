"""What a month of orders consumes: the assumptions, and the quantities that follow."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from tracing_lab.config import OPENTELEMETRY, SERVICES, Config
from tracing_lab.stack import NO_CODE, Site, resources
from tracing_lab.stack.parts import part_of
from tracing_lab.xray_model import lambda_segments
from tracing_lab.xray_model.documents import SUBSEGMENT

if TYPE_CHECKING:
    import pandas as pd

SECONDS_PER_MONTH = 730 * 3600
"""AWS's calculators have 730 hours in a month."""

EVENT_CALL = "AWS::Events"
"""Origin of the inferred segment of a call that puts events on a bus."""

_GB = 1024**3
_OTEL_INIT = 3.0
"""Init phases with OpenTelemetry's layer, relative to those with the X-Ray SDK.

Measured on two busy cores by ``tests/bench/tracers.py``, all functions together: 2.7 times the
duration of the phases, 3.6 times the processor time of the starts.
"""

_DAYS_PER_MONTH = SECONDS_PER_MONTH / 86400
_SITE = Site("123456789012", "us-east-1")


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one order causes. Sizes were measured on the embedded AWS, on 40 healthy orders.

    Parameters
    ----------
    invocations
        Service to its invocations for one order.
    duration_ms
        Service to the mean billed duration, in milliseconds. A function of 128 MB has a small
        share of a core on AWS, so the default is longer than what the embedded AWS shows.
    cold_start_share
        Share of invocations that start an environment.
    init_ms
        What such a start is billed for, in milliseconds; since August 2025 AWS bills it.
    events
        Events put on the bus for one order, each up to 64 KB.
    log_bytes
        What the functions log for one order, with 26 bytes for each line.
    access_log_bytes
        What the API's access log gets for one order.
    log_compression
        Stored size of a log as a share of its size.
    traces_retrieved
        Traces retrieved, for each trace recorded.
    failed
        Share of orders that end as one dead letter; sending, receiving and deleting it are three
        requests.
    business_metrics
        Metrics that the services count themselves.
    stage_metrics
        Metrics of each method that detailed monitoring adds.
    """

    invocations: Mapping[str, float] = field(
        default_factory=lambda: {"order": 1, "payment": 1, "inventory": 1, "notification": 2}
    )
    duration_ms: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(SERVICES, 100.0))
    cold_start_share: float = 0.01
    init_ms: float = 1000.0
    events: float = 3.0
    log_bytes: float = 5500.0
    access_log_bytes: float = 305.0
    log_compression: float = 0.15
    traces_retrieved: float = 0.01
    failed: float = 0.001
    business_metrics: int = 6
    stage_metrics: int = 5

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return the load with the cold starts of a config's tracer."""
        slower = _OTEL_INIT if config.tracer == OPENTELEMETRY else 1.0
        default = cls()
        return replace(default, init_ms=slower * default.init_ms)

    def summary(self) -> str:
        """Return a one-sentence summary of the assumptions."""
        durations = ", ".join(f"{name} {ms:.0f} ms" for name, ms in self.duration_ms.items())
        kilobytes = (self.log_bytes + self.access_log_bytes) / 1000
        return (
            f"Assumed for an order: {durations}, {self.cold_start_share:.0%} of them after a cold "
            f"start, {self.events:g} events, {kilobytes:.1f} kB of logs."
        )

    @classmethod
    def from_spans(cls, spans: "pd.DataFrame") -> Self:
        """Return a load with durations, cold starts, invocations and events of traces.

        Parameters
        ----------
        spans
            A span frame, best of the real account.
        """
        functions = spans[spans["origin"] == lambda_segments.FUNCTION]
        if functions.empty:
            return cls()
        services = functions["name"].map(_service_of)
        orders = spans.index.get_level_values("trace_id").nunique()
        events = int((spans["origin"] == EVENT_CALL).sum())
        is_init = (spans["kind"] == SUBSEGMENT) & spans["name"].isin(lambda_segments.INIT_NAMES)
        inits = spans.loc[is_init, "duration_s"].dropna()
        known = services.notna()
        grouped = functions[known].groupby(services[known])["duration_s"]
        default = cls()
        durations = {str(service): float(s) * 1000 for service, s in grouped.mean().items()}
        counts = {str(service): int(n) / orders for service, n in grouped.size().items()}
        return replace(
            default,
            duration_ms={**default.duration_ms, **durations},
            invocations={**default.invocations, **counts},
            cold_start_share=float(functions["cold_start"].fillna(value=False).mean()),
            init_ms=default.init_ms if inits.empty else float(inits.mean()) * 1000,
            events=events / orders or default.events,
        )


def traces_recorded(
    requests: float, rate: float, reservoir_per_s: float, *, active_hours: float = 730.0
) -> float:
    """Return the number of traces that a sampling rule records, if requests arrive evenly.

    Parameters
    ----------
    requests
        Requests a month.
    rate
        Share that is sampled beyond the reservoir, 0 to 1.
    reservoir_per_s
        Requests a second that are sampled first.
    active_hours
        Hours of a month in which requests come.

    Returns
    -------
    float
        Traces a month.

    Examples
    --------
    >>> traces_recorded(1_488_000, 0.10, 0)  # the example of AWS's price page
    148800.0
    >>> traces_recorded(1000, 0.05, 1)
    1000.0
    """
    first = min(requests, reservoir_per_s * active_hours * 3600)
    return first + rate * (requests - first)


def quantities(config: Config, load: Load, requests: float, traces: float) -> dict[str, float]:
    """Return what a month consumes.

    Parameters
    ----------
    config
        The stack's variables.
    load
        What one order causes.
    requests
        Orders a month.
    traces
        Traces recorded a month.

    Returns
    -------
    dict[str, float]
        Name of a price to quantity a month, in the order of the price file.
    """
    counts = Counter(resource.type for resource in resources(config, _SITE, NO_CODE))
    ingested = load.log_bytes * requests / _GB
    access = load.access_log_bytes * requests / _GB * config.enable_detailed_monitoring
    months_kept = config.lambda_log_retention_days / _DAYS_PER_MONTH
    letters = load.failed * requests * config.enable_dead_letter_queues
    stage = load.stage_metrics * config.enable_detailed_monitoring
    return {
        "xray_recorded": traces,
        "xray_retrieved": traces * load.traces_retrieved,
        "lambda_requests": sum(load.invocations.values()) * requests,
        f"lambda_{config.lambda_architecture}": _gb_seconds(config, load) * requests,
        "rest_api": requests,
        "events": load.events * requests,
        "lambda_logs": ingested,
        "access_logs": access,
        "log_storage": (ingested + access) * load.log_compression * months_kept,
        "metrics": float(load.business_metrics + stage),
        "alarms": float(counts["AWS::CloudWatch::Alarm"]),
        "dashboards": float(counts["AWS::CloudWatch::Dashboard"]),
        "sqs_requests": 3 * letters,
        "kms_keys": float(config.log_kms_key_arn is not None),
    }


def _gb_seconds(config: Config, load: Load) -> float:
    cold_ms = load.cold_start_share * load.init_ms
    billed_ms = sum(
        count * (load.duration_ms[service] + cold_ms) for service, count in load.invocations.items()
    )
    return billed_ms / 1000 * config.lambda_memory_size / 1024


def _service_of(function: str) -> str | None:
    """Return the service in a function's name, for example ``shop-dev-order-1a2b3c4d``."""
    part = part_of(function)
    return part if part in SERVICES else None
