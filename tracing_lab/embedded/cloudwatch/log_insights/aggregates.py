"""Aggregate functions of ``stats``.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html.
Not documented, chosen here: percentiles are values that occur (the nearest rank), and the standard
deviation is that of the whole.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .values import Value, number_of, rounded, sort_key

Timed = tuple[int, Value]
"""A value, and the time of its event."""


@dataclass(frozen=True)
class Aggregate:
    """An aggregate function.

    Parameters
    ----------
    reduce
        Computes the result from the present values of a group, in the order of the events.
    parameters
        How many numbers follow the field, for example the percentile of ``pct``.
    needs_field
        Whether it cannot be called with ``*``.
    """

    reduce: Callable[[Sequence[Timed], float], Value]
    parameters: int = 0
    needs_field: bool = True


def _of_numbers(
    compute: Callable[[list[float]], float],
) -> Callable[[Sequence[Timed], float], Value]:
    def reduced(values: Sequence[Timed], _parameter: float) -> Value:
        numbers = [number for _, value in values if (number := number_of(value)) is not None]
        try:
            return rounded(compute(numbers)) if numbers else None
        except (ArithmeticError, AttributeError, ValueError):  # of numbers that are too large
            return None

    return reduced


def _percentile(values: Sequence[Timed], percent: float) -> Value:
    numbers = sorted(number for _, value in values if (number := number_of(value)) is not None)
    rank = math.ceil(percent / 100 * len(numbers))
    return numbers[max(rank, 1) - 1] if numbers else None


def _smallest(values: Sequence[Timed], _parameter: float) -> Value:
    return min((value for _, value in values), key=sort_key, default=None)


def _largest(values: Sequence[Timed], _parameter: float) -> Value:
    return max((value for _, value in values), key=sort_key, default=None)


def _earliest(values: Sequence[Timed], _parameter: float) -> Value:
    return min(values, key=lambda timed: timed[0], default=(0, None))[1]


def _latest(values: Sequence[Timed], _parameter: float) -> Value:
    return max(values, key=lambda timed: timed[0], default=(0, None))[1]


AGGREGATES: Mapping[str, Aggregate] = {
    "count": Aggregate(lambda values, _parameter: len(values), needs_field=False),
    "count_distinct": Aggregate(lambda values, _parameter: len({value for _, value in values})),
    "avg": Aggregate(_of_numbers(statistics.fmean)),
    "sum": Aggregate(_of_numbers(sum)),
    "min": Aggregate(_smallest),
    "max": Aggregate(_largest),
    "pct": Aggregate(_percentile, parameters=1),
    "percentile": Aggregate(_percentile, parameters=1),  # in AWS's published queries
    "stddev": Aggregate(_of_numbers(statistics.pstdev)),
    "earliest": Aggregate(_earliest),
    "latest": Aggregate(_latest),
    "sortsfirst": Aggregate(_smallest),
    "sortslast": Aggregate(_largest),
}
"""Aggregates by their name in small letters."""
