"""Paired differences, in numbers of textbooks and against all assignments of signs."""

import itertools
import math

import numpy as np
import pytest

from tracing_lab.stats.paired import (
    mean_interval,
    mean_rise_test,
    signed_rank_rise_test,
    student_above,
)
from tracing_lab.stats.significance import stepped_down

# upper quantiles of Student's t, from the usual tables
TABLE = [
    (1, 0.05, 6.314),
    (2, 0.025, 4.303),
    (3, 0.01, 4.541),
    (4, 0.005, 4.604),
    (7, 0.025, 2.365),
    (11, 0.001, 4.025),
    (30, 0.05, 1.697),
]


@pytest.mark.parametrize("degrees, above, t", TABLE)
def test_student_as_in_tables(degrees: int, above: float, t: float) -> None:
    assert student_above(t, degrees) == pytest.approx(above, rel=2e-3)
    assert student_above(-t, degrees) == pytest.approx(1 - above, rel=2e-3)
    assert student_above(0.0, degrees) == pytest.approx(0.5)


def test_an_interval_has_the_table_s_width() -> None:
    sample = np.array([1.0, 2.0, 4.0, 5.0])
    low, high = mean_interval(sample)
    half = 3.182 * sample.std(ddof=1) / 2
    assert [low, high] == pytest.approx([3 - half, 3 + half], abs=2e-3)
    wider = mean_interval(sample, confidence=0.99)
    assert wider[0] < low
    assert wider[1] > high


def test_a_mean_of_the_student_test_is_one_sided() -> None:
    sample = np.array([1.0, 2.0, 4.0, 5.0])
    t = 3 / (sample.std(ddof=1) / 2)
    assert mean_rise_test(sample) == pytest.approx(student_above(t, 3))
    assert mean_rise_test(-sample) == pytest.approx(1 - mean_rise_test(sample))


@pytest.mark.parametrize("values", [[], [1.0], [math.nan, 1.0]])
def test_too_few_values_show_nothing(values: list[float]) -> None:
    sample = np.array(values)
    assert mean_rise_test(sample) == 1.0
    assert all(map(math.isnan, mean_interval(sample)))


def test_signed_ranks_are_close_to_all_assignments_of_signs() -> None:
    values = np.array([0.3, -0.1, 0.9, 1.4, -0.2, 0.8, 1.1, 0.5, 2.0, -0.4])
    ranks = np.argsort(np.argsort(np.abs(values))) + 1
    above = ranks[values > 0].sum()
    sums = [sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in _signs(len(ranks))]
    exact = np.mean([one >= above for one in sums])
    assert signed_rank_rise_test(values) == pytest.approx(exact, abs=0.005)


def test_signed_ranks_leave_out_what_is_equal_or_unknown() -> None:
    values = np.array([0.3, 0.9, 1.4, -0.2])
    more = np.concatenate([values, [0.0, 0.0, math.nan]])
    assert signed_rank_rise_test(more) == signed_rank_rise_test(values)
    assert signed_rank_rise_test(np.zeros(5)) == 1.0


def test_stepping_down_corrects_by_how_many_are_left() -> None:
    corrected = stepped_down(np.array([0.04, 0.01, math.nan, 0.03]))
    assert corrected[[1, 3, 0]].tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert math.isnan(corrected[2])
    assert stepped_down(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def _signs(count: int) -> "itertools.product[tuple[bool, ...]]":
    return itertools.product([True, False], repeat=count)
