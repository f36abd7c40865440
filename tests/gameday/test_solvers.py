"""The players of the bench, on literal games and on recorded ones."""

from dataclasses import replace

import exercise_samples as samples
import pandas as pd
import pytest
from game_solvers import WELL, guess_by_metrics, is_solved, solve
from games import Dashboard, RecordedGame, recorded_games

from tracing_lab.config import SERVICES
from tracing_lab.faults.incidents import incident
from tracing_lab.gameday import LEVELS
from tracing_lab.gameday.planning import GameIncident, planned_incident
from tracing_lab.gameday.scoring import GameAnswer

CALM = {name: {"runs": 40, "failed": 0, "mean_ms": 50.0} for name in (*SERVICES, "api")}
SILENT: dict[str, dict[str, int]] = {name: {} for name in SERVICES}
PATH = ("payment", "bus", "notification")


def game(bad: pd.DataFrame, after: Dashboard) -> RecordedGame:
    spans = {"healthy": samples.spans(), "incident": bad}
    return RecordedGame(7, 1, spans, {"healthy": Dashboard(CALM, SILENT), "incident": after})


def noisy(service: str) -> Dashboard:
    """Return a dashboard on which a batch job makes a service fail."""
    rows = {**CALM, service: {"runs": 80, "failed": 40, "mean_ms": 30.0}}
    return Dashboard(rows, {**SILENT, service: {"BadEventError": 40}})


def test_traces_find_the_slow_service_and_metrics_the_noisy_one() -> None:
    strange = game(samples.spans(payment=0.9), noisy("inventory"))
    happened = GameIncident(7, 1, incident("latency", "payment", value=400.0), ("inventory",), ())
    found = solve(strange)
    assert found.answer == GameAnswer("payment", "latency", PATH)
    assert found.queries == 2
    assert is_solved(found.answer, happened)
    guessed = guess_by_metrics(strange)
    assert guessed.cause == "inventory"
    assert not is_solved(guessed, happened)


def test_traces_show_that_nothing_is_wrong() -> None:
    assert solve(game(samples.spans(), noisy("inventory"))).answer == WELL


def test_metrics_find_what_nobody_hides() -> None:
    slow = {**CALM, "payment": {"runs": 40, "failed": 0, "mean_ms": 450.0}}
    answer = guess_by_metrics(game(samples.spans(), Dashboard(slow, SILENT)))
    assert answer == GameAnswer("payment", "latency", PATH)
    assert guess_by_metrics(game(samples.spans(), Dashboard(CALM, SILENT))) == WELL


def test_an_answer_is_solved_if_cause_kind_and_path_are_right() -> None:
    happened = GameIncident(7, 1, incident("latency", "payment", value=400.0), (), ())
    right = GameAnswer("payment", "latency", PATH)
    assert is_solved(right, happened)
    wrong = ({"cause": "order"}, {"kind": "errors"}, {"path": PATH[:2]})
    assert not any(is_solved(replace(right, **change), happened) for change in wrong)


@pytest.mark.parametrize("level", LEVELS)
def test_recorded_games_are_whole(level: int) -> None:
    games = [*recorded_games(level)]
    assert games
    assert [each.seed for each in games] == [*range(len(games))]
    for each in games:
        assert all(len(spans) for spans in each.spans.values())
        assert planned_incident(each.seed, level).level == level
