"""Compaction of a lake: fewer files, the same traces, for readers too and whenever it is killed."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.errors import FileError, MissingFileError, TraceDataError
from tracing_lab.spans.lake import add_traces, compact, lake_parts, load_traces
from tracing_lab.spans.lake.folder import unchanging
from tracing_lab.spans.lake.writer import LakeWriter

Trace = dict[str, Any]
DAY_S = 86400.0


@pytest.fixture
def trace_at(make_trace: Callable[..., Trace]) -> Callable[..., Trace]:
    """Make a trace of some segments that began some days after the first."""

    def make(number: int, day: int = 0, *, segments: int = 1) -> Trace:
        rows = [(f"{i:016x}", "", day * DAY_S, day * DAY_S + 1) for i in range(segments)]
        return make_trace(*rows, trace_id=f"1-6b042ac0-{number:024x}")

    return make


def fill(lake: Path, trace_at: Callable[..., Trace], *, days: int = 2, files: int = 3) -> None:
    """Write files of one trace each, and a newer version of the first."""
    for number in range(days * files):
        add_traces([trace_at(number, number % days)], lake)
    update(lake, trace_at(0, segments=2))


def update(lake: Path, trace: Trace) -> None:
    with LakeWriter(lake) as writer:
        writer.versions([trace["Id"]])
        writer.add(trace, revision=2)


def content(lake: Path) -> dict[str, int]:
    """Return the number of segments by trace, each of which is there once."""
    traces = load_traces(lake)
    assert len({trace["Id"] for trace in traces}) == len(traces)
    return {trace["Id"]: len(trace["Segments"]) for trace in traces}


def all_files(lake: Path) -> list[Path]:
    return sorted(lake.rglob("*.parquet"))


def test_a_day_becomes_one_file_with_the_newest_versions(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    before = content(tmp_path)
    assert str(compact(tmp_path)) == "7 files became 2"
    parts = lake_parts(tmp_path)
    assert [(len(part.traces()), len(part.outdated)) for part in parts] == [(3, 0), (3, 0)]
    assert content(tmp_path) == before
    assert sorted(before.values()) == [1, 1, 1, 1, 1, 2]


def test_what_is_compact_is_left_alone(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    compact(tmp_path, keep_s=0)
    before = {path: path.stat().st_mtime_ns for path in all_files(tmp_path)}
    assert str(compact(tmp_path)) == "2 files became 2"
    assert {path: path.stat().st_mtime_ns for path in all_files(tmp_path)} == before


def test_files_of_which_nothing_counts_any_more_go(tmp_path: Path, trace_at: Any) -> None:
    add_traces([trace_at(1)], tmp_path)
    update(tmp_path, trace_at(1, segments=2))
    assert compact(tmp_path, keep_s=0).files_after == len(all_files(tmp_path)) == 1
    assert [*content(tmp_path).values()] == [2]


def test_what_is_added_and_changed_later_counts(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    compact(tmp_path)
    add_traces([trace_at(99)], tmp_path)
    update(tmp_path, trace_at(1, 1, segments=4))
    assert compact(tmp_path).files_after == 2
    counts = content(tmp_path)
    assert len(counts) == 7
    assert (counts[trace_at(1)["Id"]], counts[trace_at(99)["Id"]]) == (4, 1)


def test_parts_that_were_listed_before_can_be_read(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    before, parts = content(tmp_path), lake_parts(tmp_path)
    compact(tmp_path)
    compact(tmp_path)
    traces = [trace for part in parts for trace in part.traces()]
    assert {trace["Id"]: len(trace["Segments"]) for trace in traces} == before
    assert len(traces) == len(before)


def test_a_listing_that_changes_meanwhile_is_repeated() -> None:
    old, merged = Path("old"), Path("merged")
    listings = iter([[old, old], [], [merged], [merged], [old]])
    assert unchanging(lambda: next(listings)) == [merged]


def test_replaced_files_are_deleted_when_they_are_old(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    parts = lake_parts(tmp_path)
    compact(tmp_path)
    assert len(all_files(tmp_path)) == 2 + 7
    for path in all_files(tmp_path):
        os.utime(path, (0, 0))
    compact(tmp_path)
    assert len(all_files(tmp_path)) == 2
    with pytest.raises(MissingFileError, match="cannot be read"):
        parts[0].traces()


COMPACT_AND_DIE = textwrap.dedent(
    """
    import itertools, os, sys
    from tracing_lab.spans.lake import compact

    steps, last = itertools.count(), int(sys.argv[2])

    def watch(event, _arguments):
        if event in ("os.rename", "os.utime") and next(steps) == last:
            os.kill(os.getpid(), 9)

    sys.addaudithook(watch)
    compact(sys.argv[1], keep_s=0)
    """
)


@pytest.mark.parametrize("step", [0, 1, 2, 5, 7, 8, 99])
def test_a_compaction_that_is_killed_loses_nothing(
    tmp_path: Path, trace_at: Any, step: int
) -> None:
    fill(tmp_path, trace_at)
    before = content(tmp_path)
    words = [sys.executable, "-c", COMPACT_AND_DIE, str(tmp_path), str(step)]
    assert subprocess.run(words, check=False).returncode == (0 if step == 99 else -9)
    assert content(tmp_path) == before
    assert compact(tmp_path, keep_s=0).files_after == 2
    assert content(tmp_path) == before
    assert len([*tmp_path.rglob("*.parquet")]) == 2  # no draft is left, either


ADD_AND_COMPACT = textwrap.dedent(
    """
    import sys
    from tracing_lab.spans.lake import add_traces, compact

    for number in range(100, 160):
        add_traces([{"Id": f"1-6b042ac0-{number:024x}", "Segments": []}], sys.argv[1])
        if number % 3 == 0:
            compact(sys.argv[1])
    """
)


def test_readers_see_each_trace_once_meanwhile(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    seen = content(tmp_path)
    with subprocess.Popen([sys.executable, "-c", ADD_AND_COMPACT, str(tmp_path)]) as process:
        while process.poll() is None:
            now = content(tmp_path)
            assert now.items() >= seen.items()
            seen = now
    assert process.returncode == 0
    assert len(content(tmp_path)) == 6 + 60


HOLD = "import sys; from tracing_lab.spans.lake.writer import LakeWriter; w = LakeWriter(sys.argv[1]); print(flush=True); input()"  # noqa: E501


def test_another_process_s_lake_is_not_compacted(tmp_path: Path, trace_at: Any) -> None:
    fill(tmp_path, trace_at)
    words = [sys.executable, "-c", HOLD, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        for work in (compact, lambda lake: add_traces([trace_at(5)], lake)):
            with pytest.raises(FileError, match="Wait until another process"):
                work(tmp_path)
        process.communicate("\n")
    assert len(all_files(tmp_path)) == 7
    assert compact(tmp_path).files_after == 2


def test_only_a_lake_is_compacted(tmp_path: Path) -> None:
    with pytest.raises(TraceDataError, match="is not a trace lake"):
        compact(tmp_path)
    with pytest.raises(MissingFileError):
        compact(tmp_path / "missing")
    assert [*tmp_path.iterdir()] == []
