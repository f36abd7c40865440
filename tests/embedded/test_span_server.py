"""Spans of OpenTelemetry by HTTP and UDP, from the user's processes and from functions."""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from otel_spans import invocation
from otlp_protobuf import protobuf
from plain_apps import BASICS, REGION, PlainApp
from span_policies import turn_on_transaction_search
from waiting import waited

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.otlp.json_form import otlp_from_spans
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.xray_model.trace_ids import new_trace_id

SENDER = b"""
import base64, os, socket, urllib.error, urllib.request

def by_http(event, context):
    url, headers = os.environ["AWS_ENDPOINT_URL"], {"Content-Type": "application/json"}
    request = urllib.request.Request(url + "/v1/traces", b"{}", headers)
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]

def by_datagram(event, context):
    host, port = os.environ["AWS_XRAY_DAEMON_ADDRESS"].split(":")
    content = b'{"format":"json","version":1}\\n' + event["payload"].encode()
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(content, (host, int(port)))
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainApp]:
    state_dir = tmp_path_factory.mktemp("spans")
    app = PlainApp(lifecycle.start(state_dir=state_dir))
    turn_on_transaction_search(app.xray, app.client("logs"))
    rule = {"Probabilistic": {"DesiredSamplingPercentage": 100}}
    app.xray.update_indexing_rule(Name="Default", Rule=rule)
    yield app
    lifecycle.stop(state_dir=state_dir)


def spans_of_now() -> list[OtelSpan]:
    """Return the spans of an invocation, in a trace of their own, that has just ended."""
    trace_id = new_trace_id().replace("-", "")[1:]
    end_ns = time.time_ns()
    times: dict[str, Any] = {
        "start_ns": end_ns - 500_000_000,
        "end_ns": end_ns,
        "trace_id": trace_id,
    }
    return [span._replace(**times) for span in invocation()]


def post(app: PlainApp, spans: list[OtelSpan], **headers: str) -> tuple[int, bytes]:
    body = json.dumps(otlp_from_spans(spans)).encode()
    url = f"{app.endpoint_url}/v1/traces"
    headers = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - loopback
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def records(app: PlainApp, trace_id: str) -> list[dict[str, Any]]:
    logs, pattern = app.client("logs"), f'{{ $.traceId = "{trace_id}" }}'
    try:
        found = logs.filter_log_events(logGroupName="aws/spans", filterPattern=pattern)
    except logs.exceptions.ResourceNotFoundException:  # until the first record is written
        return []
    return [json.loads(event["message"]) for event in found["events"]]


def test_unsigned_spans_of_the_users_own_process_are_a_trace(app: PlainApp) -> None:
    spans = spans_of_now()
    assert post(app, spans) == (200, b"{}")
    waited(lambda: app.summaries('annotation.order_id = "o-1" AND service("orders")'))
    names = waited(lambda: sorted(one["name"] for one in records(app, spans[0].trace_id)))
    assert names == ["EventBridge.PutEvents", "orders", "process_order"]


def test_a_web_page_cannot_send_spans(app: PlainApp) -> None:
    assert post(app, spans_of_now(), Origin="https://evil.example")[0] == 403


def test_a_host_names_the_region(app: PlainApp) -> None:
    host = f"xray.eu-west-1.localhost:{app.running.port}"
    status, body = post(app, spans_of_now(), Host=host)
    assert status == 400  # Transaction Search is off there
    assert b"UpdateTraceSegmentDestination" in body


def test_a_function_signs_its_spans_or_is_refused(app: PlainApp) -> None:
    app.function("by-http", "sender.by_http", {"sender.py": SENDER})
    answer = app.functions.invoke(FunctionName="by-http")
    status, text = json.loads(answer["Payload"].read())
    assert status == 403
    assert "Sign the request" in text


@pytest.mark.parametrize("prefix", ["T1S", "T1U"])
def test_functions_send_spans_by_datagram(app: PlainApp, prefix: str) -> None:
    spans = spans_of_now()
    payload = prefix + base64.b64encode(protobuf(otlp_from_spans(spans))).decode()
    name = f"by-datagram-{prefix}"
    app.function(name, "sender.by_datagram", {"sender.py": SENDER}, BASICS)
    app.functions.invoke(FunctionName=name, Payload=json.dumps({"payload": payload}))
    assert len(waited(lambda: records(app, spans[0].trace_id))) == 3
    digits = spans[0].trace_id
    trace_id = f"1-{digits[:8]}-{digits[8:]}"
    if prefix == "T1S":
        waited(lambda: app.xray.batch_get_traces(TraceIds=[trace_id])["Traces"])
    else:
        assert app.xray.batch_get_traces(TraceIds=[trace_id])["Traces"] == []
        assert retrieved(app, trace_id) == {"orders", "Events"}


def retrieved(app: PlainApp, trace_id: str) -> set[str]:
    """Return the names of a trace's segments, from the log group."""
    span = {"StartTime": time.time() - 300, "EndTime": time.time()}
    token = app.xray.start_trace_retrieval(TraceIds=[trace_id], **span)["RetrievalToken"]
    (trace,) = app.xray.list_retrieved_traces(RetrievalToken=token)["Traces"]
    return {json.loads(segment["Document"])["name"] for segment in trace["Spans"]}


def test_the_log_group_is_queried_and_read_as_traces(app: PlainApp) -> None:
    config = tl.Config(embedded_state_dir=app.running.state_dir, aws_region=REGION)
    spans = spans_of_now()
    assert post(app, spans) == (200, b"{}")
    waited(lambda: len(records(app, spans[0].trace_id)) == len(spans))
    now = datetime.now(UTC)
    within: dict[str, Any] = {
        "start": now - timedelta(minutes=5),
        "end": now + timedelta(seconds=2),
    }
    found = tl.logs.query(
        config,
        f'filter traceId = "{spans[0].trace_id}" | '
        "stats count(*) as n, max(durationNano) as longest by resource.attributes.service.name",
        services=["spans"],
        **within,
    )
    assert found["n"].tolist() == [3]
    assert found["longest"].tolist() == [500_000_000]
    pattern = f'{{ $.traceId = "{spans[0].trace_id}" }}'
    lines = tl.logs.fetch(config, services=["spans"], pattern=pattern, **within)
    frame = tl.spans.spans_from_traces(tl.spans.traces_from_records(lines["fields"]))
    assert set(frame["name"]) == {"orders", "process_order", "EventBridge.PutEvents", "EventBridge"}


def test_nobody_else_writes_to_the_log_group(app: PlainApp) -> None:
    logs = app.client("logs")
    events = [{"timestamp": time.time_ns() // 1_000_000, "message": "{}"}]
    with pytest.raises(ClientError, match="names that start with aws/ are reserved for AWS"):
        logs.put_log_events(logGroupName="aws/spans", logStreamName="default", logEvents=events)
    with pytest.raises(ClientError, match="InvalidParameterException"):
        logs.create_log_group(logGroupName="aws/mine")
