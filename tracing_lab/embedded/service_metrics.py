"""What Lambda and API Gateway publish about themselves in CloudWatch.

- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
- https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from .apigateway.model import Exchange, Outcome
from .cloudwatch.metrics import Dimensions, Measurement, Record
from .model import FunctionAttempt

_MS = "Milliseconds"


class ServiceMetrics:
    """Turns what happens in the data planes into the metrics that AWS publishes.

    Parameters
    ----------
    record
        Takes measurements.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    def function_ran(self, attempt: FunctionAttempt) -> None:
        """Record a run of a function.

        A throttled request is no invocation, and errors are published as 0, too, so that their
        average is the error rate.
        """
        dimensions = (("FunctionName", attempt.function.name),)
        self._record("AWS/Lambda", dimensions, _of_attempt(attempt))

    def request_answered(self, exchange: Exchange, outcome: Outcome, ended_s: float) -> None:
        """Record a request to a stage, per API and stage, and per method where that is enabled."""
        measurements = _of_request(exchange, outcome, ended_s)
        for dimensions in _request_dimensions(exchange):
            self._record("AWS/ApiGateway", dimensions, measurements)


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


def _of_request(exchange: Exchange, outcome: Outcome, ended_s: float) -> list[Measurement]:
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
