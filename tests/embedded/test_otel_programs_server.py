"""Programs with OpenTelemetry's own SDKs, which know of AWS nothing but the endpoint."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from otel_programs import NEEDS_MODULES, NEEDS_PACKAGES, run_node, run_python
from plain_apps import PlainApp, edges
from span_policies import turn_on_transaction_search
from waiting import waited

import tracing_lab as tl
from tracing_lab.embedded import lifecycle

PROTOBUF, JSON = "exporter-trace-otlp-proto", "exporter-trace-otlp-http"
PROGRAMS = [
    pytest.param(run_python, "python", id="python", marks=NEEDS_PACKAGES),
    pytest.param(partial(run_node, exporter=PROTOBUF), "node", id="node", marks=NEEDS_MODULES),
    pytest.param(partial(run_node, exporter=JSON), "node", id="node-json", marks=NEEDS_MODULES),
]
Run = Callable[[str], str]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainApp]:
    state_dir = tmp_path_factory.mktemp("programs")
    app = PlainApp(lifecycle.start(state_dir=state_dir))
    turn_on_transaction_search(app.xray, app.client("logs"))
    rule = {"Probabilistic": {"DesiredSamplingPercentage": 100}}
    app.xray.update_indexing_rule(Name="Default", Rule=rule)
    yield app
    lifecycle.stop(state_dir=state_dir)


@pytest.mark.parametrize("run, language", PROGRAMS)
def test_its_trace_is_found_drawn_and_read(app: PlainApp, run: Run, language: str) -> None:
    digits = run(app.endpoint_url)
    trace_id = f"1-{digits[:8]}-{digits[8:]}"
    shop, stock = f"shop-{language}", f"stock-{language}"
    services = f'service("{shop}") AND service("{stock}") AND annotation.order_id BEGINSWITH "o-"'
    found = waited(lambda: {summary["Id"] for summary in app.summaries(services)} & {trace_id})
    assert found == {trace_id}
    assert edges(app, trace_id) == {
        ((shop, "client"), (shop, "")),
        ((shop, ""), (stock, "")),
    }
    now_s = time.time()
    graph = app.xray.get_service_graph(StartTime=now_s - 300, EndTime=now_s + 1)["Services"]
    assert {shop, stock} <= {service["Name"] for service in graph}
    spans = tl.spans.spans_from_traces(app.xray.batch_get_traces(TraceIds=[trace_id])["Traces"])
    assert spans[["service", "name", "kind", "depth"]].to_numpy().tolist() == [
        [shop, shop, "segment", 0],
        [shop, "POST", "subsegment", 1],
        [stock, stock, "segment", 2],
    ]
