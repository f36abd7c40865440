"""Log groups, log events and queries."""

import pytest
from fake_clients import FakeClient, aws, paged, refusal

from tracing_lab.errors import AwsError, NotFoundError


def test_log_group_must_match_the_whole_name() -> None:
    found, _ = paged({"logGroups": [{"logGroupName": "/aws/lambda/order-2"}]})
    with pytest.raises(NotFoundError, match="/aws/lambda/order: there is no such log group"):
        found.logs.describe_group("/aws/lambda/order")


def test_log_events_of_a_range_are_collected() -> None:
    found, asked = paged({"events": [{"message": "a"}]}, {"events": [{"message": "b"}]})
    events = found.logs.filter_events("group", start_ms=1, end_ms=2, pattern="x")
    assert [event["message"] for event in events] == ["a", "b"]
    assert (asked[0]["startTime"], asked[0]["endTime"], asked[0]["filterPattern"]) == (1, 2, "x")


def test_results_of_a_query_are_collected_over_all_pages() -> None:
    row = [{"field": "n", "value": "1"}]
    client = FakeClient(
        {"queryId": "q"},
        {"status": "Running", "results": []},
        {"status": "Complete", "results": [row, row], "nextToken": "2"},
        {"status": "Complete", "results": [row]},
    )
    logs = aws(client).logs
    assert logs.start_query(["a", "b"], "limit 3", start_s=1, end_s=2) == "q"
    assert logs.query_status("q") == "Running"
    assert logs.query_results("q") == [row, row, row]
    assert client.calls[0][1]["logGroupNames"] == ["a", "b"]
    assert [params.get("nextToken") for _, params in client.calls[2:]] == [None, "2"]


def test_a_malformed_query_is_an_error_about_the_query() -> None:
    client = FakeClient(refusal("MalformedQueryException"))
    with pytest.raises(AwsError, match="Correct the query where the message says"):
        aws(client).logs.start_query(["a"], "limit", start_s=1, end_s=2)
