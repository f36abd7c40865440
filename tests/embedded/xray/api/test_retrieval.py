"""Trace retrieval as AWS's own client sees it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from otel_spans import START_NS, TRACE_ID, invocation, otel_span

from tracing_lab.embedded.xray.ingest.span_datagrams import SpanDatagram

EXAMPLE = Path(__file__).parents[3] / "data" / "xray_worked_example.json"
EPOCH_S = 1_795_435_200
RANGE = {"StartTime": EPOCH_S - 60, "EndTime": EPOCH_S + 60}
UNKNOWN = "1-00000000-000000000000000000000000"


def trace_id(number: int) -> str:
    return f"1-6b042ac0-{number:024x}"


def document(number: int, *, segment: int = 1, **members: object) -> str:
    times = {"start_time": EPOCH_S, "end_time": EPOCH_S + 0.5}
    names = {"id": f"{segment:016x}", "name": "shop", "trace_id": trace_id(number)}
    return json.dumps(names | times | members)


def start(lab: Any, *ids: str, **span: int) -> str:
    answer = lab.client.start_trace_retrieval(TraceIds=list(ids), **{**RANGE, **span})
    return str(answer["RetrievalToken"])


def test_a_retrieval_gives_the_traces_that_exist_in_its_range(xray_lab: Any) -> None:
    xray_lab.service.ingest([document(1)])
    token = start(xray_lab, trace_id(1), UNKNOWN, trace_id(1))
    answer = xray_lab.client.list_retrieved_traces(RetrievalToken=token)
    assert (answer["RetrievalStatus"], answer["TraceFormat"]) == ("COMPLETE", "XRAY")
    (trace,) = answer["Traces"]
    assert (trace["Id"], trace["Duration"]) == (trace_id(1), 0.5)
    assert json.loads(trace["Spans"][0]["Document"])["name"] == "shop"
    later = start(xray_lab, trace_id(1), StartTime=EPOCH_S + 1)
    assert xray_lab.client.list_retrieved_traces(RetrievalToken=later)["Traces"] == []


def test_pages_have_five_traces_of_at_most_a_hundred_spans(xray_lab: Any) -> None:
    xray_lab.service.ingest(document(0, segment=1 + number) for number in range(130))
    xray_lab.service.ingest(document(number) for number in range(1, 7))
    token = start(xray_lab, *map(trace_id, range(7)))
    first = xray_lab.client.list_retrieved_traces(RetrievalToken=token)
    second = xray_lab.client.list_retrieved_traces(
        RetrievalToken=token, NextToken=first["NextToken"]
    )
    assert "NextToken" not in second
    traces = [first["Traces"], second["Traces"]]
    assert [len(page) for page in traces] == [5, 3]
    assert [len(one["Spans"]) for one in traces[0]] == [100, 30, 1, 1, 1]
    assert [one["Id"] for one in traces[1]] == [trace_id(number) for number in (4, 5, 6)]


def test_the_graph_of_a_retrieval_has_its_services_and_links(xray_lab: Any) -> None:
    attributes = {"aws.xray.reserved.reference_type": "child"}
    link = {"trace_id": trace_id(2), "id": "a" * 16, "attributes": attributes}
    xray_lab.service.ingest([document(1, links=[link, {"id": "no link"}]), document(2)])
    token = start(xray_lab, trace_id(1))
    answer = xray_lab.client.get_retrieved_traces_graph(RetrievalToken=token)
    assert answer["RetrievalStatus"] == "COMPLETE"
    shop, client = answer["Services"]
    assert shop["Service"]["SummaryStatistics"]["TotalCount"] == 1
    assert (client["Service"]["Type"], client["Links"]) == ("client", [])
    expected = {"ReferenceType": "child", "SourceTraceId": trace_id(1)}
    assert shop["Links"] == [expected | {"DestinationTraceIds": [trace_id(2)]}]


def test_a_cancelled_retrieval_gives_nothing_more(xray_lab: Any) -> None:
    xray_lab.service.ingest([document(1)])
    token = start(xray_lab, trace_id(1))
    xray_lab.client.cancel_trace_retrieval(RetrievalToken=token)
    answer = xray_lab.client.list_retrieved_traces(RetrievalToken=token)
    assert (answer["RetrievalStatus"], answer["Traces"]) == ("CANCELLED", [])
    graph = xray_lab.client.get_retrieved_traces_graph(RetrievalToken=token)
    assert (graph["RetrievalStatus"], graph["Services"]) == ("CANCELLED", [])


def test_a_retrieval_ends_after_an_hour_and_is_forgotten_later(xray_lab: Any) -> None:
    xray_lab.service.ingest([document(1)])
    token = start(xray_lab, trace_id(1))
    xray_lab.now_s += 3601
    answer = xray_lab.client.list_retrieved_traces(RetrievalToken=token)
    assert (answer["RetrievalStatus"], answer["Traces"]) == ("TIMEOUT", [])
    xray_lab.now_s += 3600
    start(xray_lab, trace_id(1))
    with pytest.raises(xray_lab.client.exceptions.ResourceNotFoundException):
        xray_lab.client.list_retrieved_traces(RetrievalToken=token)


def test_a_retrieval_survives_a_restart(make_xray: Callable[[], Any]) -> None:
    before = make_xray()
    before.service.ingest([document(1)])
    token = start(before, trace_id(1))
    (trace,) = make_xray().client.list_retrieved_traces(RetrievalToken=token)["Traces"]
    assert trace["Id"] == trace_id(1)


@pytest.mark.parametrize(
    "path, members, says",
    [
        ("/StartTraceRetrieval", {"TraceIds": ["t"] * 101, **RANGE}, "at most 100 items"),
        ("/StartTraceRetrieval", {"TraceIds": ["t"]}, "StartTime"),
        ("/StartTraceRetrieval", {"TraceIds": ["t" * 36], **RANGE}, "1 to 35 characters"),
        ("/ListRetrievedTraces", {}, "RetrievalToken is missing"),
        ("/CancelTraceRetrieval", {"RetrievalToken": 1}, "RetrievalToken must be a string"),
    ],
)
def test_bad_requests_are_refused_with_the_name_of_the_member(
    xray_lab: Any, path: str, members: dict[str, Any], says: str
) -> None:
    status, code, message = xray_lab.refusal(path, members)
    assert (status, code) == (400, "InvalidRequestException")
    assert says in message


def test_traces_come_as_opentelemetry_spans_too(xray_lab: Any) -> None:
    call = {"id": "b" * 16, "name": "pay", "namespace": "aws", "fault": True}
    call |= {"start_time": EPOCH_S + 0.1, "end_time": EPOCH_S + 0.25}
    work = {"id": "c" * 16, "name": "work", "start_time": EPOCH_S, "in_progress": True}
    request = {"request": {"method": "POST"}, "response": {"status": 201}}
    members: dict[str, Any] = {
        "annotations": {"tenant": 7},
        "http": request,
        "subsegments": [call, work],
    }
    xray_lab.service.ingest([document(1, origin="AWS::ECS::Container", **members)])
    worker: dict[str, Any] = {"name": "worker", "id": "d" * 16, "parent_id": "b" * 16}
    xray_lab.service.ingest([document(1, **worker)])
    answer = xray_lab.client.list_retrieved_traces(
        RetrievalToken=start(xray_lab, trace_id(1)), TraceFormat="OTEL"
    )
    assert answer["TraceFormat"] == "OTEL"
    spans = {one["Id"]: json.loads(one["Document"]) for one in answer["Traces"][0]["Spans"]}
    assert set(spans) == {f"{1:016x}", "b" * 16, "d" * 16}
    shop, pay = spans[f"{1:016x}"], spans["b" * 16]
    assert shop["traceId"] == f"6b042ac0{1:024x}"
    assert shop["attributes"] == {
        "tenant": 7,
        "aws.xray.origin": "AWS::ECS::Container",
        "http.request.method": "POST",
        "http.response.status_code": 201,
    }
    assert (shop["kind"], shop["status"], "parentSpanId" in shop) == (
        "SERVER",
        {"code": "UNSET"},
        False,
    )
    assert (pay["kind"], pay["status"]["code"], pay["durationNano"]) == (
        "CLIENT",
        "ERROR",
        pytest.approx(150_000_000, abs=1000),
    )
    assert pay["parentSpanId"] == shop["spanId"]
    assert spans["d" * 16]["parentSpanId"] == "b" * 16


def test_spans_of_inferred_segments_are_left_out_of_the_chain(xray_lab: Any) -> None:
    example = json.loads(EXAMPLE.read_text())
    xray_lab.service.ingest(json.dumps(one) for one in example["raw"])
    answer = xray_lab.client.list_retrieved_traces(
        RetrievalToken=start(xray_lab, example["trace_id"]), TraceFormat="OTEL"
    )
    spans = [json.loads(one["Document"]) for one in answer["Traces"][0]["Spans"]]
    ids = {one["spanId"] for one in spans}
    (root,) = (one for one in spans if "parentSpanId" not in one)
    assert root["name"] == "orders-api/prod"
    assert {one["parentSpanId"] for one in spans if one is not root} <= ids


OTEL_TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"


@pytest.fixture
def searching(xray_lab: Any) -> Any:
    """Return a lab that sends spans to CloudWatch Logs and indexes nothing."""
    xray_lab.now_s = START_NS / 1e9 + 1
    xray_lab.client.update_trace_segment_destination(Destination="CloudWatchLogs")
    rule = {"Probabilistic": {"DesiredSamplingPercentage": 0}}
    xray_lab.client.update_indexing_rule(Name="Default", Rule=rule)
    return xray_lab


def retrieved(lab: Any, *ids: str, **members: str) -> dict[str, dict[str, Any]]:
    """Return the documents of the only trace of a retrieval by their ids."""
    token = start(lab, *ids)
    (trace,) = lab.client.list_retrieved_traces(RetrievalToken=token, **members)["Traces"]
    return {span["Id"]: json.loads(span["Document"]) for span in trace["Spans"]}


def test_a_request_that_was_not_sampled_is_retrieved_from_the_log_group(searching: Any) -> None:
    searching.service.receive_spans([SpanDatagram(invocation(), is_sampled=False)])
    assert searching.client.batch_get_traces(TraceIds=[OTEL_TRACE])["Traces"] == []
    handler, events = retrieved(searching, OTEL_TRACE).values()
    assert (handler["name"], events["name"], events["inferred"]) == ("orders", "Events", True)
    (step,) = handler["subsegments"]
    assert step["annotations"]["order_id"] == "o-1"


def test_a_request_that_was_not_sampled_has_a_graph(searching: Any) -> None:
    searching.service.receive_spans([SpanDatagram(invocation(), is_sampled=False)])
    token = start(searching, OTEL_TRACE)
    answer = searching.client.get_retrieved_traces_graph(RetrievalToken=token)
    services = [entry["Service"] for entry in answer["Services"]]
    nodes = {(service["Name"], service["Type"]) for service in services}
    function = ("orders", "AWS::Lambda::Function")
    assert nodes == {("orders", "client"), function, ("Events", "AWS::Events")}


@pytest.mark.parametrize("is_sampled", [True, False])
def test_opentelemetrys_spans_are_retrieved_as_they_were_sent(
    searching: Any, *, is_sampled: bool
) -> None:
    link = {"trace_id": "b" * 32, "span_id": "c" * 16, "attributes": {"n": 1}}
    spans = [*invocation(), otel_span(number=9, links=[link])]
    searching.service.receive_spans([SpanDatagram(spans, is_sampled=is_sampled)])
    searching.service.flush()
    found = retrieved(searching, OTEL_TRACE, TraceFormat="OTEL")
    assert set(found) == {span.span_id for span in spans}
    assert found[f"{9:016x}"]["links"][0]["traceId"] == "b" * 32
    assert found[f"{3:016x}"]["attributes"]["rpc.service"] == "EventBridge"


def test_spans_of_functions_and_segments_of_services_are_one_trace(searching: Any) -> None:
    parent = invocation()[0].parent_id
    names = {"id": parent, "name": "api/prod", "trace_id": OTEL_TRACE}
    times = {"start_time": EPOCH_S, "end_time": EPOCH_S + 1}
    searching.service.ingest([json.dumps(names | times)])
    searching.service.receive_spans([SpanDatagram(invocation(), is_sampled=False)])
    stage, handler, _ = retrieved(searching, OTEL_TRACE).values()
    assert (stage["name"], handler["parent_id"]) == ("api/prod", parent)
    found = retrieved(searching, OTEL_TRACE, TraceFormat="OTEL")
    assert set(found) == {parent, *(span.span_id for span in invocation())}


def test_only_a_span_of_the_trace_counts_not_one_that_names_it(searching: Any) -> None:
    other = otel_span(trace_id="a" * 32, attributes={"text": "x", "o": {"traceId": TRACE_ID}})
    searching.service.receive_spans([SpanDatagram([other], is_sampled=False)])
    assert len(searching.span_log) == 1
    token = start(searching, OTEL_TRACE)
    assert searching.client.list_retrieved_traces(RetrievalToken=token)["Traces"] == []


def test_records_outside_of_the_range_are_not_retrieved(searching: Any) -> None:
    searching.service.receive_spans([SpanDatagram(invocation(), is_sampled=False)])
    token = start(searching, OTEL_TRACE, StartTime=EPOCH_S + 2)
    assert searching.client.list_retrieved_traces(RetrievalToken=token)["Traces"] == []
    token = start(searching, OTEL_TRACE, EndTime=EPOCH_S - 2)
    assert searching.client.list_retrieved_traces(RetrievalToken=token)["Traces"] == []
