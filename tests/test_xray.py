"""The read side of X-Ray: settling, windows, pages and merged graphs, with a fake AWS."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab.config import Config
from tracing_lab.errors import AwsError, FetchInterruptedError, TraceDataError, TracesNotReadyError
from tracing_lab.xray import (
    fetch_service_graph,
    fetch_summaries,
    fetch_traces,
    service_graph,
    trace_graph,
)
from tracing_lab.xray.merging import merge_service_graphs
from tracing_lab.xray.settling import Clock
from tracing_lab.xray.windows import WINDOW, windows

CONFIG = Config(endpoint_url="http://127.0.0.1:9")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def trace_id(number: int) -> str:
    return f"1-6b042ac0-{number:024x}"


def trace(number: int, segments: int, *, in_progress: bool = False) -> dict[str, Any]:
    state = {"in_progress": True} if in_progress else {"end_time": 2.0}
    documents = [json.dumps({"id": f"{i:016x}", **state}) for i in range(segments)]
    parts = [{"Id": f"{i:016x}", "Document": text} for i, text in enumerate(documents)]
    return {"Id": trace_id(number), "Duration": 1.0, "LimitExceeded": False, "Segments": parts}


class FakeTime:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, []
        self.clock = Clock(lambda: self.now, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class FakeXRay:
    """Shows traces as they are at the time; ids without one are left unprocessed."""

    def __init__(self, show: Callable[[str, float], dict[str, Any] | None], time: FakeTime) -> None:
        self.show, self.time = show, time
        self.batches: list[list[str]] = []
        self.lock = threading.Lock()

    def batch_get_traces(self, ids: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
        with self.lock:
            self.batches.append(list(ids))
        shown = {one: self.show(one, self.time.now) for one in ids}
        found = [item for item in shown.values() if item is not None]
        return found, [one for one, item in shown.items() if item is None]


def fetch(show: Callable[[str, float], Any], ids: Any, **more: Any) -> tuple[Any, FakeXRay]:
    time = FakeTime()
    xray = FakeXRay(show, time)
    aws: Any = SimpleNamespace(xray=xray)
    return fetch_traces(CONFIG, ids, aws=aws, clock=time.clock, **more), xray


def test_settled_traces_come_in_the_order_asked_for() -> None:
    numbers = [7, 3, 5, 1, 2, 6, 4]
    whole = {trace_id(n): trace(n, 2) for n in numbers}
    found, xray = fetch(lambda one, now: whole[one], list(whole), quiet_s=1)
    assert found == list(whole.values())
    assert max(len(batch) for batch in xray.batches) == 5


def test_trace_is_waited_for_until_it_is_found_and_complete() -> None:
    def show(one: str, now: float) -> Any:
        if now < 1:
            return None
        return trace(1, 2, in_progress=now < 3)

    found, xray = fetch(show, trace_id(1), quiet_s=1)
    assert found == [trace(1, 2)]
    assert 4 <= xray.time.now <= 7


def test_trace_that_grows_is_waited_for() -> None:
    found, _ = fetch(lambda one, now: trace(1, min(1 + int(now), 5)), trace_id(1), quiet_s=2)
    assert len(found[0]["Segments"]) == 5


def test_late_segment_of_a_quiet_trace_is_not_missed() -> None:
    def show(one: str, now: float) -> Any:
        if one == trace_id(1):
            return trace(1, 1 if now < 4 else 2)
        return None if now < 6 else trace(2, 1)

    found, _ = fetch(show, [trace_id(1), trace_id(2)], quiet_s=1)
    assert [len(item["Segments"]) for item in found] == [2, 1]


def test_settled_traces_are_not_polled_again_and_again() -> None:
    ids = [trace_id(n) for n in range(1, 12)]
    whole = {one: trace(n, 1) for n, one in enumerate(ids, start=1)}
    _, xray = fetch(
        lambda one, now: whole[one] if one == ids[0] or now > 60 else None, ids, quiet_s=1
    )
    asked = [one for batch in xray.batches for one in batch]
    assert asked.count(ids[0]) < asked.count(ids[1])


def test_polls_back_off_to_five_seconds() -> None:
    _, xray = fetch(lambda one, now: trace(1, 1) if now > 60 else None, trace_id(1), quiet_s=0)
    waits = xray.time.slept
    assert waits[:3] == [pytest.approx(wait) for wait in (0.2, 0.3, 0.45)]
    assert max(waits) == 5


def test_quiet_stack_is_not_waited_for_longer_than_needed() -> None:
    _, xray = fetch(lambda one, now: trace(1, 1), trace_id(1), quiet_s=2)
    assert 2 <= xray.time.now <= 2.5


def test_timeout_carries_what_arrived_and_says_what_is_missing() -> None:
    def show(one: str, now: float) -> Any:
        shown = {trace_id(1): trace(1, 1), trace_id(2): trace(2, 1, in_progress=True)}
        return shown.get(one)

    ids = [trace_id(n) for n in (1, 2, 3)]
    with pytest.raises(TracesNotReadyError) as caught:
        fetch(show, ids, timeout_s=20, quiet_s=1)
    assert [item["Id"] for item in caught.value.traces] == ids[:2]
    for part in ("2 of 3 traces", "after 20 s", "1 not found", "1 in progress", "timeout_s"):
        assert part in str(caught.value)


def test_an_interruption_carries_what_arrived() -> None:
    def show(one: str, now: float) -> Any:
        if now > 3:
            raise KeyboardInterrupt
        return trace(1, 1) if one == trace_id(1) else None

    with pytest.raises(FetchInterruptedError, match="1 of 2 traces have arrived") as caught:
        fetch(show, [trace_id(1), trace_id(2)], quiet_s=1)
    assert caught.value.traces == [trace(1, 1)]
    assert isinstance(caught.value, KeyboardInterrupt)


def test_progress_counts_settled_traces() -> None:
    seen: list[tuple[int, int]] = []
    ids = [trace_id(1), trace_id(2)]
    whole = {one: trace(n, 1) for n, one in enumerate(ids, start=1)}
    fetch(
        lambda one, now: whole[one] if one == ids[0] or now > 10 else None,
        ids,
        quiet_s=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[0] == (0, 2)
    assert (1, 2) in seen
    assert seen[-1] == (2, 2)


def test_log_rows_without_an_answer_are_left_out() -> None:
    status = pd.array([201, None], dtype="Int64")
    log = pd.DataFrame({"trace_id": [trace_id(1), trace_id(2)], "status": status})
    found, _ = fetch(lambda one, now: trace(1, 1), log, quiet_s=0)
    assert [item["Id"] for item in found] == [trace_id(1)]


@pytest.mark.parametrize("dtype", ["boolean", "object"])
def test_log_rows_that_sampling_left_out_are_not_waited_for(dtype: str) -> None:
    sampled = pd.Series([True, False, None], dtype=dtype)
    ids = [trace_id(1), trace_id(2), trace_id(3)]
    log = pd.DataFrame({"trace_id": ids, "status": [201, 201, 201], "sampled": sampled})
    whole = {one: trace(number, 1) for number, one in enumerate(ids, start=1)}
    found, _ = fetch(lambda one, now: whole[one], log, quiet_s=0)
    assert [item["Id"] for item in found] == [trace_id(1), trace_id(3)]


def test_a_log_of_which_nothing_was_sampled_says_so() -> None:
    log = pd.DataFrame({"trace_id": [trace_id(1)], "sampled": [False]})
    with pytest.raises(TraceDataError, match="left out by a rule"):
        fetch(lambda one, now: None, log)


@pytest.mark.parametrize(
    "ids,text",
    [
        ([], "no trace id"),
        (["nonsense"], "'nonsense' is not a trace id"),
        ([None], "None is not a trace id"),
        (pd.DataFrame({"x": [1]}), "no 'trace_id' column"),
    ],
)
def test_what_is_no_trace_id_is_refused(ids: Any, text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        fetch(lambda one, now: None, ids)


def test_windows_adjoin_and_are_short_enough() -> None:
    parts = windows(NOON, NOON + timedelta(hours=13))
    assert [end - start for start, end in parts] == [WINDOW, WINDOW, timedelta(hours=1)]
    assert all(one[1] == other[0] for one, other in itertools.pairwise(parts))


@given(st.integers(1, 10**6))
def test_windows_cover_any_range(seconds: int) -> None:
    parts = windows(NOON, NOON + timedelta(seconds=seconds))
    assert (parts[0][0], parts[-1][1]) == (NOON, NOON + timedelta(seconds=seconds))
    assert all(timedelta(0) < end - start <= WINDOW for start, end in parts)


@pytest.mark.parametrize(
    "start,end,text",
    [
        (NOON, NOON, "must be before"),
        (NOON.replace(tzinfo=None), NOON.replace(tzinfo=None), "need a time zone"),
    ],
)
def test_range_that_is_none_is_refused(start: datetime, end: datetime, text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        windows(start, end)


class FakeSummaries:
    """Has pages of summaries by the hour in which a window begins; remembers what it is asked."""

    def __init__(self, pages: dict[int, list[list[str]]]) -> None:
        self.pages, self.asked = pages, []
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


def request_log(*trace_ids: str, **columns: Any) -> pd.DataFrame:
    first = pd.Timestamp(NOON).as_unit("ns") + pd.Timedelta("1ns")  # as exact as a real log
    sent = [first + pd.Timedelta(seconds=n) for n in range(len(trace_ids))]
    finished = [time + pd.Timedelta(seconds=5) for time in sent]
    status = pd.array([201] * len(trace_ids), dtype="Int64")
    log = {"trace_id": trace_ids, "sent": sent, "finished": finished, "status": status}
    return pd.DataFrame(log | columns)


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


def service(reference: int, name: str, count: int, *targets: int) -> dict[str, Any]:
    statistics = {
        "OkCount": count,
        "ErrorStatistics": {"TotalCount": 0},
        "TotalCount": count,
        "TotalResponseTime": 0.5 * count,
    }
    edge = {"SummaryStatistics": {"OkCount": count, "TotalCount": count}}
    return {
        "ReferenceId": reference,
        "Name": name,
        "Type": "T",
        "StartTime": NOON,
        "EndTime": NOON + timedelta(seconds=count),
        "SummaryStatistics": statistics,
        "ResponseTimeHistogram": [{"Value": 0.5, "Count": count}],
        "Edges": [{**edge, "ReferenceId": target} for target in targets],
    }


def test_graphs_of_windows_are_added_although_their_numbering_differs() -> None:
    first = {"StartTime": NOON, "Services": [service(0, "a", 1, 1), service(1, "b", 1)]}
    second = {"EndTime": NOON, "Services": [service(0, "b", 2), service(5, "a", 2, 0)]}
    merged = merge_service_graphs([[first], [second]])
    assert (merged["StartTime"], merged["EndTime"]) == (NOON, NOON)
    nodes = {node["Name"]: node for node in merged["Services"]}
    assert {name: node["ReferenceId"] for name, node in nodes.items()} == {"a": 0, "b": 1}
    assert nodes["a"]["SummaryStatistics"] == {
        "OkCount": 3,
        "ErrorStatistics": {"TotalCount": 0},
        "TotalCount": 3,
        "TotalResponseTime": 1.5,
    }
    assert nodes["a"]["ResponseTimeHistogram"] == [{"Value": 0.5, "Count": 3}]
    assert nodes["a"]["EndTime"] == NOON + timedelta(seconds=2)
    statistics = {"OkCount": 3, "TotalCount": 3}
    assert nodes["a"]["Edges"] == [{"ReferenceId": 1, "SummaryStatistics": statistics}]


def test_pages_of_one_answer_share_their_numbering() -> None:
    pages = [{"Services": [service(3, "a", 1, 4)]}, {"Services": [service(4, "b", 1)]}]
    merged = merge_service_graphs([pages])
    assert [node["ReferenceId"] for node in merged["Services"]] == [0, 1]
    assert merged["Services"][0]["Edges"][0]["ReferenceId"] == 1
    assert merged["ContainsOldGroupVersions"] is False


def test_single_answer_keeps_all_it_says() -> None:
    page = {"Services": [service(0, "a", 1, 0)], "ContainsOldGroupVersions": True}
    merged = merge_service_graphs([[page]])
    assert merged["Services"] == page["Services"]
    assert merged["ContainsOldGroupVersions"] is True


def test_service_graph_asks_window_by_window() -> None:
    asked: list[tuple[datetime, datetime]] = []

    def graph(*, start: datetime, end: datetime) -> list[dict[str, Any]]:
        asked.append((start, end))
        return [{"Services": [service(0, "a", 1)]}]

    aws: Any = SimpleNamespace(xray=SimpleNamespace(service_graph=graph))
    found = service_graph(CONFIG, start=NOON, end=NOON + timedelta(hours=12), aws=aws)
    assert len(asked) == 2
    assert found["Services"][0]["SummaryStatistics"]["TotalCount"] == 2


def test_trace_graph_merges_batches_of_traces() -> None:
    def graph(ids: Sequence[str]) -> list[dict[str, Any]]:
        return [{"Services": [service(0, "a", len(ids))]}]

    aws: Any = SimpleNamespace(xray=SimpleNamespace(trace_graph=graph))
    found = trace_graph(CONFIG, [trace_id(n) for n in range(60)], aws=aws)
    assert found["Services"][0]["SummaryStatistics"]["TotalCount"] == 60


def test_the_graph_of_a_range_is_ready_to_use() -> None:
    page = {"Services": [service(0, "a", 3, 1), service(1, "b", 3)]}
    aws: Any = SimpleNamespace(xray=SimpleNamespace(service_graph=lambda start, end: [page]))
    graph = fetch_service_graph(CONFIG, start=NOON, end=NOON + WINDOW, aws=aws)
    assert [*graph.edges(data="requests")] == [("a [T]", "b [T]", 3)]


def test_the_graph_of_traces_is_ready_to_use() -> None:
    page = {"Services": [service(0, "a", 1)]}
    aws: Any = SimpleNamespace(xray=SimpleNamespace(trace_graph=lambda ids: [page]))
    assert [*fetch_service_graph(CONFIG, request_log(trace_id(1)), aws=aws)] == ["a [T]"]
