"""W3C's trace context at the doors of AWS: a header like any other, which starts no trace."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_apis import ACCOUNT, REGION, RestApis
from waiting import waited

from tracing_lab.embedded.xray.derive.otel_spans import otel_trace_id
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id

W3C_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{W3C_ID}-00f067aa0ba902b7-01"
ECHO = """
import json, os

def handler(event, context):
    seen = {"traced": os.environ["_X_AMZN_TRACE_ID"], "headers": event.get("headers")}
    print(json.dumps({"order": event.get("detail"), **seen}))
    return {"statusCode": 200, "body": json.dumps(seen)}
"""


@pytest.fixture(scope="module")
def apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestApis]:
    apis = RestApis(tmp_path_factory.mktemp("w3c"))
    uri = apis.function("echo", ECHO)
    basics = [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": basics})
    apis.iam.put_role_policy(RoleName="function", PolicyName="logs", PolicyDocument=document)
    where = apis.method("orders")
    apis.gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    apis.deploy()
    yield apis
    apis.close()


def with_header(client: Any, name: str, value: str) -> Any:
    """Make a client send a header with all its calls."""
    client.meta.events.register_last(
        "before-call", lambda params, **_: params["headers"].update({name: value})
    )
    return client


def traced(apis: RestApis, **headers: str) -> tuple[str, dict[str, str]]:
    """Send a request; return the id of its trace, and the headers that the function saw."""
    seen = apis.request("/orders", {}, headers=headers).json
    header = TraceHeader.parse(seen["traced"])
    assert header is not None
    return header.root, {name.lower(): value for name, value in seen["headers"].items()}


def test_an_api_starts_a_trace_of_its_own_and_passes_the_header_on(apis: RestApis) -> None:
    root, seen = traced(apis, traceparent=TRACEPARENT, tracestate="vendor=1")
    assert otel_trace_id(root) != W3C_ID
    assert (seen["traceparent"], seen["tracestate"]) == (TRACEPARENT, "vendor=1")


def test_x_rays_header_counts_beside_it(apis: RestApis) -> None:
    mine = new_trace_id()
    header = {"X-Amzn-Trace-Id": f"Root={mine};Sampled=1"}
    root, seen = traced(apis, traceparent=TRACEPARENT, **header)
    assert root == mine
    assert seen["traceparent"] == TRACEPARENT


def test_an_invocation_starts_a_trace_of_its_own(apis: RestApis) -> None:
    client = with_header(apis.client("lambda"), "traceparent", TRACEPARENT)
    answer = json.loads(client.invoke(FunctionName="echo", Payload=b"{}")["Payload"].read())
    header = TraceHeader.parse(json.loads(answer["body"])["traced"])
    assert header is not None
    assert otel_trace_id(header.root) != W3C_ID


@pytest.fixture(scope="module")
def rule(apis: RestApis) -> str:
    """Return a rule that invokes the function."""
    events, name = apis.client("events"), "all"
    source = events.put_rule(Name=name, EventPattern='{"source": ["w3c"]}')["RuleArn"]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:echo"
    events.put_targets(Rule=name, Targets=[{"Id": "echo", "Arn": arn}])
    apis.functions.add_permission(
        FunctionName="echo",
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=source,
    )
    return name


@pytest.mark.usefixtures("rule")
@pytest.mark.parametrize("place", ["header", "entry"])
def test_a_bus_delivers_the_event_without_it(apis: RestApis, place: str) -> None:
    events = apis.client("events")
    if place == "header":
        with_header(events, "traceparent", TRACEPARENT)
    detail = {"place": place}
    entry = {"Source": "w3c", "DetailType": "d", "Detail": json.dumps(detail)}
    more = {"TraceHeader": TRACEPARENT} if place == "entry" else {}
    assert events.put_events(Entries=[entry | more])["FailedEntryCount"] == 0
    line = waited(lambda: logged(apis, place))
    assert line["order"] == detail
    assert W3C_ID[8:] not in line["traced"]


def logged(apis: RestApis, place: str) -> dict[str, Any] | None:
    """Return what the function logged of an event; None if it has not run yet."""
    found = apis.client("logs").filter_log_events(
        logGroupName="/aws/lambda/echo", filterPattern=f'{{ $.order.place = "{place}" }}'
    )["events"]
    return json.loads(found[0]["message"]) if found else None


def test_a_queue_keeps_x_rays_header_only(apis: RestApis) -> None:
    sqs = with_header(apis.client("sqs"), "traceparent", TRACEPARENT)
    url = sqs.create_queue(QueueName="w3c")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="b")
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert TRACEPARENT not in json.dumps(message)
    assert "AWSTraceHeader" not in message["Attributes"]
