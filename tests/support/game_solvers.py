"""Players of games: one who uses traces, one who has only logs and metrics, and one who guesses."""

import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import pandas as pd
from games import Dashboard, RecordedGame

import tracing_lab as tl
from tracing_lab.config import SERVICES
from tracing_lab.errors import GameDayError
from tracing_lab.gameday.planning import GameIncident
from tracing_lab.gameday.reading import NONE, NOTHING, read_cause, read_path
from tracing_lab.gameday.scoring import GameAnswer
from tracing_lab.rca import Finding
from tracing_lab.rca.model import FAILURES, LOST, REPEATED, THROTTLES, WAIT, edge_ends
from tracing_lab.xray_model.lambda_segments import FUNCTION

_MANY: Final = 0.1
_UNREADABLE: Final = "BadEventError"
_KIND_OF_ERROR: Final = {
    "AccessDeniedException": "permission",
    "ClientError": "permission",
    "KeyError": "bad-deploy",
}
_NOTICED: Final = {
    "order": ("api",),
    "payment": ("bus", "notification"),
    "inventory": ("bus", "notification"),
    "notification": (),
}
_NEXT: Final = {
    "order": ("payment",),
    "payment": ("notification",),
    "inventory": ("notification",),
}
"""Where the events of a service lead to, as the service map shows."""

_SUSPICIOUS: Final = 0.5
_ALPHA: Final = 0.05


@dataclass(frozen=True)
class Solution:
    """An answer and what it took.

    Parameters
    ----------
    answer
        Cause, kind and path.
    queries
        How often something was looked at.
    """

    answer: GameAnswer
    queries: int


WELL: Final = GameAnswer(NOTHING, NONE, ())


def solve(game: RecordedGame, *, sent_more: pd.DataFrame | None = None) -> Solution:
    """Return what traces lead to: two windows, root-cause analysis, then the logs of the cause.

    Parameters
    ----------
    game
        What a learner has.
    sent_more
        Spans of more orders in the incident, if some were sent.
    """
    good, bad = game.spans["healthy"], game.spans["incident"]
    if sent_more is not None:
        bad = pd.concat([bad, sent_more])
    queries = 2 + (sent_more is not None)
    repeating = next((service for service in SERVICES if _attempts(service, bad)), "")
    if repeating:
        return Solution(GameAnswer(repeating, "retry-storm", _route(repeating)), queries)
    cold = _cold(good, bad)
    if cold:
        return Solution(GameAnswer(cold, "cold-starts", _route(cold)), queries)
    suspect = _suspect(tl.rca.find_root_cause(good, bad))
    if suspect is None:
        return Solution(WELL, queries)
    cause, tests = suspect
    return Solution(_named(cause, tests, game, bad), queries + (FAILURES in tests))


def _suspect(finding: Finding) -> tuple[str, frozenset[str]] | None:
    """Return the most probable cause that is a service, and what got worse; None without one.

    Waiting alone is no cause: environments are busy, because their service is slow, which shows as
    its own time, or because others use it, too, as the batch job does.
    """
    columns = (finding.causes[name] for name in ("name", "probability", "q", "tests"))
    for name, probability, q, tests in zip(*columns, strict=True):
        if probability >= _SUSPICIOUS and q <= _ALPHA and {*tests} != {WAIT}:
            source, target = edge_ends(name)
            node = source if target.startswith("Events") and source else name
            with suppress(GameDayError):  # the API and the bus are no services
                return read_cause(node), frozenset(tests)
    return None


def _named(cause: str, tests: frozenset[str], game: RecordedGame, bad: pd.DataFrame) -> GameAnswer:
    """Return what is wrong with a service, and the path that the service map shows."""
    if THROTTLES in tests:
        return GameAnswer(cause, "throttling", _route(cause))
    if FAILURES in tests:
        return GameAnswer(cause, _kind_of_failures(cause, game, bad), _route(cause))
    if LOST in tests:
        return GameAnswer(cause, "lost-events", (cause, "bus", *_NEXT[cause]))
    if REPEATED in tests:
        return GameAnswer(cause, "duplicated-events", (cause, "bus", "notification"))
    return GameAnswer(cause, "latency", _route(cause))


def _kind_of_failures(cause: str, game: RecordedGame, bad: pd.DataFrame) -> str:
    """Return what the failures of a service are, by its traces and its log."""
    if _without_order(cause, bad):
        return "poison"
    errors = game.dashboards["incident"].errors[cause]
    types = {name: count for name, count in errors.items() if name != _UNREADABLE}
    usual = max(types, key=types.__getitem__, default="")
    return _KIND_OF_ERROR.get(usual, "errors")


def _without_order(cause: str, bad: pd.DataFrame) -> bool:
    """Return whether the failing traces of a service do not come from the API."""
    failed = _runs(bad, cause).query("status != 'ok'").index.unique("trace_id")
    roots = bad[bad["origin"] == "AWS::ApiGateway::Stage"].index.unique("trace_id")
    return len(failed) > 0 and not failed.isin(roots).any()


def _attempts(cause: str, bad: pd.DataFrame) -> bool:
    """Return whether a service repeats its work."""
    own = bad[bad["service"].astype(str).str.contains(f"-{cause}-", regex=False)]
    return bool(own["name"].astype(str).eq("attempt_2").any())


def _cold(good: pd.DataFrame, bad: pd.DataFrame) -> str:
    """Return the service that starts cold far more often than before; empty if none does."""
    rise = tl.gameday.vital_signs(bad)["cold"] - tl.gameday.vital_signs(good)["cold"]
    return str(rise.idxmax()) if rise.max() > _MANY / 2 else ""


def _runs(spans: pd.DataFrame, service: str) -> pd.DataFrame:
    own = spans["service"].astype(str).str.contains(f"-{service}-", regex=False)
    return spans[own & spans["origin"].eq(FUNCTION) & spans["kind"].ne("subsegment")]


def _route(cause: str) -> tuple[str, ...]:
    """Return where what a service does late or not at all is noticed, by the service map."""
    return (cause, *_NOTICED[cause])


def guess_by_metrics(game: RecordedGame, *, knows_the_job: bool = False) -> GameAnswer:
    """Return what logs and metrics suggest: the strongest change, as on a dashboard.

    It knows the service map of the shop, as if somebody had drawn it.

    Parameters
    ----------
    game
        What a learner has.
    knows_the_job
        Whether somebody has told it which exceptions are the batch job's, so that it subtracts
        them. Poison messages look the same.
    """
    boards = [game.dashboards[name] for name in ("healthy", "incident")]
    before, after = (_without_job(board) if knows_the_job else board.services for board in boards)
    failing = {name: _share(after[name]) - _share(before[name]) for name in SERVICES}
    worst = max(failing, key=failing.__getitem__)
    if failing[worst] > _MANY / 2:
        return GameAnswer(worst, _logged(game, worst, knows_the_job=knows_the_job), _route(worst))
    rejected = _share(after["api"]) - _share(before["api"])
    if rejected > _MANY / 2:
        return GameAnswer("order", "throttling", ("order", "api"))
    arrived = {name: after[name]["runs"] / max(before[name]["runs"], 1) for name in SERVICES}
    least, most = (by(arrived, key=arrived.__getitem__) for by in (min, max))
    if arrived[least] < 1 - _MANY:
        return GameAnswer(_source(least), "lost-events", (_source(least), "bus"))
    slower = {name: after[name]["mean_ms"] / max(before[name]["mean_ms"], 1) for name in SERVICES}
    slowest = max(slower, key=slower.__getitem__)
    if slower[slowest] > 1 + 2 * _MANY:
        return GameAnswer(slowest, "latency", _route(slowest))
    if arrived[most] > 1 + _MANY:
        source = _source(most)
        return GameAnswer(source, "duplicated-events", (source, "bus", "notification"))
    return WELL


def _without_job(board: Dashboard) -> dict[str, dict[str, float]]:
    """Return runs and failures without those whose exception is the batch job's."""
    rows = {}
    for name, row in board.services.items():
        jobs = board.errors.get(name, {}).get(_UNREADABLE, 0)
        rows[name] = {**row, "runs": row["runs"] - jobs, "failed": row["failed"] - jobs}
    return rows


def _share(counts: Mapping[str, float]) -> float:
    return counts["failed"] / max(counts["runs"], 1)


def _logged(game: RecordedGame, service: str, *, knows_the_job: bool) -> str:
    """Return the kind that the most frequent exception in a service's log suggests."""
    errors = game.dashboards["incident"].errors[service]
    rest = {name: count for name, count in errors.items() if name != _UNREADABLE}
    errors = rest if knows_the_job else errors
    usual = max(errors, key=errors.__getitem__, default="")
    return (_KIND_OF_ERROR | {_UNREADABLE: "poison"}).get(usual, "errors")


def _source(service: str) -> str:
    """Return who publishes what a service receives; one of two for notifications."""
    return "order" if service in {"payment", "inventory"} else "payment"


def guess(rng: random.Random, kinds: Sequence[str]) -> GameAnswer:
    """Return a guess: any service and kind, with the path that belongs to them.

    Parameters
    ----------
    rng
        Where chance comes from.
    kinds
        Those of the level.
    """
    kind = rng.choice([*dict.fromkeys(kinds)])
    services = tl.faults.SCENARIOS[kind].services
    if not services:
        return WELL
    cause = rng.choice(services)
    return GameAnswer(cause, kind, GUESSED.get((kind, cause), (cause,)))


def is_solved(answer: GameAnswer, incident: GameIncident) -> bool:
    """Return whether cause, kind and path are right, as the game's score counts them."""
    return (
        answer.cause == incident.cause
        and answer.kind == incident.kind
        and answer.path[: len(incident.path)] == incident.path
    )


def _guessed_paths() -> dict[tuple[str, str], tuple[str, ...]]:
    def part(service: str, what: str) -> str:
        return "api" if what == "stage" else service

    return {
        (name, service): read_path(scenario.route(service, part))
        for name, scenario in tl.faults.SCENARIOS.items()
        for service in scenario.services
    }


GUESSED: Final = _guessed_paths()
