"""Ids of traces, segments and subsegments."""

import os

import pytest

from tracing_lab.xray_model.trace_ids import (
    is_entity_id,
    is_trace_id,
    new_entity_id,
    new_trace_id,
)


def test_new_ids_are_valid_and_differ() -> None:
    traces = {new_trace_id() for _ in range(100)}
    entities = {new_entity_id() for _ in range(100)}
    assert len(traces) == len(entities) == 100
    assert all(map(is_trace_id, traces))
    assert all(map(is_entity_id, entities))


def test_trace_ids_start_with_the_time() -> None:
    assert new_trace_id(1795435200).startswith("1-6b042ac0-")


@pytest.mark.parametrize("value", [None, 7, "", "1-2-3", "2-6b042ac0-5d09aa705e56bbd015254801"])
def test_other_values_are_no_ids(value: object) -> None:
    assert not is_trace_id(value)
    assert not is_entity_id(value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_does_not_repeat_its_parents_ids() -> None:
    reading, writing = os.pipe()
    if not os.fork():
        os.write(writing, new_entity_id().encode())
        os._exit(0)
    child = os.read(reading, 16).decode()
    os.wait()
    assert child != new_entity_id()
