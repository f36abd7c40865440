"""Pages of X-Ray."""

from datetime import UTC, datetime

from fake_clients import FakeClient, aws, paged, refusal


def test_traces_of_all_pages_and_unprocessed_ids_are_collected() -> None:
    found, asked = paged(
        {"Traces": [{"Id": "1"}], "UnprocessedTraceIds": ["3"]}, {"Traces": [{"Id": "2"}]}
    )
    assert found.xray.batch_get_traces(("1", "2", "3")) == ([{"Id": "1"}, {"Id": "2"}], ["3"])
    ids = {"TraceIds": ["1", "2", "3"]}
    assert asked == [ids, {**ids, "NextToken": "1"}]


def test_summaries_come_page_by_page_and_a_failure_repeats_one_page() -> None:
    client = FakeClient(
        {"TraceSummaries": [{"Id": "1"}], "NextToken": "a"},
        refusal("ThrottledException", operation="GetTraceSummaries", status=429),
        {"TraceSummaries": [], "NextToken": "b"},  # a page may be empty although more follow
        {"TraceSummaries": [{"Id": "2"}]},
    )
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    pages = aws(client).xray.trace_summary_pages(noon, noon, filter_expression="fault")
    assert [*pages] == [[{"Id": "1"}], [], [{"Id": "2"}]]
    assert [params.get("NextToken") for _, params in client.calls] == [None, "a", "a", "b"]
    assert {params["FilterExpression"] for _, params in client.calls} == {"fault"}


def test_filter_expression_is_sent_only_if_there_is_one() -> None:
    client = FakeClient({"TraceSummaries": []})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert [*aws(client).xray.trace_summary_pages(noon, noon)] == [[]]
    assert client.calls == [("get_trace_summaries", {"StartTime": noon, "EndTime": noon})]


def test_graphs_come_page_by_page() -> None:
    found, asked = paged({"Services": [1]}, {"Services": [2]})
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    pages = found.xray.service_graph(start=noon, end=noon)
    assert [page["Services"] for page in pages] == [[1], [2]]
    assert len(found.xray.trace_graph(("1",))) == 2
    window, ids = {"StartTime": noon, "EndTime": noon}, {"TraceIds": ["1"]}
    token = {"NextToken": "1"}
    assert asked == [window, window | token, ids, ids | token]
