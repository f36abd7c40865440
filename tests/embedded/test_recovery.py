"""A killed server loses nothing, a damaged file costs what was in it: a few cases of the bench."""

import os
from pathlib import Path

import corruption
import kills
import pytest
from chain import shop
from load import closed_loop

NEEDS_KILL = pytest.mark.skipif(os.name != "posix", reason="SIGKILL is for POSIX systems")


@NEEDS_KILL
def test_orders_that_were_answered_have_whole_traces_after_kills() -> None:
    with shop() as target:
        closed_loop(target.url, orders=4, clients=2)
        seen, last = kills.kill_often(target, 2, seed=2)
        assert kills.count_whole(last.running.port, seen.answered) == len(seen.answered) > 0
        assert last.books()["imbalance"] == 0
        assert (seen.orphans, last.running.damaged) == (0, ())


CASES = [
    ("control.log", corruption.flipped, {"buses", "messages"}),
    ("us-east-1/xray/traces.sqlite3", corruption.truncated, set[str]()),
    ("us-east-1/xray/traces.sqlite3-wal", corruption.flipped, set[str]()),
]
"""The documents are in the intake, too, until they have reached the database."""


@NEEDS_KILL
def test_a_damaged_file_costs_nothing_else_and_what_is_lost_is_named() -> None:
    with corruption.killed_state() as (state, facts):
        for name, damage, own in CASES:
            result = corruption.damaged(state, Path(name), damage, facts, seed=3)
            assert not corruption.is_fault(result)
            assert own or not result.lost
