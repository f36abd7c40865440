"""The index knows the last version of each trace that was added, or says that it does not."""

from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.derive.fact_index import FactIndex, FactScan
from tracing_lab.embedded.xray.store.records import TraceRecord
from tracing_lab.filters import RequestFacts, TraceFacts, chooser, parse

REQUEST = RequestFacts(ok=True, error=False, throttle=False, fault=False, partial=False)


def record(trace: int, version: int) -> TraceRecord:
    return TraceRecord(f"1-6b042ac0-{trace:024x}", 0, 0.0, 0.0, 1, version)


def facts(user: str) -> TraceFacts:
    return TraceFacts(REQUEST, inferred=False, nodes=(), edges=(), annotations={}, users=(user,))


def knows(index: FactIndex, trace: int, version: int, user: str) -> bool | None:
    return FactScan(index, chooser(parse(f'user = "{user}"'))).fits(record(trace, version))


@given(st.lists(st.integers(0, 5), max_size=20), st.integers(1, 4), st.sampled_from([1, 10**6]))
def test_a_trace_is_found_in_its_last_version_only(
    added: list[int], traces_per_block: int, most_bytes: int
) -> None:
    index = FactIndex(traces_per_block=traces_per_block, most_bytes=most_bytes)
    last: dict[int, int] = {}
    for version, trace in enumerate(added, 1):
        index.add([(record(trace, version), facts(f"user-{version}"), 0)])
        before, last[trace] = last.get(trace, 0), version
        assert knows(index, trace, before, f"user-{before}") is None
        for number, newest in last.items():
            dropped = most_bytes == 1  # of blocks only the newest is kept
            assert knows(index, number, newest, f"user-{newest}") in {True, None if dropped else 1}
            assert knows(index, number, newest, "somebody else") in {False, None if dropped else 0}


def test_a_scan_sees_what_is_added_while_it_goes_on() -> None:
    index = FactIndex(traces_per_block=10)
    index.add([(record(1, 1), facts("alice"), 0)])
    scan = FactScan(index, chooser(parse('user = "alice"')))
    assert scan.fits(record(1, 1)) is True
    index.add([(record(2, 2), facts("alice"), 0), (record(3, 3), facts("bob"), 0)])
    assert [scan.fits(record(trace, trace)) for trace in (1, 2, 3, 4)] == [True, True, False, None]


def test_large_facts_are_put_into_columns_before_a_block_is_full() -> None:
    index = FactIndex(traces_per_block=10, most_bytes=80_000)
    index.add([(record(1, 1), facts("alice"), 9_000)])
    assert index.size_bytes == 9_000
    index.add([(record(2, 2), facts("bob"), 9_000)])
    assert 0 < index.size_bytes < 9_000
    assert knows(index, 1, 1, "alice") is True


def test_a_cleared_index_knows_nothing() -> None:
    index = FactIndex(traces_per_block=2)
    index.add([(record(trace, trace), facts("alice"), 9) for trace in (1, 2, 3)])
    index.clear()
    assert index.size_bytes == 0
    assert [knows(index, trace, trace, "alice") for trace in (1, 2, 3)] == [None] * 3
