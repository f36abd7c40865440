"""The trace header."""

import pytest
from hypothesis import given, strategies as st

from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_ids import new_entity_id, new_trace_id

ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
HEX = "0123456789abcdef"

headers = st.builds(
    TraceHeader,
    root=st.builds(new_trace_id, st.integers(0, 2**32 - 1)),
    parent=st.none() | st.text(HEX, min_size=16, max_size=16),
    sampled=st.none() | st.booleans(),
    lineage=st.none() | st.text("0123456789abcdef:|", min_size=1),
)


@given(headers)
def test_what_is_written_is_read_again(header: TraceHeader) -> None:
    assert TraceHeader.parse(header.format()) == header


@given(st.text())
def test_no_text_breaks_the_parser(text: str) -> None:
    header = TraceHeader.parse(text)
    assert header is None or header.root in text


def test_all_members_are_read() -> None:
    text = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5"
    assert TraceHeader.parse(text) == TraceHeader(
        root=ROOT, parent="53995c3f42cd8ad8", sampled=True, lineage="a87bd80c:1|68fd508a:5"
    )


@pytest.mark.parametrize("text", [None, "", "Root=", "Root=1-2-3", "Sampled=1"])
def test_a_header_without_a_valid_root_is_none(text: str | None) -> None:
    assert TraceHeader.parse(text) is None


def test_an_open_decision_stays_open() -> None:
    header = TraceHeader.parse(f"Root={ROOT};Sampled=?")
    assert header is not None
    assert header.sampled is None


def test_an_invalid_parent_is_dropped() -> None:
    header = TraceHeader.parse(f"Root={ROOT};Parent=xyz;Self=1-2-3;Sampled=0")
    assert header == TraceHeader(ROOT, sampled=False)


def test_the_callee_gets_another_parent_in_the_same_trace() -> None:
    parent = new_entity_id()
    assert TraceHeader(ROOT, sampled=True).with_parent(parent) == TraceHeader(
        ROOT, parent, sampled=True
    )
