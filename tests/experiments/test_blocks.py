"""Blocks go in turns, and a load that cannot be sent is rejected."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab.errors import TrafficError
from tracing_lab.experiments.blocks import OrderLoad, visits
from tracing_lab.experiments.decision import LOOKS, PAIRS


def test_each_pair_has_a_block_of_either_state_next_to_each_other() -> None:
    blocks = [(pair, visit.in_place) for visit in visits() for pair in visit.pairs]
    assert Counter(blocks) == Counter((pair, arm) for pair in range(PAIRS) for arm in (True, False))
    assert [pair for pair, _ in blocks] == [pair for pair in range(PAIRS) for _ in range(2)]


def test_which_state_comes_first_alternates() -> None:
    first: dict[int, bool] = {}
    for visit in visits():
        for pair in visit.pairs:
            first.setdefault(pair, visit.in_place)
    assert [first[pair] for pair in range(PAIRS)] == [pair % 2 == 0 for pair in range(PAIRS)]


def test_it_is_looked_with_whole_pairs_and_the_cause_in_place() -> None:
    seen = 0
    for visit in visits():
        seen += len(visit.pairs)
        if visit.look is not None:
            assert seen == 2 * visit.look
            assert visit.in_place
    assert [visit.look for visit in visits() if visit.look is not None] == [*LOOKS]


@pytest.mark.parametrize("orders", [0, 47, 100.0, True, None])
def test_a_load_has_three_orders_in_each_block(orders: Any) -> None:
    nothing: Any = SimpleNamespace()
    with pytest.raises(TrafficError, match=r"Nothing was changed: orders=.*at least 48"):
        OrderLoad(nothing, nothing, nothing, orders, 20.0, 1)


@pytest.mark.parametrize("rate, seed, message", [(0, 1, "rate=0"), (20.0, "1", "seed='1'")])
def test_a_load_that_cannot_be_sent_is_rejected_before_it_warms_up(
    rate: float, seed: Any, message: str
) -> None:
    nothing: Any = SimpleNamespace()
    with pytest.raises(TrafficError, match=message):
        OrderLoad(nothing, nothing, nothing, 48, rate, seed)
