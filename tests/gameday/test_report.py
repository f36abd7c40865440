"""The report of a literal game, as Markdown and as a page."""

from pathlib import Path

import exercise_samples as samples
import pandas as pd
import pytest

from tracing_lab.errors import FileError, GameDayError
from tracing_lab.faults import SCENARIOS
from tracing_lab.faults.incidents import incident
from tracing_lab.gameday import vital_signs
from tracing_lab.gameday.lessons import lesson_of
from tracing_lab.gameday.planning import GameIncident
from tracing_lab.gameday.report import GameFacts, GameReport, report_of
from tracing_lab.gameday.scoring import GameAnswer, Play, scored
from tracing_lab.gameday.state import GameState

INCIDENT = GameIncident(7, 2, incident("latency", "payment", value=260.0), ("inventory",), ())


@pytest.fixture(scope="module")
def report() -> GameReport:
    answer = GameAnswer("payment", "latency", ("payment", "bus", "notification"))
    state = GameState("shop-dev", 7, 2, began=1795435200.0)
    state.queries = [(12.0, "traces of incident"), (75.0, "logs of <incident> | all")]
    state.answers = [{"cause": "payment", "kind": "latency", "path": [*answer.path], "at_s": 90.0}]
    state.changes = [
        {"services": ["payment"], "at_s": 100.0, "holds": True},
        {"services": ["inventory"], "at_s": 105.0, "holds": False},
        {"services": [], "at_s": 110.0, "holds": None},
    ]
    orders = pd.DataFrame({"status": [201, 201, 502], "latency_s": [0.1, 0.2, 0.3]})
    play = Play([answer], frozenset({"payment"}), holds=True, minutes=1.5, queries=2)
    signs = {
        "healthy": vital_signs(samples.spans()),
        "incident": vital_signs(samples.spans(payment=0.9)),
    }
    facts = GameFacts(play, {"incident": orders}, signs, 130.0)
    return report_of(state, INCIDENT, facts, scored(play, INCIDENT))


def test_markdown_tells_the_story_in_order(report: GameReport) -> None:
    text = report.to_markdown()
    assert text.startswith("# Game day: seed 7, level 2\n")
    assert "Path: payment -> bus -> notification." in text
    assert "| incident | 2 of 3 | 200 ms | 290 ms |" in text
    assert "| payment | 100% | 1.00 | 0% | 0% | 0% | 500 / 900 | 500 / 900 |" in text
    lines = [line for line in text.splitlines() if " min " in line and line.startswith("|")]
    assert [line.split(" | ")[0] for line in lines[:-1]] == [
        "| 0 min 00 s",
        "| 0 min 12 s",
        "| 1 min 15 s",
        "| 1 min 30 s",
        "| 1 min 40 s",
        "| 1 min 45 s",
        "| 1 min 50 s",
    ]
    assert "logs of <incident> \\| all" in text
    assert "tracing-lab gameday --seed 7 --level 2" in text


def test_the_timeline_says_what_changes_did_and_what_was_not_measured(report: GameReport) -> None:
    text = report.to_markdown()
    assert "restored payment: the trouble was gone |" in text
    assert "restored inventory: the trouble was not gone |" in text
    assert "own change: interrupted before the effect was measured |" in text


def test_a_page_escapes_what_it_shows(report: GameReport) -> None:
    page = report.to_html()
    assert page.startswith("<!doctype html>")
    assert "logs of &lt;incident&gt; | all" in page
    assert "<li>" in page


@pytest.mark.parametrize("name", ["game.md", "game.html", "new/game.HTML"])
def test_a_report_is_saved_by_its_ending(report: GameReport, tmp_path: Path, name: str) -> None:
    GameReport.check(tmp_path / name)
    path = report.save(tmp_path / name)
    assert path.read_text("utf-8").startswith("#" if name.endswith("md") else "<!doctype")


def test_an_unknown_ending_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(GameDayError, match=r"must end in .md or .html"):
        GameReport.check(tmp_path / "game.pdf")
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="file is not a folder"):
        GameReport.check(tmp_path / "file" / "game.md")


@pytest.mark.parametrize("kind", SCENARIOS)
def test_every_scenario_has_a_lesson(kind: str) -> None:
    lesson = lesson_of(kind)
    assert lesson.why.endswith(".")
    assert lesson.look.endswith(".")
    assert len(lesson.actions) >= 2
