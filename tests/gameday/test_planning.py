"""Seeds and levels decide incidents; texts do not show them."""

import itertools
from collections import Counter

import pytest

from tracing_lab.config import SERVICES
from tracing_lab.errors import GameDayError
from tracing_lab.faults import SCENARIOS
from tracing_lab.gameday import LEVELS, GameLevel
from tracing_lab.gameday.levels import reject_small_account
from tracing_lab.gameday.planning import SLOW_MS, everyday_faults, planned_incident
from tracing_lab.gameday.reading import NOTHING

SEEDS = range(200)


@pytest.mark.parametrize("level", LEVELS)
def test_incidents_are_possible_and_repeatable(level: int) -> None:
    for seed in SEEDS:
        incident = planned_incident(seed, level)
        assert incident == planned_incident(seed, level)
        assert incident.kind in LEVELS[level].kinds
        assert incident.fault.service in (SCENARIOS[incident.kind].services or ("",))
        assert incident.cause not in incident.noisy
        assert (incident.cause in incident.slow) == (incident.kind == "throttling")
        assert not {*incident.noisy} & {*incident.slow}
        assert len(incident.noisy) == LEVELS[level].noisy
        assert len(incident.slow) == LEVELS[level].always_slow
        assert bool(incident.path) == (incident.cause != NOTHING)


@pytest.mark.parametrize("level", LEVELS)
def test_every_kind_and_every_service_of_a_level_occurs(level: int) -> None:
    incidents = [planned_incident(seed, level) for seed in SEEDS]
    assert {incident.kind for incident in incidents} == {*LEVELS[level].kinds}
    assert {*SERVICES} <= {incident.cause for incident in incidents}


@pytest.mark.parametrize("level", LEVELS.values(), ids=[*map(str, LEVELS)])
def test_enough_orders_of_a_window_are_hit_to_be_told_from_chance(level: GameLevel) -> None:
    assert level.orders * level.share[0] >= 4


def test_incidents_get_weaker_and_further_behind_the_bus() -> None:
    levels = [*LEVELS.values()]
    for lower, higher in itertools.pairwise(levels):
        assert higher.added_ms[1] <= lower.added_ms[0]
        assert higher.share[1] <= lower.share[0]
        assert higher.downstream > lower.downstream
        assert higher.noisy + higher.always_slow >= lower.noisy + lower.always_slow
    causes = {n: Counter(planned_incident(seed, n).cause for seed in SEEDS) for n in (1, 5)}
    assert causes[5]["order"] < causes[1]["order"]


def test_the_text_of_an_incident_does_not_show_it() -> None:
    for seed in range(20):
        incident = planned_incident(seed, 1)
        assert incident.cause not in repr(incident)
        assert incident.kind not in repr(incident)


def test_some_services_have_always_been_slow() -> None:
    incident = planned_incident(7, 2)
    (slow,) = incident.slow
    medians = {
        service: faults["latency"]["median_ms"]
        for service, faults in everyday_faults(incident).items()
    }
    assert medians.pop(slow) == SLOW_MS
    assert max(medians.values()) < SLOW_MS


@pytest.mark.parametrize("level", [0, 6, 1.0, "1", True, None])
def test_other_levels_are_rejected(level: object) -> None:
    with pytest.raises(GameDayError, match="from 1 to 5"):
        planned_incident(1, level)  # type: ignore[arg-type]


@pytest.mark.parametrize("free", [10, 100])
def test_an_account_that_cannot_reserve_anything_is_rejected(free: int) -> None:
    with pytest.raises(GameDayError, match=r"level 2.*100.*Service Quotas"):
        reject_small_account(2, {"UnreservedConcurrentExecutions": free})
    reject_small_account(2, {"UnreservedConcurrentExecutions": 101})


@pytest.mark.parametrize("seed", [1.5, "7", None])
def test_other_seeds_are_rejected(seed: object) -> None:
    with pytest.raises(GameDayError, match="must be a whole number"):
        planned_incident(seed, 1)  # type: ignore[arg-type]
