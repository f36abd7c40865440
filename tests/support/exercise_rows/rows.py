"""Test rows of an exercise."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Attempted answers, with literal values.

    Parameters
    ----------
    data
        Returns the data that the check is called with, small enough to compute by hand.
    right
        Correct answers, in all types worth testing.
    wrong
        Wrong answers, each with the name of the expected mistake.
    tied
        For an answer that names the largest of measured values: data in which several are as large
        or nearly so, and all of their names. The other services are wrong.
    """

    data: Callable[[], Mapping[str, Any]]
    right: tuple[Any, ...]
    wrong: tuple[tuple[Any, str], ...]
    tied: tuple[tuple[Callable[[], Mapping[str, Any]], frozenset[str]], ...] = ()


def no_data() -> dict[str, Any]:
    """Return no data, for an exercise that needs none."""
    return {}
