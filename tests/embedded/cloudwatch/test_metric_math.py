"""Arithmetic on metrics."""

import pytest

from tracing_lab.embedded.cloudwatch.metric_math import UnknownMathError, evaluate

VALUES = {"e": 1.0, "r": 4.0, "none": None, "zero": 0.0}


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("e", 1.0),
        ("100 * (e / r) - 5", 20.0),
        ("-e + 2.5", 1.5),
        ("e / zero", None),
        ("e + none", None),
        ("FILL(none, 7) + e", 8.0),
        ("FILL(e, 7)", 1.0),
        ("SUM([e, r, none])", 5.0),
        ("AVG([e, r])", 2.5),
        ("MAX([e, r]) - MIN([e, r])", 3.0),
        ("SUM([none])", None),
    ],
)
def test_values(expression: str, expected: float | None) -> None:
    assert evaluate(expression, VALUES) == expected


@pytest.mark.parametrize(
    "expression",
    ["unknown", "e +", "ANOMALY_DETECTION_BAND(e, 2)", "e ** r", "open(e)", "SUM(e)", "'e'", ""],
)
def test_what_is_not_simulated_says_so(expression: str) -> None:
    with pytest.raises(UnknownMathError):
        evaluate(expression, VALUES)
