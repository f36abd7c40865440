"""Points for literal plays of two incidents."""

from dataclasses import replace

import pytest

from tracing_lab.faults.incidents import incident
from tracing_lab.gameday.planning import GameIncident
from tracing_lab.gameday.reading import NONE, NOTHING
from tracing_lab.gameday.scoring import GameAnswer, Play, scored

SLOW = GameIncident(1, 1, incident("latency", "payment", value=400.0), ("inventory",), ())
WELL = GameIncident(1, 4, incident("none"), ("inventory",), ())
PATH = ("payment", "bus", "notification")
RIGHT = GameAnswer("payment", "latency", PATH)
PLAY = Play([RIGHT], frozenset({"payment"}), holds=True, minutes=5.0, queries=3)


def points(play: Play, happened: GameIncident = SLOW) -> dict[str, int]:
    return {part.name: part.points for part in scored(play, happened).parts}


def test_a_perfect_play_has_a_hundred_points() -> None:
    score = scored(PLAY, SLOW)
    assert score.total == 100
    assert score.solved
    assert "it was payment" in repr(score)


def test_a_wrong_cause_brings_nothing_for_what_follows_from_it() -> None:
    wrong = replace(PLAY, answers=[replace(RIGHT, cause="order")], holds=False)
    expected = {"cause": 0, "kind": 0, "path": 0, "repair": 0, "time": 0, "queries": 0}
    assert points(wrong) == expected
    assert not scored(wrong, SLOW).solved


def test_kind_and_path_count_by_themselves() -> None:
    assert points(replace(PLAY, answers=[replace(RIGHT, kind="errors")]))["kind"] == 0
    assert points(replace(PLAY, answers=[replace(RIGHT, path=PATH[:2])]))["path"] == 0


def test_a_path_may_go_further_than_where_it_is_noticed() -> None:
    fails = replace(SLOW, fault=incident("errors", "payment", value=0.5))
    answer = GameAnswer("payment", "errors", PATH)
    assert fails.path == ("payment",)
    assert points(replace(PLAY, answers=[answer]), fails)["path"] == 15


@pytest.mark.parametrize("minutes, expected", [(0, 10), (10, 10), (20, 5), (30, 0), (90, 0)])
def test_time_costs_beyond_a_good_investigation(minutes: float, expected: int) -> None:
    assert points(replace(PLAY, minutes=minutes))["time"] == expected


@pytest.mark.parametrize("queries, expected", [(0, 10), (4, 10), (8, 5), (12, 0), (50, 0)])
def test_queries_cost_beyond_a_good_investigation(queries: int, expected: int) -> None:
    assert points(replace(PLAY, queries=queries))["queries"] == expected


def test_the_last_answer_counts_and_the_others_cost() -> None:
    first = replace(RIGHT, cause="order")
    assert scored(replace(PLAY, answers=[first, first, RIGHT]), SLOW).total == 90


def test_restoring_healthy_services_costs() -> None:
    assert scored(replace(PLAY, changed=frozenset({"payment", "order"})), SLOW).total == 95


def test_where_nothing_is_wrong_nothing_is_to_be_changed() -> None:
    nothing = Play([GameAnswer(NOTHING, NONE, ())], frozenset(), None, 5.0, 3)
    assert scored(nothing, WELL).total == 100
    assert scored(replace(nothing, changed=frozenset({"order"})), WELL).total == 75


def test_no_answer_has_no_points() -> None:
    assert scored(Play([], frozenset(), None, 1.0, 0), SLOW).total == 0
