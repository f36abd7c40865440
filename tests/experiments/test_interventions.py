"""Recorded interventions are valid, and the planned changes are those of the stack."""

from collections import Counter

import numpy as np
import pytest
from intervention_plan import CHAIN, KINDS, LIVE, OPERATIONS, plan
from interventions import Recorded, recorded

from tracing_lab.errors import ConfigError
from tracing_lab.experiments.apply_change import WORK, target_of
from tracing_lab.spans import validate_spans


@pytest.fixture(scope="module")
def known() -> list[Recorded]:
    return [*recorded()]


def test_forty_interventions_are_planned_and_recorded(known: list[Recorded]) -> None:
    planned = plan()
    assert Counter(one.kind for one in planned) == KINDS
    assert [one.number for one in known] == [*range(len(planned))] == [*range(40)]
    assert len({planned[number].kind for number in LIVE}) == 5


def test_settings_before_with_the_change_are_those_after() -> None:
    assert OPERATIONS == WORK
    for one in plan():
        change = one.as_change()
        try:
            target = target_of([change], one.before)
        except ConfigError:
            assert one.kind == "parallel"
            continue
        if target.retries:
            assert [*target.retries.values()] == [one.retries[1]]
        for service, settings in target.work.items():
            wanted = one.after[service].get("latency", {"distribution": "constant", "ms": 0})
            found = dict(settings["latency"])
            assert found.pop("distribution") == wanted["distribution"]
            numbers = {name: wanted[name] for name in wanted if name != "distribution"}
            assert found == pytest.approx(numbers, rel=1e-4)


def test_recordings_are_whole(known: list[Recorded]) -> None:
    for one in known:
        validate_spans(one.spans)  # raises
        assert one.spans["end"].notna().all()
        assert one.spans.index.get_level_values("trace_id").nunique() == len(one.chain_s)
        assert (one.chain_s >= one.request_s - 1e-6).all()
        assert np.isfinite(one.chain_s).all()


def test_shared_orders_are_those_of_neighbours() -> None:
    planned = plan()
    for one, other in zip(planned[::2], planned[1::2], strict=True):
        assert one.seed == other.seed
        if one.kind != "parallel":
            assert one.before == other.before
            assert one.retries[0] == other.retries[0]
    assert sum(one.of == CHAIN for one in planned) > 20
