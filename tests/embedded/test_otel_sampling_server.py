"""Which requests are where, when 5 % of them are sampled and their functions send all spans."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from otel_layers import VARIABLE, distro_folder
from rest_apis import RestApis
from span_policies import turn_on_transaction_search
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.xray.derive.otel_spans import otel_trace_id
from tracing_lab.package.distro import layer_zip
from tracing_lab.xray_model.trace_header import TraceHeader

DISTRO = distro_folder()
pytestmark = pytest.mark.skipif(DISTRO is None, reason=f"{VARIABLE} names no installed distro")

ORDERS = 60
HANDLER = """
from opentelemetry import trace

def handler(event, context):
    with trace.get_tracer("shop").start_as_current_span("process_order"):
        return {"statusCode": 201}
"""


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestApis]:
    """Return an API whose function has AWS's layer, in an account that samples 5 %."""
    assert DISTRO is not None
    apis = RestApis(tmp_path_factory.mktemp("sampling"))
    turn_on_transaction_search(apis.xray, apis.client("logs"))
    index(apis, 100)
    rule = {"RuleName": "Default", "FixedRate": 0.05, "ReservoirSize": 0}
    apis.xray.update_sampling_rule(SamplingRuleUpdate=rule)
    uri = apis.function("orders", HANDLER)
    layer = apis.functions.publish_layer_version(
        LayerName="otel", Content={"ZipFile": layer_zip(DISTRO)}
    )
    apis.functions.update_function_configuration(
        FunctionName="orders",
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}},
        MemorySize=512,
    )
    where = apis.method("orders")
    apis.gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    apis.deploy()
    yield apis
    lifecycle.stop(state_dir=apis.state_dir)


def index(apis: RestApis, percent: float) -> None:
    rule = {"Probabilistic": {"DesiredSamplingPercentage": percent}}
    apis.xray.update_indexing_rule(Name="Default", Rule=rule)


def recorded(apis: RestApis) -> list[dict[str, Any]]:
    """Return the spans of all handlers' work, once there are as many as orders."""
    pages = apis.client("logs").get_paginator("filter_log_events")
    pattern = '{ $.name = "process_order" }'
    found = pages.paginate(logGroupName="aws/spans", filterPattern=pattern)
    events = [json.loads(event["message"]) for page in found for event in page["events"]]
    return events if len(events) >= ORDERS else []


def summarised(apis: RestApis) -> set[str]:
    now_s = time.time()
    pages = apis.xray.get_paginator("get_trace_summaries")
    found = pages.paginate(StartTime=now_s - 600, EndTime=now_s + 1)
    return {summary["Id"] for page in found for summary in page["TraceSummaries"]}


def test_the_log_group_has_all_requests_and_summaries_those_that_were_sampled(
    apis: RestApis,
) -> None:
    replies = [apis.request("/orders") for _ in range(ORDERS)]
    assert {reply.status for reply in replies} == {201}
    found = [TraceHeader.parse(reply.headers["x-amzn-trace-id"]) for reply in replies]
    headers = [header for header in found if header is not None]
    assert len(headers) == ORDERS
    spans = waited(lambda: recorded(apis))
    assert {span["traceId"] for span in spans} == {otel_trace_id(one.root) for one in headers}
    sampled = {header.root for header in headers if header.sampled}
    assert len(sampled) < ORDERS / 2  # 3 are expected
    waited(lambda: summarised(apis) == sampled)
    index(apis, 0)
    assert summarised(apis) == set()
