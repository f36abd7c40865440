"""The query language of Logs Insights, on events that can be judged by eye."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.cloudwatch.log_insights import (
    LogRecord,
    MalformedQueryError,
    QueryCancelledError,
    parse_query,
    run_query,
)
from tracing_lab.embedded.cloudwatch.log_insights.discovery import discovered_fields

NOON_MS = 1_795_435_200_000  # 2026-11-23 12:00:00 UTC
MINUTE_MS = 60_000
REQUEST = "0a1b2c3d-0000-4000-8000-000000000001"
REPORT = (
    f"REPORT RequestId: {REQUEST}\tDuration: 3.42 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB"
    "\tMax Memory Used: 36 MB\tInit Duration: 250.50 ms\t\n"
    "XRAY TraceId: 1-6b042ac0-5d09aa705e56bbd015254801\tSegmentId: 5e56bbd015254801"
    "\tSampled: true\t\n"
)
ORDERS = (
    {"level": "INFO", "ms": 100, "user": {"id": "u1", "tags": ["a", "b"]}, "order": "o1"},
    {"level": "ERROR", "ms": 12.5, "user": {"id": "u2"}, "order": "o2"},
    {"level": "INFO", "ms": 300, "user": {"id": "u1"}, "ok": True, "order": "o3"},
    {"level": "WARN", "ms": "40", "user": None, "text": "user=ann, took := 7", "order": "o4"},
)


def records(*messages: Any, apart_ms: int = MINUTE_MS) -> list[LogRecord]:
    texts = [one if isinstance(one, str) else json.dumps(one) for one in messages]
    return [
        LogRecord(NOON_MS + n * apart_ms, NOON_MS + n * apart_ms + 5, n, text, f"s{n % 2}", "1:/g")
        for n, text in enumerate(texts)
    ]


def rows(query: str, *messages: Any) -> list[dict[str, str]]:
    """Return the results of a query without their pointers."""
    found = run_query(parse_query(query), records(*(messages or ORDERS))).rows
    return [{name: text for name, text in row if name != "@ptr"} for row in found]


def column(query: str, *messages: Any) -> list[str]:
    """Return the only column of a query's results."""
    return [text for row in rows(query, *messages) for text in row.values()]


def test_without_fields_there_are_time_and_message_newest_first() -> None:
    result = run_query(parse_query("limit 1"), records("old", "new"))
    assert result.rows == [
        [("@timestamp", "2026-11-23 12:01:00.000"), ("@message", "new"), ("@ptr", "1")]
    ]
    assert (result.matched, result.scanned, result.scanned_bytes) == (2, 2, 6)


def test_every_event_has_system_fields() -> None:
    query = "fields @timestamp, @ingestionTime, @logStream, @log, @message"
    assert rows(query, "x") == [
        {
            "@timestamp": "2026-11-23 12:00:00.000",
            "@ingestionTime": "2026-11-23 12:00:00.005",
            "@logStream": "s0",
            "@log": "1:/g",
            "@message": "x",
        }
    ]


def test_fields_of_json_have_dotted_names_and_missing_ones_are_left_out() -> None:
    assert rows("fields user.id, user.tags.1, ok | sort order asc") == [
        {"user.id": "u1", "user.tags.1": "b"},
        {"user.id": "u2"},
        {"user.id": "u1", "ok": "1"},
        {},
    ]


def test_odd_field_names_need_backticks_or_have_another_at() -> None:
    message = {"foo-bar": 1, "@own": 2, "a": {"@b": 3}}
    assert rows("fields `foo-bar`, @@own, a.@b", message) == [
        {"foo-bar": "1", "@@own": "2", "a.@b": "3"}
    ]


def test_json_may_begin_within_a_message_and_end_before_it_does() -> None:
    assert column("fields a", 'INFO {"a": 1} then {"a": 2}') == ["1"]
    assert column("fields a", '{"a": 3} and more') == ["3"]
    assert column("fields a", "{broken", "[1]", "7", '{"a": 4') == []


def test_two_hundred_fields_of_json_are_found() -> None:
    message = json.dumps({f"f{n}": n for n in range(250)})
    found = discovered_fields(records(message)[0])
    assert "f199" in found
    assert "f200" not in found


def test_lines_of_lambda_have_fields_of_their_own() -> None:
    report = discovered_fields(records(REPORT)[0])
    assert {name: value for name, value in report.items() if name[1:] not in _SYSTEM} == {
        "@type": "REPORT",
        "@requestId": REQUEST,
        "@duration": 3.42,
        "@billedDuration": 4.0,
        "@initDuration": 250.5,
        "@memorySize": 128_000_000,
        "@maxMemoryUsed": 36_000_000,
        "@xrayTraceId": "1-6b042ac0-5d09aa705e56bbd015254801",
        "@xraySegmentId": "5e56bbd015254801",
    }
    lines = (
        f"START RequestId: {REQUEST} Version: $LATEST\n",
        f"[INFO]\t2026-11-23T12:00:00.000Z\t{REQUEST}\thello\n",
        f"2026-11-23T12:00:03.000Z {REQUEST} Task timed out after 3.00 seconds\n\n",
    )
    assert column("fields @requestId", *lines) == [REQUEST] * 3
    assert column("filter ispresent(@type) | fields @type", *lines) == ["START"]


_SYSTEM = {"timestamp", "ingestionTime", "message", "logStream", "log", "ptr"}


@pytest.mark.parametrize(
    "condition, expected",
    [
        ("level = 'ERROR'", ["o2"]),
        ('level = "ERROR"', ["o2"]),
        ("level != 'INFO'", ["o2", "o4"]),
        ("ms > 100", ["o3"]),
        ("ms >= 100", ["o1", "o3"]),
        ("ms < 41", ["o2", "o4"]),  # text that is a number is one
        ("ms = 12.50", ["o2"]),
        ("ms * 2 + 1 = 25 + 1", ["o2"]),
        ("ms = -(0 - 300)", ["o3"]),
        ("ms % 7 = 2 or 2 ^ 3 ^ 2 = ms + 212", ["o1", "o3"]),
        ("user.id = 'u1' and not ms > 200", ["o1"]),
        ("level = 'WARN' or level = 'ERROR' and ms > 100", ["o4"]),
        ("(level = 'WARN' or level = 'ERROR') and ms < 20", ["o2"]),
        ("level in ['ERROR', 'WARN']", ["o2", "o4"]),
        ("ms not in [100, 300]", ["o2", "o4"]),
        ("@message like /(?i)error|warn/", ["o2", "o4"]),
        ("@message like 'took'", ["o4"]),
        ("@message =~ /u[12]/", ["o1", "o2", "o3"]),
        ("@message not like 'u1'", ["o2", "o4"]),
        ("NOT @message LIKE /u1/ AND ms < 20", ["o2"]),
        (r"@message like /took := \d\b|a\/b/", ["o4"]),
        ("ispresent(user.id)", ["o1", "o2", "o3"]),
        ("not ispresent(user.id)", ["o4"]),
        ("ok", ["o3"]),
        ("ok = true and ok = 1", ["o3"]),
        ("user.id != 'u9'", ["o1", "o2", "o3"]),  # a missing field is unequal to nothing
        ("strcontains(text, 'ann')", ["o4"]),
        ("isempty(text) and isblank(user.id)", []),
        ("tolower(level) = 'info' and strlen(order) = 2", ["o1", "o3"]),
        ("@timestamp >= 1795435320000", ["o3", "o4"]),
        (" or ".join(["level = 'ERROR'"] * 125), ["o2"]),
        ("`order` = 'o1' # only the first\n", ["o1"]),
    ],
)
def test_filters(condition: str, expected: list[str]) -> None:
    assert column(f"filter {condition} | display order | sort order") == expected


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("1 / 4", "0.25"),
        ("7 / 0", None),
        ("sqrt(0 - 1)", None),
        ("abs(1 - 3)", "2"),
        ("ceil(1.2) + floor(1.8)", "3"),
        ("greatest(1, 5, 3) - least(4, 2)", "3"),
        ("log(1)", "0"),
        ("concat('a', 1, '-', nothing)", None),
        ("concat('a', 1, '-')", "a1-"),
        ("coalesce(nothing, 'x')", "x"),
        ("if(n = 1, 'one', 'many')", "one"),
        ("ltrim('xyZfooxyZ', 'xyZ')", "fooxyZ"),
        ("rtrim('xyZfooxyZ', 'xyZ')", "xyZfoo"),
        ("trim('  a ')", "a"),
        ("substr('xyZfooxyZ', 3, 3)", "foo"),
        ("substr('abc', 1)", "bc"),
        ("replace('foo', 'o', '0')", "f00"),
        ("toupper('a')", "A"),
        ("bin(1h)", "2026-11-23 12:00:00.000"),
        ("datefloor(@timestamp, 1d)", "2026-11-23 00:00:00.000"),
        ("dateceil(@ingestionTime, 5m)", "2026-11-23 12:05:00.000"),
        ("toMillis(@timestamp)", "1795435200000"),
        ("fromMillis(1500)", "1970-01-01 00:00:01.500"),
    ],
)
def test_functions(expression: str, expected: str | None) -> None:
    assert column(f"fields {expression} as x", {"n": 1}) == ([] if expected is None else [expected])


def test_columns_are_named_as_they_are_written_or_by_alias() -> None:
    assert rows("fields n*2, abs( n ) as size", {"n": 3}) == [{"n*2": "6", "size": "3"}]
    assert column("fields n * 2 as twice | filter twice > 4 | display twice", {"n": 3}) == ["6"]


def test_display_replaces_the_columns_of_fields() -> None:
    query = "fields @message, ms | display level | limit 1"
    assert rows(query) == [{"level": "WARN"}]


def test_parse_extracts_by_asterisks() -> None:
    query = (
        "parse text 'user=*, took := *' as @user, @took | filter @took > 6 | display @user, @took"
    )
    assert rows(query) == [{"@user": "ann", "@took": "7"}]


def test_parse_extracts_by_named_groups() -> None:
    query = r"parse @message /\"user\": \{\"id\": \"(?<who>u\d)\"/ | stats count(*) by who"
    assert rows(query) == [
        {"count(*)": "1"},
        {"who": "u1", "count(*)": "2"},
        {"who": "u2", "count(*)": "1"},
    ]


def test_what_parse_extracts_is_shown_and_events_without_stay() -> None:
    found = rows("parse 'a=*' as a", "a=1", "b=2")
    assert [row.get("a") for row in found] == [None, "1"]
    assert all("@message" in row for row in found)


@pytest.mark.parametrize(
    "aggregate, expected",
    [
        ("count(*)", "4"),
        ("count()", "4"),
        ("count(user.id)", "3"),
        ("count_distinct(user.id)", "2"),
        ("sum(ms)", "452.5"),
        ("avg(ms)", "113.125"),
        ("avg(ms) * 2 - sum(ms) / count(*)", "113.125"),
        ("min(ms)", "12.5"),
        ("max(ms)", "300"),
        ("pct(ms, 50)", "40"),
        ("pct(ms, 75)", "100"),
        ("pct(ms, 95)", "300"),
        ("stddev(ms)", "112.4357"),
        ("earliest(order)", "o1"),
        ("latest(order)", "o4"),
        ("sortsFirst(level)", "ERROR"),
        ("sortsLast(level)", "WARN"),
        ("max(ms) - min(ms)", "287.5"),
        ("floor(avg(ms / 10))", "11"),
        ("sum(nothing)", None),
        ("max(@timestamp)", "2026-11-23 12:03:00.000"),
    ],
)
def test_aggregates(aggregate: str, expected: str | None) -> None:
    assert column(f"stats {aggregate} as x") == ([] if expected is None else [expected])


def test_stats_by_fields_and_time() -> None:
    assert rows("stats count(*), avg(ms) as mean by level | sort level") == [
        {"level": "ERROR", "count(*)": "1", "mean": "12.5"},
        {"level": "INFO", "count(*)": "2", "mean": "200"},
        {"level": "WARN", "count(*)": "1", "mean": "40"},
    ]
    assert rows("stats count(*) as n by bin(2m) as t, user.id | sort t, n desc") == [
        {"t": "2026-11-23 12:00:00.000", "user.id": "u2", "n": "1"},
        {"t": "2026-11-23 12:00:00.000", "user.id": "u1", "n": "1"},
        {"t": "2026-11-23 12:02:00.000", "n": "1"},
        {"t": "2026-11-23 12:02:00.000", "user.id": "u1", "n": "1"},
    ]


def test_stats_of_stats_and_its_columns_by_their_names() -> None:
    assert rows("stats count(*) by level | sort count(*) desc, level | limit 1") == [
        {"level": "INFO", "count(*)": "2"}
    ]
    assert column("stats count(*) as n by level | stats max(n)") == ["2"]
    assert rows("stats count(*) as n by level | filter n > 1") == [{"level": "INFO", "n": "2"}]


def test_stats_of_no_events_has_no_row() -> None:
    assert rows("filter level = 'NONE' | stats count(*)") == []


def test_sorting_puts_numbers_last_and_compares_digits_by_size() -> None:
    messages = [{"x": value} for value in ("a10", 3, "a9", "20", "b")]
    assert column("fields x | sort x asc", *messages) == ["a9", "a10", "b", "3", "20"]
    assert column("fields x | sort x desc", *messages) == ["20", "3", "b", "a10", "a9"]


def test_dedup_keeps_the_first_and_what_lacks_the_field() -> None:
    assert column("display order | dedup level") == ["o4", "o3", "o2"]
    assert column("display order | sort order | dedup user.id | limit 5") == ["o1", "o2", "o4"]


def test_matched_events_are_counted_whatever_the_limit() -> None:
    result = run_query(parse_query("fields ms | filter ms > 20 | limit 1"), records(*ORDERS))
    assert (result.matched, result.scanned) == (3, 4)


def test_the_request_s_limit_counts_like_the_query_s() -> None:
    assert len(run_query(parse_query("fields ms"), records(*ORDERS), limit=3).rows) == 3
    assert len(run_query(parse_query("limit 2"), records(*ORDERS), limit=3).rows) == 2


def test_a_query_can_be_cancelled() -> None:
    with pytest.raises(QueryCancelledError):
        run_query(parse_query("stats count(*)"), records("x"), cancelled=lambda: True)


@pytest.mark.parametrize(
    "query, wrong, reason",
    [
        ("", "", "unexpected end of query"),
        ("fields", "", "expecting an expression"),
        ("fields @message |", "", "expecting a command"),
        ("pattern @message", "pattern", "the command 'pattern' is not supported here"),
        ("fields @timestamp | unnest a into b", "unnest", "not supported here"),
        ("SOURCE 'a'", "SOURCE", "not supported here"),
        ("fields @message | count()", "count", "not supported here"),
        ("fields jsonParse(a)", "jsonParse", "the function 'jsonParse' is not supported"),
        ("fields substr('a')", "substr", "wrong number of arguments"),
        ("filter level == 'x'", "=", "expecting an expression"),
        ("filter level = ", "", "unexpected end of query"),
        ("filter level = 'x' level", "level", "expecting |"),
        ("filter (level = 'x'", "", "expecting )"),
        ("filter level in 'x'", "'x'", "expecting ["),
        ("filter level like x", "x", "expecting text"),
        ("filter level like /(/", "/(/", "invalid regular expression"),
        ("filter count(*) > 1", "count", "cannot stand here"),
        ("filter a & b", "&", "unexpected symbol found &"),
        ("filter a = 'open", "'", "unexpected symbol found '"),
        ("stats count(*) by", "", "expecting an expression"),
        ("stats level", "level", "made of aggregate functions"),
        ("stats a - b as c, max(ms) as a, min(ms) as b", "a - b", "made of aggregate functions"),
        ("stats level as a by level", "level", "made of aggregate functions"),
        ("stats count(*) + ms by level", "count(*) + ms", "made of aggregate functions"),
        ("stats avg(count(*))", "count", "cannot stand here"),
        ("stats pct(ms)", "pct", "wrong arguments"),
        ("stats pct(ms, level)", "pct", "wrong arguments"),
        ("stats avg(*)", "*", "expecting an expression"),
        ("stats count(*) by bin(5mo)", "5", "unexpected symbol found 5mo"),
        ("sort level upwards", "upwards", "expecting |"),
        ("limit 0", "0", "from 1 to 100000"),
        ("limit 1.5", "1.5", "whole number"),
        ("limit 'a'", "'a'", "a number of events"),
        ("dedup level | fields level", "fields", "can follow dedup"),
        ("parse text 'a=*'", "", "expecting as"),
        ("parse text 'a=*, b=*' as a", "'a=*, b=*'", "2 * and 1 names"),
        ("parse text /a=(.*)/", "", "whose groups all have names"),
        ("parse text logfmt as x", "logfmt", "expecting text with *"),
        ("filter " + "(" * 60 + "1" + ")" * 60, "(", "fewer parentheses"),
        ("filter " + " or ".join(["a = 1"] * 400), "", "at most 250 operators"),
        ("fields " + "-" * 3000 + "1", "", "at most 250 operators"),
    ],
)
def test_what_cannot_be_run_is_rejected_with_its_position(
    query: str, wrong: str, reason: str
) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        parse_query(query)
    assert reason in str(caught.value)
    assert query[caught.value.start : caught.value.end].startswith(wrong)


def test_columns_of_stats_may_be_made_of_earlier_ones() -> None:
    query = "stats max(ms) as a, min(ms) as b, a - b as c, c / count(*) as d"
    assert rows(query, {"ms": 10}, {"ms": 4}, {"ms": 7.5}) == [
        {"a": "10", "b": "4", "c": "6", "d": "2"}
    ]
    grouped = "stats max(ms) as top, top + n as sum by n | sort n"
    assert rows(grouped, {"ms": 10, "n": 1}, {"ms": 4, "n": 2}) == [
        {"n": "1", "top": "10", "sum": "11"},
        {"n": "2", "top": "4", "sum": "6"},
    ]


PUBLISHED = (
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-examples.html
    """filter @type = "REPORT"
    | stats max(@memorySize / 1000 / 1000) as provisonedMemoryMB,
        min(@maxMemoryUsed / 1000 / 1000) as smallestMemoryRequestMB,
        avg(@maxMemoryUsed / 1000 / 1000) as avgMemoryUsedMB,
        max(@maxMemoryUsed / 1000 / 1000) as maxMemoryUsedMB,
        provisonedMemoryMB - maxMemoryUsedMB as overProvisionedMB""",
    # https://docs.aws.amazon.com/lambda/latest/operatorguide/useful-queries.html
    """filter @type = "REPORT"
    | fields @requestId, @billedDuration
    | sort by @billedDuration desc
    | limit 100""",
    """filter @type = "REPORT"
    | stats sum(strcontains(@message, "Init Duration"))/count(*) * 100 as coldStartPct,
        avg(@duration) by bin(5m)""",
    """filter @type = "REPORT"
    | stats avg(@billedDuration) as Average, percentile(@billedDuration, 99) as NinetyNinth
        by bin(30m)""",
    """filter @type = "REPORT" and @maxMemoryUsed=@memorySize
    | stats count_distinct(@requestId) by bin(30m)""",
    """filter @type = "REPORT"
    | fields @memorySize / 1024 / 1024 as memoryMB, @maxMemoryUsed / 1024 / 1024 as usedMB,
        usedMB / memoryMB * 100 as percent
    | sort by percent desc""",
)


@pytest.mark.parametrize("query", PUBLISHED)
def test_published_queries_run(query: str) -> None:
    assert rows(query, REPORT) or "@maxMemoryUsed=@memorySize" in query


def test_the_unused_memory_of_a_function() -> None:
    (found,) = rows(PUBLISHED[0], REPORT)
    assert (found["provisonedMemoryMB"], found["overProvisionedMB"]) == ("128", "92")


def test_sort_may_have_by_before_its_keys() -> None:
    events = ({"ms": 4, "by": 1}, {"ms": 10, "by": 2}, {"ms": 7, "by": 3})
    assert column("fields ms | sort by ms desc", *events) == ["10", "7", "4"]
    assert column("fields ms | sort by", *events) == ["4", "10", "7"]
    assert column("fields ms | sort by desc, ms", *events) == ["7", "10", "4"]
    assert column("fields ms | sort by by desc", *events) == ["7", "10", "4"]
    assert column("stats percentile(ms, 50) as p, pct(ms, 50) as q", *events) == ["7", "7"]


_WORDS = st.sampled_from(
    [
        "fields",
        "filter",
        "stats",
        "sort",
        "limit",
        "parse",
        "dedup",
        "display",
        "|",
        ",",
        "(",
        ")",
        "[",
        "]",
        "=",
        "!=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "and",
        "or",
        "not",
        "like",
        "in",
        "by",
        "as",
        "asc",
        "count",
        "avg",
        "bin",
        "5m",
        "1",
        "'a*'",
        "/a(?<b>.)/",
        "@message",
        "level",
        "ms",
        "#",
    ]
)


@given(st.lists(_WORDS, max_size=12))
def test_any_query_runs_or_is_rejected(words: list[str]) -> None:
    try:
        query = parse_query(" ".join(words))
    except MalformedQueryError as error:
        wrong = slice(error.start, error.end)
        assert 0 <= wrong.start <= wrong.stop
        return
    assert run_query(query, records(*ORDERS)).scanned == 4
