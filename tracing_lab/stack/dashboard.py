"""A CloudWatch dashboard of API, functions, bus and orders."""

from collections.abc import Sequence
from typing import Any

from tracing_lab.config import SERVICES

from .describing import named
from .events import PATTERNS
from .model import Resource
from .names import Names

# A dashboard is 24 units wide (CloudWatch guide, "Dashboard body structure and syntax").
_WIDTH, _HEIGHT, _COLUMNS = 8, 6, 3
_PERIOD_S = 60
# Metrics that the services publish themselves, by service.
_BUSINESS = {
    "order": ("OrdersCreated",),
    "payment": ("PaymentsProcessed",),
    "inventory": ("StockReserved",),
    "notification": ("NotificationsSent",),
}

Line = list[Any]


def resources(names: Names) -> list[Resource]:
    """Return the dashboard, if it is enabled."""
    if not names.config.enable_dashboard:
        return []
    properties = {"DashboardBody": body(names), "Tags": names.tags}
    return [named("AWS::CloudWatch::Dashboard", "dashboard", names.dashboard, properties)]


def body(names: Names) -> dict[str, Any]:
    """Return the dashboard's body: graphs in rows of three."""
    graphs = [
        ("Requests", _api(names, "Count", "4XXError", "5XXError"), "Sum"),
        ("API latency", _api(names, "Latency", "IntegrationLatency"), "p95"),
        ("Events", _events(names), "Sum"),
        ("Invocations", _functions(names, "Invocations"), "Sum"),
        ("Errors", _functions(names, "Errors"), "Sum"),
        ("Duration", _functions(names, "Duration"), "p95"),
        ("Throttles", _functions(names, "Throttles"), "Sum"),
        ("Concurrency", _functions(names, "ConcurrentExecutions"), "Maximum"),
        ("Orders", _business(names), "Sum"),
    ]
    if names.config.enable_dead_letter_queues:
        graphs.append(("Dead letters", _queues(names), "Maximum"))
    return {"widgets": [_widget(names, i, *graph) for i, graph in enumerate(graphs)]}


def _widget(
    names: Names, number: int, title: str, metrics: Sequence[Line], statistic: str
) -> dict[str, Any]:
    row, column = divmod(number, _COLUMNS)
    return {
        "type": "metric",
        "x": column * _WIDTH,
        "y": row * _HEIGHT,
        "width": _WIDTH,
        "height": _HEIGHT,
        "properties": {
            "metrics": list(metrics),
            "period": _PERIOD_S,
            "region": names.site.region,
            "stat": statistic,
            "title": title,
            "view": "timeSeries",
        },
    }


def _api(names: Names, *metrics: str) -> list[Line]:
    stage = ["ApiName", names.api, "Stage", names.config.api_gateway_stage_name]
    return [["AWS/ApiGateway", metric, *stage] for metric in metrics]


def _functions(names: Names, metric: str) -> list[Line]:
    return [
        ["AWS/Lambda", metric, "FunctionName", names.function(service), {"label": service}]
        for service in SERVICES
    ]


def _events(names: Names) -> list[Line]:
    return [
        ["AWS/Events", metric, "EventBusName", names.bus, "RuleName", names.rule(service)]
        for service in PATTERNS
        for metric in ("Invocations", "FailedInvocations")
    ]


def _queues(names: Names) -> list[Line]:
    metric = "ApproximateNumberOfMessagesVisible"
    return [
        ["AWS/SQS", metric, "QueueName", names.queue(service), {"label": service}]
        for service in SERVICES
    ]


def _business(names: Names) -> list[Line]:
    return [
        [names.config.metrics_namespace, metric, "service", f"{service}-service"]
        for service, metrics in _BUSINESS.items()
        for metric in metrics
    ]
