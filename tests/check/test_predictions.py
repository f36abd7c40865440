"""A prediction and its measurement in words."""

import pytest

from tracing_lab.check.predictions import comparison_row, plain_values, sentence


@pytest.mark.parametrize(
    "predicted, measured, words",
    [
        (1, 1, "Exactly"),
        (0, 0, "Exactly"),
        (1, 1.2, "Close"),
        (1, 0.8, "Close"),
        (1, 1.9, "The right size, though more"),
        (1, 0.6, "The right size, though less"),
        (1, 5, "Much more"),
        (1, 0.2, "Much less"),
        (1, 100, "More than ten times"),
        (1, 0.01, "Less than a tenth"),
        (0, 1, "Zero or the sign"),
        (1, 0, "Zero or the sign"),
        (1, -1, "Zero or the sign"),
        (1e-300, 1e300, "Zero or the sign"),
        ("order", "Order", "As you"),
        ("order", "payment", "Not what"),
        ("order", 3, "Not what"),
    ],
)
def test_each_ratio_has_its_sentence(
    predicted: float | str, measured: float | str, words: str
) -> None:
    assert sentence(predicted, measured).startswith(words)


def test_what_was_not_predicted_is_shown_all_the_same() -> None:
    row = comparison_row("p95_s", None, 0.123456)
    assert row == ("p95_s", "-", "0.1235", "-", "You did not predict this.")


def test_percent_stays_percent_where_that_is_asked_for() -> None:
    assert plain_values({"percent": "5 %", "share": "5 %"})[0] == {"percent": 5, "share": 0.05}


def test_a_duration_cannot_be_a_word() -> None:
    values, problems = plain_values({"answer_ms": "fast", "order_ms": "0.2 s", "slowest": "order"})
    assert values == {"order_ms": 200, "slowest": "order"}
    assert problems == ["answer_ms: this is text; give a duration, such as 40 or '40 ms'."]
