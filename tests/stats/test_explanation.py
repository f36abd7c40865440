"""What is different about slow traces."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from comparisons import false_explanations, planted_on_top

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import explain_slow
from tracing_lab.summaries import frame_from_summaries

Make = Callable[..., dict[str, Any]]


def spans_of(make: Make, count: int, **annotations: Callable[[int], Any]) -> pd.DataFrame:
    """Make traces that take as many seconds as their number, of which the last ones are slow."""
    return spans_from_traces(
        make(
            ("a", None, 0, number + 1, {"annotations": {k: f(number) for k, f in more}}),
            trace_id=f"1-00000001-{number:024x}",
        )
        for more in [[*annotations.items()]]
        for number in range(count)
    )


def test_the_shares_of_a_value_among_slow_and_other_traces(make_trace: Make) -> None:
    spans = spans_of(make_trace, 40, new=lambda n: n >= 36, order_id=lambda n: f"o-{n}")
    table = explain_slow(spans)
    row = table.iloc[0]
    assert (row["attribute"], row["value"]) in {
        ("annotation.new", "True"),
        ("annotation.new", "False"),
    }
    true = table[table["value"] == "True"].iloc[0]
    assert (true["slow_traces"], true["other_traces"]) == (4, 0)
    assert (true["slow_rate"], true["other_rate"], true["effect"]) == (1, 0, 1)
    assert true["significant"]
    assert "annotation.order_id" not in set(table["attribute"])  # each value occurs once


def test_a_number_is_larger_or_smaller(make_trace: Make) -> None:
    table = explain_slow(spans_of(make_trace, 60, amount=lambda n: n * 2.5, left=lambda n: -n))
    values = dict(zip(table["attribute"], table["value"], strict=True))
    assert values == {"annotation.amount": "larger", "annotation.left": "smaller"}
    assert table["effect"].tolist() in ([1, 0], [0, 1])


def test_cold_starts_and_failures_are_looked_at_too(make_trace: Make) -> None:
    traces = [
        make_trace(
            ("a", None, 0, 1 + 9 * (n < 5), {"fault": n < 5}), trace_id=f"1-00000001-{n:024x}"
        )
        for n in range(50)
    ]
    row = explain_slow(spans_from_traces(traces)).iloc[0]
    assert row[["attribute", "value", "slow_traces"]].tolist() == ["failure", "a", 5]


def test_summaries_are_explained_by_their_annotations() -> None:
    items = [
        {
            "Id": f"1-00000001-{n:024x}",
            "ResponseTime": 1.0 + n,
            "Annotations": {
                "tier": [{"AnnotationValue": {"StringValue": "gold" if n > 44 else "iron"}}]
            },
        }
        for n in range(50)
    ]
    table = explain_slow(frame_from_summaries(items))
    assert set(table["value"]) == {"gold", "iron"}
    assert table["significant"].all()


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_traces_explain_nothing(count: int, make_trace: Make) -> None:
    table = explain_slow(spans_of(make_trace, count, new=lambda n: True))
    assert table.empty
    assert "slow_low" in table.columns


def test_a_share_must_be_a_fraction(worked_spans: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="slowest is 10"):
        explain_slow(worked_spans, slowest=10)


def test_a_planted_annotation_is_found_and_nothing_else() -> None:
    assert planted_on_top(5) == 5
    assert false_explanations(5) <= 1
