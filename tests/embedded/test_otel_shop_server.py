"""The order system with OpenTelemetry in its functions, beside the same with the X-Ray SDK."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from otel_layers import VARIABLE, built_layer, distro_folder
from plain_apps import PlainApp, edges
from waiting import waited

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.package.distro import layer_zip

DISTRO = distro_folder()
pytestmark = pytest.mark.skipif(DISTRO is None, reason=f"{VARIABLE} names no installed distro")

FUNCTION, BUS = "AWS::Lambda::Function", ("Events", "AWS::Events")
OWN_SPANS = {
    "order": {"process_order", "Events"},
    "payment": {"charge_payment", "payment_processor", "Events"},
    "inventory": {"reserve_inventory", "reserve_stock", "Events"},
    "notification": {"send_notifications", "send_email", "send_sms", "send_push"},
}
Edges = set[tuple[tuple[str, str], tuple[str, str]]]
Trace = dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """The stack, and its map before it was switched to OpenTelemetry."""

    app: PlainApp
    config: tl.Config
    outputs: Any
    sdk_edges: Edges

    def order(self) -> Trace:
        """Send one order, and return its trace when it is complete."""
        return order(self.config, self.outputs)

    def name(self, service: str) -> str:
        return str(self.outputs.function_names[service])

    def switch(self, **settings: Any) -> None:
        """Apply other settings of the stack."""
        tl.deploy.apply(self.config.replace(**settings))


def order(config: tl.Config, outputs: Any) -> Trace:
    log = tl.traffic.fire(outputs, orders=1, rate=5, seed=1)
    (trace,) = tl.xray.fetch_traces(config, log)
    return trace


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    state_dir = tmp_path_factory.mktemp("otel-shop")
    app = PlainApp(lifecycle.start(state_dir=state_dir))
    config = tl.Config(embedded_state_dir=state_dir)
    outputs = tl.deploy.apply(config)
    sdk_edges = edges(app, order(config, outputs)["Id"])
    assert DISTRO is not None
    with built_layer(tmp_path_factory.mktemp("layer"), layer_zip(DISTRO)):
        yield Shop(app, config, outputs, sdk_edges)
    lifecycle.stop(state_dir=state_dir)


@pytest.fixture(scope="module")
def as_distributed(shop: Shop) -> Trace:
    shop.switch(tracer="opentelemetry")
    return shop.order()


@pytest.fixture(scope="module")
def with_own_spans(shop: Shop, as_distributed: Trace) -> Trace:
    shop.switch(tracer="opentelemetry", propagate_own_span=True)
    return shop.order()


def segments(trace: Trace, function: str) -> list[dict[str, Any]]:
    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    return [
        each for each in documents if (each["name"], each.get("origin")) == (function, FUNCTION)
    ]


def parts_of(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for part in document.get("subsegments", ()):
        yield part
        yield from parts_of(part)


@pytest.mark.parametrize("service", OWN_SPANS)
def test_the_segment_of_each_function_has_the_spans_of_its_handler(
    service: str, shop: Shop, with_own_spans: Trace
) -> None:
    found = segments(with_own_spans, shop.name(service))
    assert len(found) == (2 if service == "notification" else 1)
    lambdas = {"Initialization", "Invocation", "Overhead", shop.name(service)}
    for segment in found:
        assert {part["name"] for part in parts_of(segment)} - lambdas == OWN_SPANS[service]


def test_as_distributed_the_bus_has_no_outgoing_edges(shop: Shop, as_distributed: Trace) -> None:
    seen = edges(shop.app, as_distributed["Id"])
    assert {caller for caller, _ in shop.sdk_edges - seen} == {BUS}
    hops = ["order payment", "order inventory", "payment notification", "inventory notification"]
    pairs = [[shop.name(service) for service in hop.split()] for hop in hops]
    assert seen - shop.sdk_edges == {
        ((caller, FUNCTION), (callee, "AWS::Lambda")) for caller, callee in pairs
    }


def test_with_its_own_span_as_parent_the_map_is_that_of_the_sdk(
    shop: Shop, with_own_spans: Trace
) -> None:
    assert edges(shop.app, with_own_spans["Id"]) == shop.sdk_edges


def test_what_the_services_annotate_is_found(shop: Shop, with_own_spans: Trace) -> None:
    for expression in (
        'annotation.service_name = "payment-service" AND annotation.payment_amount > 0',
        'annotation.notification_type = "Inventory Updated" AND annotation.channel = "sms"',
    ):
        ids = {summary["Id"] for summary in shop.app.summaries(expression)}
        assert with_own_spans["Id"] in ids


def steps(shop: Shop, trace_id: str) -> list[Mapping[str, Any]]:
    """Return the spans of the order service's work, once they are in Lambda's segment."""
    (trace,) = shop.app.xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
    found = [part for each in segments(trace, shop.name("order")) for part in parts_of(each)]
    return [part for part in found if part["name"] == "process_order"]


def test_a_rejected_order_is_an_error_and_no_fault(shop: Shop, with_own_spans: Trace) -> None:
    event = {"pathParameters": {"customerId": "c-1"}, "body": "{"}
    name = shop.name("order")
    reply = shop.app.functions.invoke(FunctionName=name, Payload=json.dumps(event))
    assert json.loads(reply["Payload"].read())["statusCode"] == 400
    (summary,) = waited(lambda: shop.app.summaries('annotation.error = "InvalidRequest"'))
    (step,) = waited(lambda: steps(shop, summary["Id"]))
    assert step["error"]
    assert "fault" not in step
    assert step["http"]["response"]["status"] == 400


def test_the_log_lines_carry_the_trace(shop: Shop, with_own_spans: Trace) -> None:
    logs = shop.app.client("logs")
    pattern = f'{{ $.trace_id = "{with_own_spans["Id"]}" }}'
    messages = {
        json.loads(event["message"]).get("message")
        for service in OWN_SPANS
        for event in logs.filter_log_events(
            logGroupName=f"/aws/lambda/{shop.name(service)}", filterPattern=pattern
        )["events"]
    } - {None}
    assert messages == {
        "order created",
        "payment processed",
        "inventory updated",
        "notifications sent",
    }


def test_back_with_the_sdk_the_map_is_as_before(shop: Shop, with_own_spans: Trace) -> None:
    shop.switch(tracer="xray-sdk")
    assert edges(shop.app, shop.order()["Id"]) == shop.sdk_edges
