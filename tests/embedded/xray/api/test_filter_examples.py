"""Each example of the filter expression guide selects what it says, and not everything."""

from typing import Any

import pytest

from tracing_lab.embedded.xray.derive.facts import facts_of
from tracing_lab.embedded.xray.derive.graph import observe
from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.summaries import summarise
from tracing_lab.filters import TraceFacts, matcher, parse

Document = dict[str, Any]
Trace = list[Document]
ACCOUNT = "111122223333"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:order-fn"
GROUP = 'group.name = "high_response_time"'


def span(number: int, name: str, *, took_s: float = 0.5, **members: Any) -> Document:
    times = {"start_time": 10.0, "end_time": 10.0 + took_s}
    return {"id": f"{number:016x}", "name": name, **times, **members}


def served(url: str = "http://api.example.com/v2/", status: int = 200, **request: str) -> Document:
    return {"http": {"request": {"url": url, **request}, "response": {"status": status}}}


def calls(name: str, callee: str, *, callee_origin: str | None = None, **members: Any) -> Trace:
    """Make the trace of one service that calls another; the members are those of the call."""
    call = span(2, callee, namespace="remote", took_s=0.4, **members)
    origin: Document = {"origin": callee_origin} if callee_origin else {}
    return [span(1, name, subsegments=[call]), span(3, callee, parent_id=f"{2:016x}", **origin)]


def cause(*services: Document) -> list[Document]:
    return [{"ClientImpacting": True, "Services": list(services)}]


def path(*entities: Document, **members: Any) -> Document:
    return {"Name": "s", "EntityPath": list(entities), **members}


PLAIN = [span(1, "plain")]
SLOW = [span(1, "order-fn", took_s=6.0)]
FAULT = [span(1, "api.example.com", fault=True, **served("http://a/orders", 500))]
THROTTLED = [span(1, "x", error=True, throttle=True, **served(status=429))]
FUNCTION = [
    span(1, "function-name", origin="AWS::Lambda"),
    span(
        2,
        "function-name",
        parent_id=f"{1:016x}",
        origin="AWS::Lambda::Function",
        error=True,
        aws={"account_id": ACCOUNT},
    ),
]
RANDOM = [span(1, "random-name", origin="AWS::Lambda::Function", error=True)]
OPEN = [{"id": "1" * 16, "name": "n", "start_time": 10.0, "in_progress": True}]
TYPED = [
    span(
        1,
        "a",
        origin="AWS::Lambda::Function",
        subsegments=[
            span(2, "DynamoDB", namespace="aws", fault=True, aws={"table_name": "orders"})
        ],
    )
]
EC2 = {"instance_id": "i-0abc", "availability_zone": "us-east-1a"}


def annotated(**annotations: Any) -> Trace:
    return [span(1, "api", annotations=annotations)]


# fmt: off
SELECTED: dict[str, Trace] = {
    "responsetime > 5": SLOW,
    "duration >= 5 AND duration <= 8": SLOW,
    "!ok": FAULT,
    "ok = false": FAULT,
    "fault": FAULT,
    "error = true": THROTTLED,
    "throttle": THROTTLED,
    "partial": OPEN,
    "http.status != 200": FAULT,
    "http.status >= 500": FAULT,
    'http.url CONTAINS "/api/game/"': [span(1, "n", **served("http://h/api/game/7"))],
    'http.url BEGINSWITH "http://api.example.com/" AND http.url CONTAINS "/v2/" '
    'AND !service("api.example.com")': [span(1, "front", **served())],
    "http.url AND responseTime > 2": [span(1, "n", took_s=2.5, **served())],
    'http.method = "POST"': [span(1, "n", **served(method="POST"))],
    'http.useragent BEGINSWITH "curl/"': [span(1, "n", **served(user_agent="curl/8.9"))],
    'http.clientip = "203.0.113.9"': [span(1, "n", **served(client_ip="203.0.113.9"))],
    'user CONTAINS ""': [span(1, "n", user="bob")],
    'user = "alice"': [span(1, "n", user="alice")],
    'service("api.example.com")': FAULT,
    'service("api.example.com") { fault }': FAULT,
    "service() { fault }": FAULT,
    'service("function-name") { error }': FUNCTION,
    'service(id(name: "random-name", type: "AWS::Lambda::Function")) { error }': RANDOM,
    'service(id(type: "AWS::Lambda::Function")) { error }': FUNCTION,
    'service(id(account.id: "111122223333"))': FUNCTION,
    'service("data-plane") {root = true and fault = true}': [span(1, "data-plane", fault=True)],
    'service("order-fn") { responsetime > 1 }': SLOW,
    'service("order-fn") AND duration > 5': SLOW,
    '(service(id(name: "frontend"  ))) AND (Annotation[aws.local.environment] = "k8s:default")':
        [span(1, "frontend", annotations={"aws.local.environment": "k8s:default"})],
    'edge("api.example.com", "backend.example.com")': calls(
        "api.example.com", "backend.example.com"),
    'edge("api.example.com", "backend.example.com") { error }': calls(
        "api.example.com", "backend.example.com", error=True),
    'edge(id(name: "a", type: "AWS::Lambda::Function"), '
    'id(name: "orders", type: "AWS::DynamoDB::Table")) { fault }': TYPED,
    'annotation.gameid = "817DL6VO"': annotated(gameid="817DL6VO"),
    "annotation.age": annotated(age=3),
    "annotation.age > 29": annotated(age=30),
    "annotation.premium = true": annotated(premium=True),
    'annotation.name BEGINSWITH "Pet"': annotated(name="Peter"),
    'annotation[aws.local.operation]="GET /api/orders"': annotated(
        **{"aws.local.operation": "GET /api/orders"}),
    'service("api"){fault = true} AND annotation[aws.local.operation]="POST /visits"':
        [span(1, "api", fault=True, annotations={"aws.local.operation": "POST /visits"})],
    "annotation[aws:responseLatency] > 300": annotated(**{"aws:responseLatency": 300.5}),
    'resource.arn ENDSWITH ":function:order-fn"': [span(1, "f", resource_arn=FUNCTION_ARN)],
    f'resource.arn = "{FUNCTION_ARN}"': [span(1, "f", resource_arn=FUNCTION_ARN)],
    'availabilityzone = "us-east-1a"': [span(1, "n", aws={"ec2": EC2})],
    'instance.id = "i-0abc"': [span(1, "n", aws={"ec2": EC2})],
    f'{GROUP} AND user = "alice"': [span(1, "n", took_s=6.0, user="alice")],
    "error OR fault": FAULT,
    'service("x") {fault OR error}': THROTTLED,
    '(fault OR throttle) AND http.url CONTAINS "/orders"': FAULT,
}
"""Examples that select a trace, and not one of which there is nothing to say."""

LEFT_OUT: dict[str, Trace] = {
    "ok": FAULT,
    "ok !partial duration <3": SLOW,
    "!annotation.age": annotated(age=3),
    '!edge("a", "b")': calls("a", "b"),
}
"""Examples that select a trace of which there is nothing to say, and not these."""

CAUSES: dict[str, Document] = {
    'rootcause.fault.service { name = "Auth" }':
        {"FaultRootCauses": cause(path(Name="Web"), path(Name="Auth"))},
    'rootcause.fault.service { inferred and name = traces and type = "AWS::DynamoDB" }':
        {"FaultRootCauses": cause(path(Name="traces", Type="AWS::DynamoDB", Inferred=True))},
    'rootcause.fault.entity { last and name = "deserialize" }':
        {"FaultRootCauses": cause(path({"Name": "s"}, {"Name": "deserialize"}))},
    'rootcause.fault.exception { last and message = "Access Denied for account_id: 1234567890" }':
        {"FaultRootCauses": cause(path({"Name": "s", "Exceptions": [
            {"Name": "E", "Message": "Access Denied for account_id: 1234567890"}]}))},
    "rootcause.fault.service { index > 5 }":
        {"FaultRootCauses": cause(*[path(Name=f"s{number}") for number in range(7)])},
    'rootcause.responsetime.service { last and type = "AWS::DynamoDB" }':
        {"ResponseTimeRootCauses": cause(path(Name="t", Type="AWS::DynamoDB"))},
    "rootcause.responsetime.entity { last and coverage > 0.8 }":
        {"ResponseTimeRootCauses": cause(path({"Name": "s", "Coverage": 0.9}))},
    'rootcause.responsetime.entity { remote and coverage > 0.7 and name = "traces" }':
        {"ResponseTimeRootCauses": cause(
            path({"Name": "traces", "Coverage": 0.75, "Remote": True}))},
    'rootcause.json = #[{ "Services": [ { "Name": "A", "EntityPath": '
    '[{ "Name": "A" }, { "Name": "f" }] } ] }]':
        {"FaultRootCauses": cause(path({"Name": "A"}, {"Name": "f"}, Name="A"))},
}
# fmt: on


def facts(documents: Trace, **causes: Any) -> TraceFacts:
    trace = process("1-6b042ac0-5d09aa705e56bbd015254801", documents)
    observations = observe(trace)
    summary = {**summarise(trace, observations=observations), **causes}
    return facts_of(trace, summary, observations)


def holds(expression: str, documents: Trace, **causes: Any) -> bool:
    groups = {"high_response_time": parse("responsetime > 5")}
    return matcher(parse(expression), groups=groups.get)(facts(documents, **causes))


@pytest.mark.parametrize("expression", SELECTED)
def test_an_example_selects_its_trace_and_no_plain_one(expression: str) -> None:
    assert holds(expression, SELECTED[expression])
    assert not holds(expression, PLAIN)


@pytest.mark.parametrize("expression", LEFT_OUT)
def test_an_example_leaves_a_trace_out_and_keeps_a_plain_one(expression: str) -> None:
    assert not holds(expression, LEFT_OUT[expression])
    assert holds(expression, PLAIN)


@pytest.mark.parametrize("expression", CAUSES)
def test_an_example_looks_through_root_causes(expression: str) -> None:
    assert holds(expression, PLAIN, **CAUSES[expression])
    assert not holds(expression, PLAIN)
