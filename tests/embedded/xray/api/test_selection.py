"""GetTraceSummaries returns the traces that a filter expression holds for."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from api_calls import xray_call

from tracing_lab.embedded.xray import XRayService
from tracing_lab.embedded.xray.derive.facts import facts_of
from tracing_lab.embedded.xray.derive.graph import observe
from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.summaries import summarise
from tracing_lab.errors import FilterSyntaxError
from tracing_lab.filters import FactColumns, TraceFacts, chooser, matcher, parse

EXAMPLE = json.loads((Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text())
TRACE_ID = EXAMPLE["trace_id"]
START_S = 1795435200
WINDOW = {"StartTime": START_S, "EndTime": START_S + 600}
ROOT = {"id": "1" * 16, "name": "api", "start_time": 10.0, "end_time": 10.5}

Call = Callable[..., dict[str, Any]]


def facts(*documents: dict[str, Any], **causes: Any) -> TraceFacts:
    trace = process(TRACE_ID, documents)
    observations = observe(trace)
    summary = {**summarise(trace, observations=observations), **causes}
    return facts_of(trace, summary, observations)


def holds(expression: str, *documents: dict[str, Any], **causes: Any) -> bool:
    """Evaluate both ways: on the facts of one trace, and on columns of several."""
    tree, one = parse(expression), facts(*documents, **causes)
    found = matcher(tree)(one)
    assert chooser(tree)(FactColumns([facts(), one, one])) - {0} == ({1, 2} if found else set())
    return found


FUNCTION = 'id(name: "order-fn", type: "AWS::Lambda::Function")'
DOCUMENTED = {
    "ok": True,
    "fault": False,
    "partial": False,
    "inferred": True,
    "responsetime > 0.4": True,
    "responsetime > 0.5": False,
    "duration > 0.9": True,
    "duration > 1": False,
    'http.status = 201 AND http.method = "POST"': True,
    'http.url CONTAINS "/orders" AND http.useragent BEGINSWITH "curl/"': True,
    'service("order-fn")': True,
    f"service({FUNCTION}) {{ responsetime > 0.3 }}": False,
    f"service({FUNCTION}) {{ responsetime > 0.1 }}": True,
    'service("orders-api/prod") { root = true }': True,
    'service("ship-fn") { root = true }': False,
    'service(id(type: "AWS::Events"))': True,
    'service("orders")': True,
    'service("DynamoDB")': False,
    'edge("orders-api/prod", "order-fn")': True,
    'edge("order-fn", "ship-fn")': False,
    'edge("Events", "ship-fn")': True,
    '!edge("order-fn", "Events")': False,
    'annotation[aws:api_stage] = "prod"': True,
    "annotation.aws": False,
    'resource.arn ENDSWITH ":function:ship-fn"': True,
    'user CONTAINS ""': False,
    "service() { error } OR service() { fault }": False,
    'service(id(account.id: "111122223333"))': True,
    'account.id = "111122223333" AND !(account.id = "1")': True,
    'http.clientip = "203.0.113.9" http.url': True,
    "service() { inferred } AND edge() { http.status = 201 }": True,
    "rootcause.json = #[{}]": False,
}


@pytest.mark.parametrize("expression", DOCUMENTED)
def test_expressions_over_the_worked_example_have_the_documented_result(expression: str) -> None:
    assert holds(expression, *EXAMPLE["raw"]) is DOCUMENTED[expression]


def child(**members: Any) -> dict[str, Any]:
    return {**ROOT, "id": "2" * 16, "name": "fn", "parent_id": "1" * 16, **members}


def test_plain_keywords_look_at_the_root_and_braces_at_the_node() -> None:
    documents = ROOT, child(fault=True)
    assert holds('ok AND !fault AND service("fn") { fault }', *documents)
    assert not holds('service("api") { fault }', *documents)


def test_an_edge_shows_the_call_as_the_caller_saw_it() -> None:
    call = {"id": "3" * 16, "name": "fn", "start_time": 10.1, "end_time": 10.4}
    call |= {"namespace": "remote", "throttle": True, "error": True}
    documents = {**ROOT, "subsegments": [call]}, child(parent_id="3" * 16)
    assert holds('edge("api", "fn") { throttle error responsetime > 0.29 !ok }', *documents)
    assert not holds('service("fn") { throttle }', *documents)


def test_ok_needs_a_2xx_status_where_there_is_one() -> None:
    moved = {**ROOT, "http": {"response": {"status": 302}}}
    assert holds("ok", ROOT)
    assert not holds("ok", moved)
    assert not holds("ok", {"id": "1" * 16, "name": "a", "start_time": 1.0, "in_progress": True})


def test_what_is_not_there_fits_no_comparison() -> None:
    for expression in ("http.status != 200", "http.status < 5", 'user != "a"', "annotation.k != 1"):
        assert not holds(expression, ROOT)
    waiting = {"id": "1" * 16, "name": "api", "start_time": 10.0, "in_progress": True}
    assert not holds("responsetime >= 0", waiting)


def test_a_value_fits_only_values_of_its_type() -> None:
    document = {**ROOT, "annotations": {"k": 1, "flag": True, "text": "1"}}
    assert holds('annotation.k = 1 annotation.flag = true annotation.text = "1"', document)
    for expression in ("annotation.flag = 1", "annotation.k = true", "annotation.text = 1"):
        assert not holds(expression, document)


def test_one_of_several_values_is_enough() -> None:
    documents = {**ROOT, "user": "ann"}, child(user="bob", annotations={"k": "x"})
    assert holds('user = "bob" AND user != "bob" AND annotation.k ENDSWITH "x"', *documents)


ENTITIES = [
    {"Name": "api", "Remote": False},
    {
        "Name": "db",
        "Remote": True,
        "Exceptions": [{"Name": "Timeout", "Message": "read timed out"}],
    },
]
CAUSE = {
    "ClientImpacting": True,
    "Services": [
        {"Name": "edge", "EntityPath": [{"Name": "edge"}]},
        {"Name": "api", "Type": "AWS::Lambda", "Inferred": True, "EntityPath": ENTITIES},
    ],
}


OVER_CAUSES = {
    'rootcause.fault.service { name = "api" }': True,
    'rootcause.error.service { name = "api" }': False,
    'rootcause.fault.service { inferred and last and type = "AWS::Lambda" }': True,
    'rootcause.fault.service { first and name = "api" }': False,
    "rootcause.fault.service { index = 1 }": True,
    "rootcause.fault.service { index > 1 }": False,
    'rootcause.fault.entity { last and remote and name = "db" }': True,
    "rootcause.fault.entity { index = 2 }": True,
    "rootcause.fault.entity { coverage > 0 }": False,
    'rootcause.fault.exception { last and message = "read timed out" }': True,
    'rootcause.fault.exception { name = "Other" }': False,
    'rootcause.json = #[{"Services": [{"Name": "edge"}, {"Name": "api"}]}]': True,
    'rootcause.json = #[{"Services": [{"Name": "api"}]}]': False,
    'rootcause.json != #[{"ClientImpacting": true}]': False,
    "rootcause.json = #[{}]": True,
}


@pytest.mark.parametrize("expression", OVER_CAUSES)
def test_root_causes_are_looked_through(expression: str) -> None:
    assert holds(expression, ROOT, FaultRootCauses=[CAUSE]) is OVER_CAUSES[expression]
    assert not holds(expression.replace("!=", "="), ROOT)


def test_a_group_stands_for_its_expression() -> None:
    groups = {"slow": parse("responsetime > 0.3"), "arn:slow": parse("ok"), "me": parse("!ok")}
    matches = matcher(parse('group.name = "slow" AND group.arn != "me"'), groups=groups.get)
    assert matches(facts(ROOT))
    assert not matches(facts({**ROOT, "end_time": 10.2}))


@pytest.mark.parametrize("name, found", [("nobody", "nobody"), ("me", "which is part of itself")])
def test_a_group_that_cannot_be_resolved_is_refused(name: str, found: str) -> None:
    groups = {"me": parse('group.name = "you"'), "you": parse('ok group.name = "me"')}
    with pytest.raises(FilterSyntaxError, match=f"a group that exists, found .*{found}"):
        matcher(parse(f'group.name = "{name}"'), groups=groups.get)


@pytest.fixture
def xray(tmp_path: Path) -> Iterator[XRayService]:
    xray = XRayService(
        tmp_path, region="us-east-1", account_id="123456789012", clock=lambda: 2000.0
    )
    yield xray
    xray.close()


def summaries(xray: XRayService, **members: object) -> dict[str, Any]:
    response = xray.handle(xray_call("/TraceSummaries", json.dumps({**WINDOW, **members}).encode()))
    return {"status": response.status, **json.loads(response.body)}


def document(number: int, **members: Any) -> str:
    trace_id = f"1-{START_S + number // 10:08x}-{number:024x}"
    times = {"start_time": START_S, "end_time": START_S + 1}
    ids = {"id": f"{number + 1:016x}", "trace_id": trace_id}
    return json.dumps({**ids, "name": "n", **times, **members})


def test_pages_of_selected_traces_hold_each_once_and_count_the_rest(
    xray: XRayService,
) -> None:
    xray.ingest(document(n, fault=n % 20 == 0) for n in range(4100))
    first = summaries(xray, FilterExpression="fault")
    second = summaries(xray, FilterExpression="fault", NextToken=first["NextToken"])
    third = summaries(xray, FilterExpression="fault", NextToken=second["NextToken"])
    pages = [first, second, third]
    found = [int(one["Id"][11:], 16) for page in pages for one in page["TraceSummaries"]]
    assert found == list(range(4080, -1, -20))
    assert [len(page["TraceSummaries"]) for page in pages] == [100, 100, 5]
    assert sum(page["TracesProcessedCount"] for page in pages) == 4100
    assert "NextToken" not in third


def test_selected_and_sampled_go_together(xray: XRayService) -> None:
    xray.ingest(document(n, fault=n % 2 == 0) for n in range(100))
    half = {"SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}, "Sampling": True}
    found = summaries(xray, FilterExpression="fault", **half)["TraceSummaries"]
    assert 0 < len(found) < 50
    assert all(one["HasFault"] for one in found)


def test_a_trace_that_changes_is_looked_at_again(xray: XRayService) -> None:
    xray.ingest([document(1, in_progress=True)])
    assert len(summaries(xray, FilterExpression="partial")["TraceSummaries"]) == 1
    xray.ingest([document(1)])
    assert summaries(xray, FilterExpression="partial")["TraceSummaries"] == []


@pytest.mark.parametrize(
    "expression, says",
    [
        ("fault =", "FilterExpression: Filter expression, column 8: expected true or false"),
        ('group.name = "x"', "FilterExpression: Filter expression, column 1: expected a group"),
        (5, "FilterExpression must be a string"),
    ],
)
def test_a_bad_expression_is_refused(xray: XRayService, expression: object, says: str) -> None:
    answer = summaries(xray, FilterExpression=expression)
    assert answer["status"] == 400
    assert says in answer["message"]


def test_a_group_of_the_account_may_be_named(xray: XRayService) -> None:
    group = {"GroupName": "bad", "FilterExpression": "fault"}
    assert xray.handle(xray_call("/CreateGroup", json.dumps(group).encode())).status == 200
    xray.ingest([document(1, fault=True), document(2)])
    found = summaries(xray, FilterExpression='group.name = "bad"')["TraceSummaries"]
    assert [one["HasFault"] for one in found] == [True]
