"""Percentiles from counts of values."""

from tracing_lab.embedded.cloudwatch.percentiles import percentile


def test_there_are_no_percentiles_of_negative_values() -> None:
    assert percentile({0.0: 1.0, 5.0: 1.0}, 0.5) == 0.0
    assert percentile({-1.0: 1.0, 5.0: 3.0}, 0.9) is None


def test_there_are_no_percentiles_of_nothing() -> None:
    assert percentile({}, 0.5) is None
