"""Summaries of a log or a range, page by page, from a fake AWS."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from xray_fakes import CONFIG, NOON, request_log, trace_id

from tracing_lab.errors import AwsError, FetchInterruptedError, TraceDataError
from tracing_lab.xray import fetch_service_graph, fetch_summaries
from tracing_lab.xray.windows import WINDOW


class FakeSummaries:
    """Has pages of summaries by the hour in which a window begins; remembers what it is asked."""

    def __init__(self, pages: dict[int, list[list[str]]]) -> None:
        self.pages = pages
        self.asked: list[Any] = []
        self.aws: Any = SimpleNamespace(xray=self)

    def trace_summary_pages(
        self, start: datetime, end: datetime, *, filter_expression: str | None
    ) -> Iterator[list[dict[str, Any]]]:
        self.asked.append((start, end, filter_expression))
        for page in self.pages.get(start.hour, [[]]):
            yield [{"Id": one} for one in page]


def test_summaries_of_all_windows_come_oldest_first() -> None:
    fake = FakeSummaries({12: [["c"], [], ["b"]], 18: [["d"]]})
    end = NOON + timedelta(hours=8)
    found = fetch_summaries(CONFIG, start=NOON, end=end, filter_expression="fault", aws=fake.aws)
    assert [item["Id"] for item in found] == ["c", "b", "d"]
    six = NOON + timedelta(hours=6)
    assert sorted(fake.asked) == [(NOON, six, "fault"), (six, end, "fault")]


def test_summaries_of_a_log_are_those_of_its_traces() -> None:
    mine = [trace_id(n) for n in (1, 2, 3)]
    fake = FakeSummaries({11: [[mine[2], trace_id(9)], [mine[0]]]})  # one has no summary yet
    found = fetch_summaries(CONFIG, request_log(*mine), aws=fake.aws)
    assert [item["Id"] for item in found] == [mine[2], mine[0]]
    ((start, end, expression),) = fake.asked
    assert (start, end) == (NOON - timedelta(seconds=10), NOON + timedelta(seconds=17))
    assert expression is None


def test_a_request_without_a_response_may_have_a_summary() -> None:
    log = request_log(trace_id(1), status=pd.array([None], dtype="Int64"))
    fake = FakeSummaries({11: [[trace_id(1)]]})
    assert len(fetch_summaries(CONFIG, log, aws=fake.aws)) == 1


def test_a_log_may_have_been_read_from_a_file() -> None:
    log = request_log(trace_id(1))
    texts = log.assign(sent=log["sent"].astype(str), finished=log["finished"].astype(str))
    fake = FakeSummaries({11: [[trace_id(1)]]})
    assert len(fetch_summaries(CONFIG, texts, aws=fake.aws)) == 1
    assert fake.asked[0][0] == NOON - timedelta(seconds=10)


@pytest.mark.parametrize(
    "log,text",
    [
        (request_log(), "no trace id"),
        (request_log("nonsense"), "'nonsense' is not a trace id"),
        (request_log(trace_id(1), sent=["soon"]), "are not times"),
        (request_log(trace_id(1)).drop(columns="sent"), "The log has no column 'sent'"),
        ([trace_id(1)], "no column 'finished', 'sent', 'trace_id'"),
    ],
)
def test_what_is_no_request_log_is_refused(log: Any, text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        fetch_summaries(CONFIG, log, aws=FakeSummaries({}).aws)


@pytest.mark.parametrize("function", [fetch_summaries, fetch_service_graph])
@pytest.mark.parametrize(
    "log,times",
    [
        (None, {}),
        (None, {"start": NOON}),
        (None, {"end": NOON}),
        (request_log(trace_id(1)), {"start": NOON, "end": NOON}),
        (request_log(trace_id(1)), {"end": NOON}),
    ],
)
def test_either_a_log_or_a_range_is_needed(function: Any, log: Any, times: Any) -> None:
    with pytest.raises(TraceDataError, match=r"either log.*, or both start and end"):
        function(CONFIG, log, **times, aws=FakeSummaries({}).aws)


def test_progress_counts_pages_and_ends_when_all_are_read() -> None:
    reports: list[tuple[int, int]] = []
    fake = FakeSummaries({12: [["a"], ["b"]], 18: [["c"]]})
    end = NOON + timedelta(hours=8)
    fetch_summaries(
        CONFIG, start=NOON, end=end, progress=lambda *counts: reports.append(counts), aws=fake.aws
    )
    assert reports[-1] == (3, 3)
    assert all(read < known for read, known in reports[:-1])


def test_ctrl_c_keeps_the_summaries_that_arrived() -> None:
    class Endless(FakeSummaries):
        def trace_summary_pages(self, *_: Any, **__: Any) -> Iterator[list[dict[str, Any]]]:
            while True:
                yield [{"Id": "a"}]

    def press(read: int, _: int) -> None:
        if read:
            raise KeyboardInterrupt

    with pytest.raises(FetchInterruptedError, match="Interrupted: ") as caught:
        fetch_summaries(CONFIG, start=NOON, end=NOON + WINDOW, progress=press, aws=Endless({}).aws)
    assert caught.value.summaries[0] == {"Id": "a"}


def test_a_failure_while_summaries_are_read_is_passed_on() -> None:
    class Failing(FakeSummaries):
        def trace_summary_pages(self, *_: Any, **__: Any) -> Iterator[list[dict[str, Any]]]:
            yield [{"Id": "a"}]
            msg = "the endpoint is gone"
            raise AwsError(msg)

    with pytest.raises(AwsError, match="the endpoint is gone"):
        fetch_summaries(CONFIG, start=NOON, end=NOON + 3 * WINDOW, aws=Failing({}).aws)
