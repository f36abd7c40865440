"""Queries of CloudWatch Logs Insights: StartQuery, GetQueryResults, StopQuery, DescribeQueries.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
and its siblings. A query reads the events that there are when it starts in a thread of its own,
so that other calls do not wait for it. Results are kept in memory.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tracing_lab.embedded.cloudwatch.log_insights import (
    LogRecord,
    MalformedQueryError,
    Query,
    QueryCancelledError,
    QueryResult,
    parse_query,
    run_query,
)
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID, backend
from tracing_lab.embedded.protocol.errors import ApiError

from .calls import Members, invalid_parameter, log_group
from .paging import page_of
from .stored import Blocks, streams_of

_LOGGER = logging.getLogger(__name__)
_MAX_GROUPS = 50
_MAX_LIMIT = 100_000
_PAGE_RESULTS = 10_000
_PAGE_QUERIES = 1000
_KEPT_QUERIES = 100
_GROUP_MEMBERS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")

Run = Callable[[Callable[[], bool]], QueryResult]
"""Runs a query; its argument is a function that returns whether to stop."""


class RunningQuery:
    """A query that was started, and later its results."""

    def __init__(self, text: str, groups: list[str]) -> None:
        self.query_id = str(uuid.uuid4())
        self.text = text
        self.groups = groups
        self.created_ms = time.time_ns() // 1_000_000
        self.status = "Running"
        self.result: QueryResult | None = None
        self.duration_ms = 0
        self._lock = threading.Lock()

    def start(self, run: Run) -> None:
        """Run the query in a thread."""
        name = f"embedded-query-{self.query_id}"
        threading.Thread(target=self._run, args=(run,), name=name, daemon=True).start()

    def cancel(self) -> bool:
        """Stop the query; return whether it was running."""
        return self._end("Cancelled", None)

    def _run(self, run: Run) -> None:
        try:
            self._end("Complete", run(lambda: self.status != "Running"))
        except QueryCancelledError:
            _LOGGER.debug("query %s was cancelled", self.query_id)
        except Exception:
            _LOGGER.exception("query %s failed: %s", self.query_id, self.text)
            self._end("Failed", None)

    def _end(self, status: str, result: QueryResult | None) -> bool:
        with self._lock:
            if self.status != "Running":
                return False
            self.result, self.status = result, status
            self.duration_ms = time.time_ns() // 1_000_000 - self.created_ms
            return True


def start_query(members: Members, region: str) -> dict[str, Any]:
    """Start a query and return its id.

    Raises
    ------
    ApiError
        If the request or the query is invalid, or a log group does not exist.
    """
    query = _parsed(members)
    groups = [log_group(name, region) for name in _group_names(members)]
    limit, (start_ms, end_ms) = _limit(members), _time_range(members)
    sources = [
        (f"{ACCOUNT_ID}:{group.name}", *source) for group in groups for source in streams_of(group)
    ]
    running = RunningQuery(members["queryString"], [group.name for group in groups])
    queries = backend("logs", region).queries
    while len(queries) >= _KEPT_QUERIES:
        queries.pop(next(iter(queries)))
    queries[running.query_id] = running

    def run(stop: Callable[[], bool]) -> QueryResult:
        records = list(_records(sources, start_ms, end_ms, stop))
        return run_query(query, records, limit=limit, cancelled=stop)

    running.start(run)
    return {"queryId": running.query_id}


def query_results(members: Members, region: str) -> dict[str, Any]:
    """Return the state of a query and a page of its results.

    Raises
    ------
    ApiError
        If there is no such query.
    """
    query = _query(members, region)
    status, result = query.status, query.result
    rows = [] if result is None else result.rows
    page = page_of("results", rows, members, most=_PAGE_RESULTS, size="maxItems")
    shown = [[{"field": name, "value": text} for name, text in row] for row in page["results"]]
    return {
        **page,
        "queryLanguage": "CWLI",
        "results": shown,
        "statistics": _statistics(result, len(query.groups)),
        "status": status,
    }


def stop_query(members: Members, region: str) -> dict[str, Any]:
    """Stop a query.

    Raises
    ------
    ApiError
        If there is no such query, or it is not running.
    """
    query = _query(members, region)
    if not query.cancel():
        message = f"The query {query.query_id} is not running; its status is {query.status}."
        raise invalid_parameter(message)
    return {"success": True}


def describe_queries(members: Members, region: str) -> dict[str, Any]:
    """Return a page of the latest queries, newest first."""
    group, status = members.get("logGroupName"), members.get("status")
    if members.get("queryLanguage") not in {None, "CWLI"}:
        return {"queries": []}
    found = [
        _description(query, group or query.groups[0])
        for query in reversed(backend("logs", region).queries.values())
        if (group is None or group in query.groups) and status in {None, query.status}
    ]
    return page_of("queries", found, members, most=_PAGE_QUERIES)


def _parsed(members: Members) -> Query:
    language = members.get("queryLanguage") or "CWLI"
    if language != "CWLI":
        message = f"The query language {language} is not supported here; use CWLI."
        raise invalid_parameter(message)
    try:
        return parse_query(members["queryString"])
    except MalformedQueryError as error:
        location = {"startCharOffset": error.start, "endCharOffset": error.end}
        compile_error = {"location": location, "message": str(error)}
        code = "MalformedQueryException"
        raise ApiError(code, str(error), queryCompileError=compile_error) from error


def _group_names(members: Members) -> list[str]:
    given = [members[name] for name in _GROUP_MEMBERS if members.get(name)]
    if len(given) != 1:
        message = f"Specify exactly one of {', '.join(_GROUP_MEMBERS)}."
        raise invalid_parameter(message)
    names = [given[0]] if isinstance(given[0], str) else given[0]
    if len(names) > _MAX_GROUPS:
        message = f"A query can have at most {_MAX_GROUPS} log groups, not {len(names)}."
        raise invalid_parameter(message)
    return list(dict.fromkeys(names))


def _limit(members: Members) -> int | None:
    limit: int | None = members.get("limit")
    if limit is not None and not 1 <= limit <= _MAX_LIMIT:
        message = f"The limit {limit} is not between 1 and {_MAX_LIMIT}."
        raise invalid_parameter(message)
    return limit


def _time_range(members: Members) -> tuple[int, int]:
    """Return the range of a query, given in seconds; the last second belongs to it."""
    start_ms, end_ms = members["startTime"] * 1000, members["endTime"] * 1000 + 999
    if start_ms > end_ms:
        message = "The start time of a query must not be later than its end time."
        raise invalid_parameter(message)
    return start_ms, end_ms


def _records(
    sources: Iterable[tuple[str, str, Blocks]], start_ms: int, end_ms: int, stop: Callable[[], bool]
) -> Iterator[LogRecord]:
    """Yield the events of groups and streams in a range of time."""
    for group, stream, blocks in sources:
        for block in blocks(start_ms, end_ms):
            if stop():
                raise QueryCancelledError
            for event in block.load():
                if start_ms <= event.timestamp <= end_ms:
                    yield LogRecord(*event.key, event.message, stream, group)


def _query(members: Members, region: str) -> RunningQuery:
    query: RunningQuery | None = backend("logs", region).queries.get(members["queryId"])
    if query is None:
        code = "ResourceNotFoundException"
        raise ApiError(code, f"There is no query {members['queryId']}.")
    return query


def _statistics(result: QueryResult | None, groups: int) -> dict[str, float]:
    if result is None:
        return {"recordsMatched": 0.0, "recordsScanned": 0.0, "bytesScanned": 0.0}
    return {
        "recordsMatched": float(result.matched),
        "recordsScanned": float(result.scanned),
        "bytesScanned": float(result.scanned_bytes),
        "logGroupsScanned": float(groups),
        "resultCount": float(len(result.rows)),
    }


def _description(query: RunningQuery, group: str) -> dict[str, Any]:
    scanned = 0 if query.result is None else query.result.scanned_bytes
    return {
        "queryLanguage": "CWLI",
        "queryId": query.query_id,
        "queryString": query.text,
        "status": query.status,
        "createTime": query.created_ms,
        "logGroupName": group,
        "queryDuration": query.duration_ms,
        "bytesScanned": float(scanned),
    }
