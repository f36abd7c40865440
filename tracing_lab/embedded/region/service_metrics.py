"""The CloudWatch metrics of Lambda and API Gateway.

- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
- https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from collections.abc import Sequence
from typing import Any

from tracing_lab.embedded.apigateway.http_apis.events_1_0 import resource_of
from tracing_lab.embedded.apigateway.http_apis.exchange import HttpExchange, HttpOutcome
from tracing_lab.embedded.apigateway.model import Exchange, StageResponse
from tracing_lab.embedded.cloudwatch.metrics import Dimensions, Measurement, Record
from tracing_lab.embedded.model import FunctionAttempt

_MS = "Milliseconds"
_LAMBDA = "AWS/Lambda"


class ServiceMetrics:
    """Records the metrics that AWS publishes about its data planes."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def function_ran(self, attempt: FunctionAttempt) -> None:
        """Record a run of a function; what is across all functions follows from that.

        A throttled request is not an invocation, and errors are published as 0, too, so that their
        average is the error rate.
        """
        self._record_function(attempt.function.name, _of_attempt(attempt))

    def request_answered(self, exchange: Exchange, outcome: StageResponse, ended_s: float) -> None:
        """Record a request to a stage, per API and stage, and per method where that is enabled."""
        measurements = _of_request(exchange, outcome, ended_s)
        for dimensions in _request_dimensions(exchange):
            self._record("AWS/ApiGateway", dimensions, measurements)

    def http_request_answered(
        self, exchange: HttpExchange, outcome: HttpOutcome, ended_s: float
    ) -> None:
        """Record a request to an HTTP API, per API and stage, and per route where enabled.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
        """
        measurements = _of_http_request(exchange, outcome, ended_s)
        for dimensions in _http_dimensions(exchange):
            self._record("AWS/ApiGateway", dimensions, measurements)

    def function_url_answered(self, function: str, status: int, duration_s: float) -> None:
        """Record a request to a function URL.

        https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
        """
        kind = status // 100
        measurements = (
            Measurement("UrlRequestCount", 1.0),
            Measurement("Url4xxCount", float(kind == 4)),  # noqa: PLR2004 - as its name says
            Measurement("Url5xxCount", float(kind == 5)),  # noqa: PLR2004 - as its name says
            Measurement("UrlRequestLatency", _ms(duration_s), _MS),
        )
        self._record_function(function, measurements)

    def _record_function(self, function: str, measurements: tuple[Measurement, ...]) -> None:
        self._record(_LAMBDA, (("FunctionName", function),), measurements)


def with_totals(namespace: str, members: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return metrics and, of functions, the same without dimensions: those across all functions.

    Adding them here, where a second's runs are handed over, costs less than to record each run
    twice. The control plane merges the sets of a metric and a minute.

    Parameters
    ----------
    namespace
        Only that of Lambda has functions.
    members
        Its ``MetricData``.

    Examples
    --------
    >>> errors = {"MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}
    >>> [member["Dimensions"] for member in with_totals("AWS/Lambda", [errors])]
    [[{'Name': 'FunctionName', 'Value': 'f'}], []]
    >>> len(with_totals("AWS/ApiGateway", [errors]))
    1
    """
    totals = [{**member, "Dimensions": []} for member in members if namespace == _LAMBDA]
    return [*members, *totals]


def _of_attempt(attempt: FunctionAttempt) -> tuple[Measurement, ...]:
    if attempt.throttled:
        return (Measurement("Throttles", 1.0),)
    return (
        Measurement("Invocations", 1.0),
        Measurement("Errors", float(attempt.failed)),
        Measurement("Throttles", 0.0),
        Measurement("Duration", attempt.duration_ms, _MS),
        Measurement("ConcurrentExecutions", float(attempt.concurrent)),
    )


def _of_request(exchange: Exchange, outcome: StageResponse, ended_s: float) -> list[Measurement]:
    kind = outcome.response.status // 100
    found = [
        Measurement("Count", 1.0),
        Measurement("4XXError", float(kind == 4)),  # noqa: PLR2004 - as its name says
        Measurement("5XXError", float(kind == 5)),  # noqa: PLR2004 - as its name says
        Measurement("Latency", _ms(ended_s - exchange.started_s), _MS),
    ]
    if outcome.call is not None:
        latency_ms = _ms(outcome.call.ended_s - outcome.call.started_s)
        found.append(Measurement("IntegrationLatency", latency_ms, _MS))
    return found


def _of_http_request(
    exchange: HttpExchange, outcome: HttpOutcome, ended_s: float
) -> list[Measurement]:
    kind, body = outcome.response.status // 100, outcome.response.body
    found = [
        Measurement("Count", 1.0),
        Measurement("4xx", float(kind == 4)),  # noqa: PLR2004 - as its name says
        Measurement("5xx", float(kind == 5)),  # noqa: PLR2004 - as its name says
        Measurement("Latency", _ms(ended_s - exchange.started_s), _MS),
        Measurement("DataProcessed", float(len(exchange.request.body) + len(body)), "Bytes"),
    ]
    if outcome.call is not None:
        latency_ms = _ms(outcome.call.ended_s - outcome.call.started_s)
        found.append(Measurement("IntegrationLatency", latency_ms, _MS))
    return found


def _http_dimensions(exchange: HttpExchange) -> list[Dimensions]:
    api, stage = ("ApiId", exchange.api.id), ("Stage", exchange.stage.name)
    found: list[Dimensions] = [(api,), (api, stage)]
    route = exchange.route
    if route is not None and exchange.stage.settings_of(route.spec).metrics:
        resource = ("Resource", resource_of(exchange) or "")
        found.append((api, ("Method", exchange.request.method), resource, stage))
    return found


def _request_dimensions(exchange: Exchange) -> list[Dimensions]:
    stage, route = exchange.stage, exchange.route
    api = ("ApiName", stage.api_name)
    found: list[Dimensions] = [(api,), (api, ("Stage", stage.stage_name))]
    if route is not None and stage.settings_of(route.method).metrics:
        method = ("Method", exchange.request.method)
        resource = ("Resource", route.method.resource_path)
        found.append((api, method, resource, ("Stage", stage.stage_name)))
    return found


def _ms(duration_s: float) -> float:
    return float(round(duration_s * 1000))
