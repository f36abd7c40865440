"""The five levels: what makes an incident hard to find."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracing_lab.aws.account import KEPT_UNRESERVED, reservable
from tracing_lab.errors import GameDayError

THROTTLING: Final = "throttling"
"""The scenario for which a function is reserved one environment."""

_COMMON: Final = ("latency", "latency", "latency", "errors", "errors")


@dataclass(frozen=True)
class GameLevel:
    """What makes the incidents of a level easy or hard.

    Parameters
    ----------
    number
        From 1 on.
    summary
        The level in words.
    kinds
        Scenarios of `tracing_lab.faults` that may happen, as often as they are listed.
    added_ms
        The least and the most that a slow service takes longer, in milliseconds.
    share
        The least and the largest share of orders that are hit otherwise.
    orders
        How many orders a window has: more where fewer of them are hit, so that there is something
        to find.
    downstream
        The share of incidents behind the event bus, where no customer waits.
    noisy
        How many healthy services a batch job troubles meanwhile: their errors rise, but not those
        of orders.
    always_slow
        How many other healthy services are slow, as they were before.
    minutes, queries
        What a good investigation takes.
    """

    number: int
    summary: str
    kinds: tuple[str, ...]
    added_ms: tuple[float, float]
    share: tuple[float, float]
    orders: int
    downstream: float
    noisy: int
    always_slow: int
    minutes: float
    queries: int


LEVELS: Final = {
    level.number: level
    for level in (
        GameLevel(
            1,
            "loud: one service is far slower, or most orders fail",
            (*_COMMON, "permission", "bad-deploy"),
            (300.0, 600.0),
            (0.6, 1.0),
            orders=48,
            downstream=0.6,
            noisy=1,
            always_slow=0,
            minutes=10.0,
            queries=4,
        ),
        GameLevel(
            2,
            "clear: about half of the orders are hit, and one healthy service has always been slow",
            (*_COMMON, THROTTLING, "lost-events", "retry-storm"),
            (130.0, 300.0),
            (0.35, 0.6),
            orders=48,
            downstream=0.7,
            noisy=1,
            always_slow=1,
            minutes=12.0,
            queries=5,
        ),
        GameLevel(
            3,
            "quiet: every fourth order, mostly behind the event bus",
            (*_COMMON, "cold-starts", "duplicated-events", "lost-events"),
            (60.0, 130.0),
            (0.2, 0.35),
            orders=48,
            downstream=0.75,
            noisy=2,
            always_slow=1,
            minutes=15.0,
            queries=6,
        ),
        GameLevel(
            4,
            "faint: every eighth order, or nothing at all",
            (*_COMMON, "poison", "duplicated-events", "retry-storm", "none"),
            (28.0, 60.0),
            (0.1, 0.2),
            orders=48,
            downstream=0.8,
            noisy=2,
            always_slow=1,
            minutes=20.0,
            queries=7,
        ),
        GameLevel(
            5,
            "hidden: every fifteenth order, little time, or nothing at all",
            (*_COMMON, "poison", "lost-events", "duplicated-events", "none"),
            (12.0, 28.0),
            (0.04, 0.1),
            orders=120,
            downstream=0.85,
            noisy=2,
            always_slow=1,
            minutes=25.0,
            queries=8,
        ),
    )
}
"""Every level by its number."""


def level_of(number: int) -> GameLevel:
    """Return a level.

    Raises
    ------
    GameDayError
        If there is no such level.
    """
    if type(number) is not int or number not in LEVELS:
        msg = f"level={number!r} does not exist; choose a whole number from 1 to {len(LEVELS)}."
        raise GameDayError(msg)
    return LEVELS[number]


def reject_small_account(level: int, limits: Mapping[str, int]) -> None:
    """Reject a level in whose incidents more is reserved than the account allows.

    The message does not depend on the seed, which would tell what happens.

    Parameters
    ----------
    level
        One of `LEVELS` in which functions may be throttled.
    limits
        ``AccountLimit`` of Lambda's GetAccountSettings.

    Raises
    ------
    GameDayError
        If one environment cannot be reserved.

    Examples
    --------
    >>> reject_small_account(2, {"UnreservedConcurrentExecutions": 1000})
    """
    if not reservable(limits):
        msg = (
            f"Nothing was changed: games of level {level} need an account that may run more than "
            f"{KEPT_UNRESERVED} functions at a time. Ask Service Quotas for more concurrent "
            "executions of Lambda, or play another level."
        )
        raise GameDayError(msg)
