"""A function with AWS's distribution of OpenTelemetry in a layer, started by its wrapper script."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from otel_layers import VARIABLE, distro_folder
from plain_apps import BASICS, PlainApp, allow, edges
from span_policies import turn_on_transaction_search
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.package.distro import layer_zip
from tracing_lab.xray_model.trace_ids import new_trace_id

Document = dict[str, Any]

DISTRO = distro_folder()
pytestmark = pytest.mark.skipif(DISTRO is None, reason=f"{VARIABLE} names no installed distro")

ORDERS = b"""
import boto3
from opentelemetry import trace
from opentelemetry.propagators.aws import AwsXRayPropagator

tracer = trace.get_tracer("shop")
events = boto3.client("events")
events.meta.events.register_last(
    "before-call", lambda params, **_: AwsXRayPropagator().inject(params["headers"]))

def handler(event, context):
    with tracer.start_as_current_span("process_order") as span:
        span.set_attributes({"order_id": event["order_id"], "aws.xray.annotations": ["order_id"]})
        entry = {"Source": "shop", "DetailType": "OrderCreated", "Detail": "{}"}
        events.put_events(Entries=[entry])
        if event["order_id"] == "bad":
            raise ValueError("no such order")
    return {"statusCode": 200}
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainApp]:
    assert DISTRO is not None
    state_dir = tmp_path_factory.mktemp("otel-layer")
    app = PlainApp(lifecycle.start(state_dir=state_dir))
    content = {"ZipFile": layer_zip(DISTRO)}
    layer = app.functions.publish_layer_version(LayerName="otel", Content=content)
    turn_on_transaction_search(app.xray, app.client("logs"))
    rule = {"Probabilistic": {"DesiredSamplingPercentage": 100}}
    app.xray.update_indexing_rule(Name="Default", Rule=rule)
    app.function(
        "orders",
        "app.handler",
        {"app.py": ORDERS},
        BASICS,
        allow("events:PutEvents"),
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}},
        MemorySize=512,
    )
    yield app
    lifecycle.stop(state_dir=state_dir)


def invoked(app: PlainApp, order_id: str, *, sampled: bool) -> str:
    """Invoke the function, whether sampled is decided, and return the id of its trace."""
    trace_id = new_trace_id()
    header = {"X-Amzn-Trace-Id": f"Root={trace_id};Sampled={sampled:d}"}
    client = app.client("lambda")
    client.meta.events.register_last(
        "before-call", lambda params, **_: params["headers"].update(header)
    )
    client.invoke(FunctionName="orders", Payload=json.dumps({"order_id": order_id}))
    return trace_id


def order(app: PlainApp, order_id: str) -> str:
    """Invoke the function, and return the id of its trace once that has the annotation."""
    trace_id = invoked(app, order_id, sampled=True)
    (summary,) = waited(lambda: app.summaries(f'annotation.order_id = "{order_id}"'))
    assert summary["Id"] == trace_id
    return trace_id


def documents(app: PlainApp, trace_id: str) -> dict[str, Document]:
    """Return the last version of the segments of a trace by their origin."""
    (trace,) = app.xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
    found = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    return {one["origin"]: one for one in found if not one.get("in_progress")}


def chain(document: Document, *names: str) -> Document:
    """Return the subsegment at the end of a chain of names."""
    for name in names:
        (document,) = [one for one in document["subsegments"] if one["name"] == name]
    return document


def records(app: PlainApp, trace_id: str) -> list[Document]:
    """Return the records of a trace in ``aws/spans`` that are not of Lambda itself."""
    digits = trace_id.replace("-", "")[1:]
    found = app.client("logs").filter_log_events(
        logGroupName="aws/spans", filterPattern=f'{{ $.traceId = "{digits}" }}'
    )
    spans = [json.loads(event["message"]) for event in found["events"]]
    return [span for span in spans if span["scope"]["name"] != "aws-xray"]


def test_its_spans_are_below_lambdas_segment(app: PlainApp) -> None:
    trace_id = order(app, "o-1")
    segments = waited(lambda: fully_recorded(documents(app, trace_id)))
    handler = chain(segments["AWS::Lambda::Function"], "Invocation", "orders")
    call = chain(handler, "process_order", "Events")
    assert handler["aws"]["span.kind"] == "LOCAL_ROOT"
    assert (call["namespace"], call["aws"]["operation"]) == ("aws", "PutEvents")
    assert segments["AWS::Events"]["parent_id"] == call["id"]
    function = ("orders", "AWS::Lambda::Function")
    assert edges(app, trace_id) == {
        (("orders", "client"), ("orders", "AWS::Lambda")),
        (("orders", "AWS::Lambda"), function),
        (function, ("Events", "AWS::Events")),
    }


def fully_recorded(segments: dict[str, Document]) -> dict[str, Document] | None:
    """Return segments once those of Lambda and EventBridge and the handler's spans are there."""
    if not {"AWS::Lambda::Function", "AWS::Events"} <= segments.keys():
        return None
    return segments if "process_order" in names_in(segments["AWS::Lambda::Function"]) else None


def names_in(document: Document) -> set[str]:
    """Return the names of a document and of all that is below it."""
    below = (names_in(child) for child in document.get("subsegments", []))
    return {document["name"]}.union(*below)


def complete(spans: list[Document]) -> list[Document]:
    """Return the records of an invocation once all of them are there."""
    return spans if len(spans) == 3 else []


def test_its_spans_are_searchable_records(app: PlainApp) -> None:
    trace_id = order(app, "o-2")
    spans = waited(lambda: complete(records(app, trace_id)))
    names = {span["name"]: span for span in spans}
    assert set(names) == {"orders", "process_order", "EventBridge.PutEvents"}
    attributes = names["orders"]["resource"]["attributes"]
    assert attributes["faas.name"] == attributes["service.name"] == "orders"
    assert attributes["aws.log.group.names"] == "/aws/lambda/orders"


def test_an_exception_of_the_handler_is_in_its_spans(app: PlainApp) -> None:
    trace_id = order(app, "bad")
    segments = waited(lambda: fully_recorded(documents(app, trace_id)))
    own = chain(segments["AWS::Lambda::Function"], "Invocation", "orders", "process_order")
    assert own["fault"]
    (exception,) = own["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("ValueError", "no such order")


def test_spans_of_an_unsampled_invocation_are_records_only(app: PlainApp) -> None:
    trace_id = invoked(app, "o-3", sampled=False)
    spans = waited(lambda: records(app, trace_id))
    assert "process_order" in {span["name"] for span in spans}
    assert app.xray.batch_get_traces(TraceIds=[trace_id])["Traces"] == []


def test_a_fast_start_makes_the_same_spans(app: PlainApp) -> None:
    name = "orders"
    now = app.functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    fast = {"Variables": {**now, "OTEL_AWS_LAMBDA_FAST_START": "true"}}
    app.functions.update_function_configuration(FunctionName=name, Environment=fast)
    trace_id = order(app, "o-fast")
    segments = waited(lambda: fully_recorded(documents(app, trace_id)))
    call = chain(segments["AWS::Lambda::Function"], "Invocation", name, "process_order", "Events")
    assert segments["AWS::Events"]["parent_id"] == call["id"]
    app.functions.update_function_configuration(FunctionName=name, Environment={"Variables": now})


def test_it_is_there_again_after_a_kill(app: PlainApp) -> None:
    app.kill_and_restart()
    assert order(app, "o-4")
