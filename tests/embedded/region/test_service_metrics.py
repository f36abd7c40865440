"""What the services publish about themselves."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from specs import function_spec

from tracing_lab.arns import parse_function_arn
from tracing_lab.embedded.apigateway.calls import FunctionCall
from tracing_lab.embedded.apigateway.model import (
    Exchange,
    MethodRoute,
    StageResponse,
    TraceContext,
)
from tracing_lab.embedded.cloudwatch.metrics import Dimensions, Measurement
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import FunctionAttempt, MethodSettings, MethodSpec, StageSpec
from tracing_lab.embedded.region.service_metrics import ServiceMetrics
from tracing_lab.xray_model.trace_header import TraceHeader

ARN = "arn:aws:lambda:us-east-1:123456789012:function:order"
FUNCTION = function_spec("order")
METHOD = MethodSpec("r", "/orders/{id}", "POST", "AWS_PROXY")
EXCHANGE = Exchange(
    request=HttpRequest("POST", "/prod/orders/7"),
    path="/orders/7",
    stage=StageSpec("a1", "orders-api", "prod", tracing=False, methods=(METHOD,)),
    route=MethodRoute(METHOD, {"id": "7"}),
    trace=TraceContext(TraceHeader("1-00000000-000000000000000000000000"), "", "", emits=False),
    account_id="",
    region="",
    request_id="",
    extended_request_id="",
    started_s=10.0,
)
API, STAGE = ("ApiName", "orders-api"), ("Stage", "prod")


class Recorded(dict[tuple[str, Dimensions], dict[str, float]]):
    """What was recorded, by namespace and dimensions."""

    def record(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        self[namespace, dimensions] = {one.name: one.value for one in measurements}


def of_run(**attempt: Any) -> dict[str, float]:
    recorded = Recorded()
    ServiceMetrics(recorded.record).function_ran(FunctionAttempt(FUNCTION, **attempt))
    return recorded["AWS/Lambda", (("FunctionName", "order"),)]


def of_request(outcome: StageResponse, exchange: Exchange = EXCHANGE) -> Recorded:
    recorded = Recorded()
    ServiceMetrics(recorded.record).request_answered(exchange, outcome, 10.25)
    return recorded


def test_a_run_that_succeeds_is_an_invocation_with_no_error() -> None:
    assert of_run(duration_ms=12.5, concurrent=2) == {
        "Invocations": 1,
        "Errors": 0,
        "Throttles": 0,
        "Duration": 12.5,
        "ConcurrentExecutions": 2,
    }


def test_a_run_that_fails_is_an_error() -> None:
    assert of_run(failed=True)["Errors"] == 1


def test_a_throttled_request_is_no_invocation() -> None:
    assert of_run(throttled=True) == {"Throttles": 1}


def test_a_request_counts_for_its_api_and_its_stage() -> None:
    recorded = of_request(StageResponse(HttpResponse(200)))
    expected = {"Count": 1, "4XXError": 0, "5XXError": 0, "Latency": 250}
    assert recorded == {
        ("AWS/ApiGateway", (API,)): expected,
        ("AWS/ApiGateway", (API, STAGE)): expected,
    }


def test_errors_are_told_apart_by_whose_they_are() -> None:
    client = of_request(StageResponse(HttpResponse(404)))["AWS/ApiGateway", (API,)]
    server = of_request(StageResponse(HttpResponse(502)))["AWS/ApiGateway", (API,)]
    assert (client["4XXError"], client["5XXError"]) == (1, 0)
    assert (server["4XXError"], server["5XXError"]) == (0, 1)


def test_the_function_s_part_is_the_integration_latency() -> None:
    call = FunctionCall(10.0, 10.2, 200, function=parse_function_arn(ARN))
    recorded = of_request(StageResponse(HttpResponse(200), call=call))
    assert recorded["AWS/ApiGateway", (API, STAGE)]["IntegrationLatency"] == 200


def test_methods_are_counted_where_the_stage_says_so() -> None:
    detailed = {"/orders/{id}/POST": MethodSettings(metrics=True)}
    stage = replace(EXCHANGE.stage, method_settings=detailed)
    recorded = of_request(StageResponse(HttpResponse(200)), replace(EXCHANGE, stage=stage))
    dimensions = (API, ("Method", "POST"), ("Resource", "/orders/{id}"), STAGE)
    assert recorded["AWS/ApiGateway", dimensions]["Count"] == 1


def test_settings_of_the_stage_hold_for_methods_without_their_own() -> None:
    everything = {"*/*": MethodSettings(metrics=True), "/x/GET": MethodSettings()}
    stage = replace(EXCHANGE.stage, method_settings=everything)
    assert stage.settings_of(METHOD).metrics
    assert not stage.settings_of(MethodSpec("r", "/x", "GET", "MOCK")).metrics
