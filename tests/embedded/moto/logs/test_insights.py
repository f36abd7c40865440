"""Logs Insights through AWS's own client, on a control control."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from control_planes import REGION, client_of
from waiting import waited

from tracing_lab.embedded.cloudwatch.log_insights import QueryResult
from tracing_lab.embedded.moto.logs.insights import RunningQuery
from tracing_lab.embedded.moto.plane import ControlPlane

NOON_S = int(time.time()) // 3600 * 3600 - 7200  # PutLogEvents accepts no event of long ago
LINES = ('{"level":"ERROR","ms":12}', '{"level":"INFO","ms":200}', "plain text")


@pytest.fixture
def logs(control: ControlPlane) -> Any:
    """Return the client of Logs, with two groups."""
    for number, line in enumerate(LINES):
        control.put_log_events(REGION, "/g", "s", [((NOON_S + number) * 1000 + 999, line)])
    control.put_log_events(REGION, "/h", "s", [(NOON_S * 1000, LINES[0])])
    return client_of(control, "logs")


def start(logs: Any, query: str, **options: Any) -> str:
    options = {"startTime": NOON_S, "endTime": NOON_S + 60, "logGroupName": "/g", **options}
    wanted = {name: value for name, value in options.items() if value is not None}
    return str(logs.start_query(queryString=query, **wanted)["queryId"])


def finished(logs: Any, query_id: str, **options: Any) -> dict[str, Any]:
    def response() -> dict[str, Any]:
        found: dict[str, Any] = logs.get_query_results(queryId=query_id, **options)
        return {} if found["status"] == "Running" else found

    return waited(response)


def results(logs: Any, query: str, **options: Any) -> list[dict[str, str]]:
    found = finished(logs, start(logs, query, **options))
    assert found["status"] == "Complete"
    return [{cell["field"]: cell["value"] for cell in row} for row in found["results"]]


def test_a_query_filters_and_counts(logs: Any) -> None:
    query = "filter level = 'ERROR' | stats count(*) as n"
    found = finished(logs, start(logs, query))
    assert found["results"] == [[{"field": "n", "value": "1"}]]
    assert found["statistics"]["recordsMatched"] == 1.0
    assert found["statistics"]["recordsScanned"] == 3.0


def test_several_groups_are_queried_together(logs: Any) -> None:
    query = "stats count(*) as n by @log | sort @log"
    assert results(logs, query, logGroupName=None, logGroupNames=["/g", "/h"]) == [
        {"@log": "123456789012:/g", "n": "3"},
        {"@log": "123456789012:/h", "n": "1"},
    ]
    arn = logs.describe_log_groups(logGroupNamePrefix="/h")["logGroups"][0]["arn"]
    identifiers = [arn.removesuffix(":*")]
    assert results(logs, query, logGroupName=None, logGroupIdentifiers=identifiers) == [
        {"@log": "123456789012:/h", "n": "1"}
    ]


def test_both_seconds_of_the_time_range_are_included(logs: Any) -> None:
    query = "stats count(*) as n"
    assert results(logs, query, startTime=NOON_S + 1, endTime=NOON_S + 1) == [{"n": "1"}]
    assert results(logs, query, startTime=NOON_S + 3, endTime=NOON_S + 60) == []


@pytest.mark.parametrize(
    "line",
    [
        '{"a": ' * 900 + "1" + "}" * 900,
        "[" * 5000,
        '{"ms": "' + "9" * 5000 + '"}',
        '{"ms": 1e308, "level": 7}',
        '{"ms": "1e999"}',
        '{"level": null, "ms": [], "": {"": 1}}',
        "\x00\U0001f600",
    ],
)
def test_no_line_makes_a_query_fail(logs: Any, control: ControlPlane, line: str) -> None:
    control.put_log_events(REGION, "/g", "s", [(NOON_S * 1000, line), (NOON_S * 1000, line)])
    aggregates = ", ".join(f"{name}(ms)" for name in ("sum", "avg", "max", "count", "stddev"))
    query = f"fields ms % 7, ms * ms, fromMillis(ms), bin(5m) | stats {aggregates} by level"
    assert results(logs, query)
    assert len(results(logs, "fields fromMillis(ms), ms % 3 | filter ms > 1 or not ms > 1")) == 5
    assert len(logs.filter_log_events(logGroupName="/g", filterPattern="{ $.ms > 1 }")) > 0


def test_results_come_in_pages(logs: Any) -> None:
    query_id = start(logs, "fields @message | sort @timestamp asc")
    first = finished(logs, query_id, maxItems=2)
    rest = logs.get_query_results(queryId=query_id, maxItems=2, nextToken=first["nextToken"])
    assert len(first["results"]) == 2
    assert rest["results"][0][0] == {"field": "@message", "value": "plain text"}
    assert "nextToken" not in rest


def test_queries_are_listed_newest_first(logs: Any) -> None:
    ids = [
        start(logs, "limit 1"),
        start(logs, "limit 2", logGroupName="/h"),
        start(logs, "limit 3"),
    ]
    for query_id in ids:
        finished(logs, query_id)
    listed = logs.describe_queries(logGroupName="/g", status="Complete")["queries"]
    assert [query["queryString"] for query in listed] == ["limit 3", "limit 1"]
    page = logs.describe_queries(maxResults=1)
    assert page["queries"][0]["queryId"] == ids[2]
    rest = logs.describe_queries(maxResults=1, nextToken=page["nextToken"])
    assert rest["queries"][0]["queryId"] == ids[1]


def test_a_malformed_query_says_where(logs: Any) -> None:
    with pytest.raises(logs.exceptions.MalformedQueryException) as caught:
        start(logs, "fields @message | pattern @message")
    location = caught.value.response["queryCompileError"]["location"]
    assert location == {"startCharOffset": 18, "endCharOffset": 25}


@pytest.mark.parametrize(
    "options",
    [
        {"logGroupName": None},
        {"logGroupNames": ["/g"]},
        {"logGroupName": None, "logGroupNames": [f"/{n}" for n in range(51)]},
        {"startTime": NOON_S + 1, "endTime": NOON_S},
        {"queryLanguage": "SQL"},
        {"limit": 100_001},
    ],
)
def test_requests_that_cannot_be_are_rejected(logs: Any, options: dict[str, Any]) -> None:
    with pytest.raises(logs.exceptions.InvalidParameterException):
        start(logs, "limit 1", **options)


Call = Callable[[Any], Any]


@pytest.mark.parametrize(
    "call",
    [
        lambda logs: start(logs, "limit 1", logGroupName="/none"),
        lambda logs: logs.get_query_results(queryId="none"),
        lambda logs: logs.stop_query(queryId="none"),
    ],
)
def test_what_does_not_exist_is_said_to_be_missing(logs: Any, call: Call) -> None:
    with pytest.raises(ClientError) as caught:
        call(logs)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_only_a_running_query_can_be_stopped(logs: Any) -> None:
    query_id = start(logs, "limit 1")
    finished(logs, query_id)
    with pytest.raises(logs.exceptions.InvalidParameterException, match="is not running"):
        logs.stop_query(queryId=query_id)


def test_a_stopped_query_has_no_results() -> None:
    stopped, ended = threading.Event(), threading.Event()

    def run(cancelled: Callable[[], bool]) -> QueryResult:
        stopped.wait(10)
        assert cancelled()
        ended.set()
        return QueryResult([], 0, 0, 0)

    query = RunningQuery("limit 1", ["/g"])
    query.start(run)
    assert query.cancel()
    stopped.set()
    assert ended.wait(10)
    assert (query.status, query.result, query.cancel()) == ("Cancelled", None, False)


def test_the_latest_hundred_queries_are_kept(logs: Any) -> None:
    ids = [start(logs, "limit 1") for _ in range(101)]
    assert finished(logs, ids[1])["status"] == "Complete"
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_query_results(queryId=ids[0])
