"""How root causes are measured, and how their probabilities are fitted."""

import numpy as np
import pytest
from calibrate_root_cause import fit
from incidents import Truth
from root_cause import Answer, Judged, calibration_error, figures, find


def judged(
    first: str, *causes: str, named: tuple[str, ...] = (), path: tuple[str, ...] = (), sure: float
) -> Judged:
    truth = Truth(causes, tuple((cause, "end") for cause in causes), "latency", {}, 0, warm=True)
    return Judged(Answer(first, named, path, sure), truth)


def test_figures_count_what_they_say() -> None:
    results = figures(
        [
            judged("a", "a", named=("a",), path=("a", "end"), sure=0.95),
            judged("a", "a", "b", named=("a",), path=("a", "b"), sure=0.95),
            judged("a", "b", named=("a",), path=("a", "end"), sure=0.95),
            judged("a", "a", sure=0.35),
            judged("a", sure=0.05),
            judged("a", named=("a",), sure=0.95),
        ]
    )
    assert results["top 1 right, of those answered"] == 50.0
    assert results["top 1 right, of those with a fault"] == 50.0
    assert results["faultless: says that there is no fault"] == 50.0
    assert results["path right, of those with a fault"] == 25.0
    assert results["exact set of causes, of those with a fault"] == 25.0


def test_probabilities_that_hold_have_no_calibration_error() -> None:
    right, wrong = judged("a", "a", sure=0.75), judged("a", "b", sure=0.75)
    assert calibration_error([right, right, right, wrong]) == pytest.approx(0.0)
    unsure = [judged("a", "a", sure=0.55), judged("a", "a", sure=0.45)]
    assert calibration_error(unsure) == pytest.approx((0.45 + 0.55) / 2)


def test_the_fit_finds_the_coefficients_of_a_logistic_model() -> None:
    rng = np.random.default_rng(0)
    columns = np.column_stack([np.ones(20_000), rng.normal(size=(20_000, 2))])
    chance = 1 / (1 + np.exp(-columns @ np.array([0.5, 2.0, -1.0])))
    found = fit(columns, (rng.random(20_000) < chance).astype(float))
    assert found == pytest.approx([0.5, 2.0, -1.0], abs=0.1)


def test_a_system_whose_requests_fail_now_and_then_has_no_fault() -> None:
    assert sum(find(number).found for number in range(12)) <= 1


def test_a_delay_is_the_only_cause_where_requests_fail_now_and_then() -> None:
    causes = [find(number, slower_ms=30.0).root_causes for number in range(6)]
    assert causes.count(("payment",)) >= 5
