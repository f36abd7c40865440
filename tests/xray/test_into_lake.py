"""Fetching into a lake: what it lacks, each trace once and complete, from a fake AWS."""

import itertools
import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from xray_fakes import CONFIG, request_log

from tracing_lab.aws.calling.control_plane import ControlPlaneProfile
from tracing_lab.errors import AwsError, FetchInterruptedError, TraceDataError, TraceDataWarning
from tracing_lab.spans.lake import compact, lake_parts, load_traces
from tracing_lab.xray import LakeFetch, fetch_into_lake
from tracing_lab.xray.settling import Clock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CLOCK = Clock(time.monotonic, time.sleep, epoch=NOW.timestamp)
AN_HOUR_AGO_S = NOW.timestamp() - 3601  # by default, the last hour is listed again


def trace(number: int, *, segments: int = 1, in_progress: bool = False) -> dict[str, Any]:
    end = {"in_progress": True} if in_progress else {"end_time": AN_HOUR_AGO_S + 1}
    documents = [
        {"id": f"{i:016x}", "name": "a", "start_time": AN_HOUR_AGO_S, **end}
        for i in range(segments)
    ]
    parts = [{"Id": one["id"], "Document": json.dumps(one)} for one in documents]
    return {"Id": name(number), "Duration": 1.0, "LimitExceeded": False, "Segments": parts}


def name(number: int) -> str:
    return f"1-{int(AN_HOUR_AGO_S):08x}-{number:024x}"


class FakeXRay:
    """An account with traces, each at a revision; remembers what was asked."""

    def __init__(self, *traces: dict[str, Any]) -> None:
        self.traces = {one["Id"]: one for one in traces}
        self.revisions = dict.fromkeys(self.traces, 1)
        self.windows: list[tuple[datetime, datetime]] = []
        self.fetched: Counter[str] = Counter()
        self.batches: list[int] = []
        self.lock = threading.Lock()
        self.unprocessed: Counter[str] = Counter()
        self.expression: str | None = None
        self.account: Any = SimpleNamespace(
            trace_destination=lambda: "XRay",
            indexed_percent=lambda: 100.0,
            caller=lambda: ("arn:aws:iam::123456789012:user/ann", None),
        )

    @property
    def aws(self) -> Any:
        profile = ControlPlaneProfile(trace_quiet_s=0.01)
        return SimpleNamespace(
            xray=self,
            account=self.account,
            control_plane=profile,
            config=CONFIG,
            endpoint_url=CONFIG.endpoint_url,
        )

    def trace_summary_pages(
        self, start: datetime, end: datetime, *, filter_expression: str | None
    ) -> Iterator[list[dict[str, Any]]]:
        self.windows.append((start, end))
        self.expression = filter_expression
        if start.timestamp() <= AN_HOUR_AGO_S < end.timestamp():
            for trace_id in self.traces:
                yield [{"Id": trace_id, "Revision": self.revisions[trace_id]}]

    def batch_get_traces(self, ids: Sequence[str]) -> tuple[list[dict[str, Any]], list[str]]:
        with self.lock:
            self.batches.append(len(ids))
            self.fetched.update(ids)
            left = [one for one in ids if self.fetched[one] <= self.unprocessed[one]]
        return [self.show(one) for one in ids if one not in left], left

    def show(self, trace_id: str) -> dict[str, Any]:
        return self.traces[trace_id]


def fetch(fake: FakeXRay, lake: Path, **more: Any) -> LakeFetch:
    wanted = {"start": NOW - timedelta(hours=2), "end": NOW} | more
    return fetch_into_lake(CONFIG, lake, aws=fake.aws, clock=CLOCK, **wanted)


def numbers(lake: Path) -> list[int]:
    return sorted(int(one["Id"][-24:], 16) for one in load_traces(lake))


def test_all_traces_come_in_full_batches_and_once(tmp_path: Path) -> None:
    fake = FakeXRay(*(trace(n) for n in range(12)))
    fetched = fetch(fake, tmp_path)
    assert fetched == LakeFetch(listed=12, added=12, updated=0)
    assert str(fetched) == "12 traces added"
    assert numbers(tmp_path) == [*range(12)]
    assert sorted(fake.batches) == [2, 5, 5]


def test_a_second_fetch_gets_only_what_is_new_or_has_changed(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1), trace(2))
    fetch(fake, tmp_path)
    fake.traces |= {name(2): trace(2, segments=3), name(3): trace(3)}
    fake.revisions |= {name(2): 2, name(3): 1}
    fetched = fetch(fake, tmp_path, relist_s=math.inf)
    assert fake.fetched == {name(1): 1, name(2): 2, name(3): 1}
    assert fetched == LakeFetch(listed=3, added=1, updated=1)
    assert str(fetched) == "1 traces added, 1 updated, 1 were there"
    assert sorted(len(one["Segments"]) for one in load_traces(tmp_path)) == [1, 1, 3]


def test_what_was_listed_is_not_listed_again(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fetch(fake, tmp_path, relist_s=600)
    fake.windows.clear()
    fetched = fetch(fake, tmp_path, start=NOW - timedelta(hours=3), relist_s=600)
    listed = sorted(fake.windows)
    assert (listed[0][0], listed[-1][1]) == (NOW - timedelta(hours=3), NOW)
    skipped = [
        (before[1], after[0])
        for before, after in itertools.pairwise(listed)
        if before[1] < after[0]
    ]
    ((first, last),) = skipped
    assert first == NOW - timedelta(hours=2)
    assert last == NOW - timedelta(minutes=10)
    assert fetched == LakeFetch(listed=0, added=0, updated=0)
    assert numbers(tmp_path) == [1]


@pytest.mark.parametrize("more", [{"filter_expression": "fault"}, {"account": "210987654321"}])
def test_what_was_listed_counts_for_the_same_account_and_filter_only(
    tmp_path: Path, more: dict[str, Any]
) -> None:
    fake = FakeXRay(trace(1), trace(2))
    fetch(fake, tmp_path)
    if account := more.pop("account", None):
        fake.account.caller = lambda: (f"arn:aws:iam::{account}:user/ann", None)
    assert fetch(fake, tmp_path, **more).listed == 2
    assert fetch(fake, tmp_path, **more).listed == 0


def test_late_summaries_are_found_by_the_next_fetch(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fetch(fake, tmp_path, relist_s=7200)
    fake.traces[name(2)] = trace(2)
    fake.revisions[name(2)] = 1
    assert fetch(fake, tmp_path, relist_s=7200).added == 1
    assert numbers(tmp_path) == [1, 2]


def test_windows_with_traces_that_have_not_settled_are_listed_again(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1), trace(2, in_progress=True))
    assert fetch(fake, tmp_path, timeout_s=0.05, relist_s=0).unsettled == (name(2),)
    fake.traces[name(2)] = trace(2)
    fake.windows.clear()
    assert fetch(fake, tmp_path, relist_s=0).added == 1
    listed = sum((end - start for start, end in fake.windows), timedelta())
    assert listed < timedelta(minutes=20)  # of two hours
    assert fetch(fake, tmp_path, relist_s=0).listed == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, AwsError("the endpoint is gone")])
def test_a_fetch_that_ended_early_counts_as_not_listed(tmp_path: Path, error: Any) -> None:
    class Stopping(FakeXRay):
        def show(self, trace_id: str) -> dict[str, Any]:
            if trace_id == name(9):
                raise error
            return super().show(trace_id)

    fake = Stopping(*(trace(n) for n in range(10)))
    with pytest.raises((FetchInterruptedError, AwsError)):
        fetch(fake, tmp_path, relist_s=0)
    whole = FakeXRay(*(trace(n) for n in range(10)))
    assert fetch(whole, tmp_path, relist_s=0).listed == 10
    assert numbers(tmp_path) == [*range(10)]


def test_a_lake_that_has_lost_a_file_is_listed_again(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fetch(fake, tmp_path)
    fake.traces[name(2)] = trace(2)
    fake.revisions[name(2)] = 1
    fetch(fake, tmp_path, relist_s=math.inf)
    lake_parts(tmp_path)[0].path.unlink()
    assert fetch(fake, tmp_path).added == 1
    assert numbers(tmp_path) == [1, 2]


def test_compaction_does_not_cost_a_listing(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fetch(fake, tmp_path)
    fake.traces[name(1)], fake.revisions[name(1)] = trace(1, segments=2), 2
    fetch(fake, tmp_path, relist_s=math.inf)
    compact(tmp_path, keep_s=0)
    assert fetch(fake, tmp_path).listed == 0


def test_traces_of_a_log_are_listed_whatever_was_listed(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fetch(fake, tmp_path)
    sent = [datetime.fromtimestamp(AN_HOUR_AGO_S, UTC)]
    log = request_log(name(1)).assign(sent=sent, finished=sent)
    assert fetch_into_lake(CONFIG, tmp_path, log, aws=fake.aws, clock=CLOCK).listed == 1


def test_unprocessed_traces_are_fetched_again(tmp_path: Path) -> None:
    fake = FakeXRay(*(trace(n) for n in range(7)))
    fake.unprocessed.update({name(3): 2, name(5): 1})
    fetch(fake, tmp_path)
    assert numbers(tmp_path) == [*range(7)]
    assert fake.fetched[name(3)] == 3


def test_partial_traces_are_waited_for(tmp_path: Path) -> None:
    class Growing(FakeXRay):
        def show(self, trace_id: str) -> dict[str, Any]:
            return trace(1, in_progress=self.fetched[trace_id] < 3)

    fetch(Growing(trace(1)), tmp_path)
    assert load_traces(tmp_path) == [trace(1)]


def test_traces_that_do_not_settle_are_left_to_the_next_fetch(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1), trace(2, in_progress=True), trace(3))
    fake.unprocessed[name(3)] = 1000
    fetched = fetch(fake, tmp_path, timeout_s=0.05)
    assert (fetched.added, set(fetched.unsettled)) == (1, {name(2), name(3)})
    assert str(fetched).endswith(", 2 have not settled and are left to the next fetch")
    fake.traces[name(2)] = trace(2)
    fake.unprocessed.clear()
    assert fetch(fake, tmp_path).added == 2
    assert numbers(tmp_path) == [1, 2, 3]


def test_windows_adjoin_and_span_at_most_a_day_within_the_retention(tmp_path: Path) -> None:
    fake = FakeXRay()
    fetch(fake, tmp_path, start=NOW - timedelta(days=400))
    windows = sorted(fake.windows)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(windows))
    assert max(end - start for start, end in windows) == timedelta(days=1)
    assert windows[-1][1] == NOW
    assert windows[0][0] == NOW - timedelta(days=30)


def test_a_range_beyond_the_retention_has_no_traces(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    old = NOW - timedelta(days=40)
    assert fetch(fake, tmp_path, start=old, end=old + timedelta(days=1)).listed == 0
    assert fake.windows == []


def test_traces_of_a_log_are_fetched(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1), trace(2))
    sent = [datetime.fromtimestamp(AN_HOUR_AGO_S, UTC)]
    log = request_log(name(2)).assign(sent=sent, finished=sent)
    fetched = fetch_into_lake(CONFIG, tmp_path, log, aws=fake.aws, clock=CLOCK)
    assert (fetched.listed, numbers(tmp_path)) == (1, [2])


def test_a_filter_is_passed_on_and_the_range_ends_now(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fetch(fake, tmp_path, filter_expression="fault", end=None)
    assert fake.expression == "fault"
    assert max(end for _, end in fake.windows) == NOW
    with pytest.raises(TraceDataError, match="either log, or both"):
        fetch_into_lake(CONFIG, tmp_path, aws=fake.aws)


def test_progress_ends_with_all(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    fake = FakeXRay(*(trace(n) for n in range(12)))
    fetch(fake, tmp_path, progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (12, 12)


def test_what_arrived_before_ctrl_c_stays(tmp_path: Path) -> None:
    def press(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    fake = FakeXRay(*(trace(n) for n in range(500)))
    with pytest.raises(FetchInterruptedError, match=r"Interrupted: \d+ of 500 traces are in"):
        fetch(fake, tmp_path, progress=press)
    assert 0 < len(numbers(tmp_path)) < 500
    fetch(fake, tmp_path)
    assert numbers(tmp_path) == [*range(500)]


def test_what_arrived_before_an_error_stays(tmp_path: Path) -> None:
    class Failing(FakeXRay):
        def show(self, trace_id: str) -> dict[str, Any]:
            if len(self.batches) > 3:
                msg = "the endpoint is gone"
                raise AwsError(msg)
            return super().show(trace_id)

    fake = Failing(*(trace(n) for n in range(500)))
    with pytest.raises(AwsError, match="the endpoint is gone"):
        fetch(fake, tmp_path)
    assert len(numbers(tmp_path)) % 5 == 0


def test_transaction_search_is_named(tmp_path: Path) -> None:
    fake = FakeXRay(trace(1))
    fake.account.trace_destination = lambda: "CloudWatchLogs"
    fake.account.indexed_percent = lambda: 1.0
    with pytest.warns(TraceDataWarning, match="indexes 1 % of the traces"):
        fetch(fake, tmp_path)
    fake.account.indexed_percent = lambda: 100.0
    fetch(fake, tmp_path)


def test_an_account_that_must_not_be_asked_is_fetched_from(tmp_path: Path) -> None:
    def denied() -> str:
        msg = "no permission"
        raise AwsError(msg, code="AccessDeniedException")

    fake = FakeXRay(trace(1))
    fake.account.trace_destination = denied
    assert fetch(fake, tmp_path).added == 1
