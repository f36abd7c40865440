"""The baselines of the benchmark, on examples that can be computed by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from baselines.largest_rise import largest_rise
from baselines.micro_rank import anomalous_traces, micro_rank, page_rank, preference, spectrum
from baselines.trace_rca import ranking, trace_rca
from faulty_windows import MAIL, ORDER, PAYMENT, window


def table(*rows: tuple[str, str, str], **columns: Any) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["trace_id", "source", "target"]).assign(**columns)


def test_micro_rank_calls_a_trace_anomalous_that_exceeds_its_operations() -> None:
    usual = table(("1", "a", "a"), ("1", "a", "b"), ("2", "a", "a"), ("2", "a", "b"))
    usual = usual.assign(self_s=[1.0, 2.0, 3.0, 4.0], failed=False)
    # a: mean 2, spread 1; b: mean 3, spread 1; so 2 + 3 + 1.5 * 2 = 8 are expected at most
    now = table(("3", "a", "a"), ("3", "a", "b"), ("4", "a", "a"), ("4", "a", "b"), ("5", "a", "a"))
    now = now.assign(self_s=[4.0, 4.0, 4.0, 4.1, 1.0], failed=[False] * 4 + [True])
    assert anomalous_traces(now, usual) == {"4", "5"}


def test_micro_rank_prefers_traces_of_a_rare_kind_and_with_few_operations() -> None:
    covers = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])  # two traces of one kind, one of another
    assert preference(covers, anomalous=False) == pytest.approx([0.25, 0.25, 0.5])
    # by operations 1/2, 1/2, 1 -> 0.25, 0.25, 0.5; both halves agree
    assert preference(covers, anomalous=True) == pytest.approx([0.25, 0.25, 0.5])


def test_micro_rank_ranks_what_many_traces_contain_highest() -> None:
    weights = page_rank(table(("1", "a", "a"), ("1", "a", "b"), ("2", "a", "a")), anomalous=True)
    assert weights["a"] == 1.0
    assert 0 < weights["b"] < 1


def test_micro_rank_suspects_what_only_anomalous_traces_contain() -> None:
    anomalous = table(("1", "a", "a"), ("1", "a", "b"))
    normal = table(("2", "a", "a"), ("2", "a", "c"))
    assert [*spectrum(anomalous, normal)] == ["b", "a"]


def test_trace_rca_suspects_the_callee_of_abnormal_invocations() -> None:
    rows = table(
        ("1", "a", "a"), ("1", "a", "b"), ("2", "a", "a"), ("2", "a", "b"), ("3", "a", "a")
    )
    scores = ranking(rows.assign(abnormal=[False, True, False, False, False]))
    # one abnormal trace of two through b, called there once: 1/2; of three through a, calling: 1/3
    # a and b together pass two traces, so that there a counts 1/2, too
    assert scores == {"a": pytest.approx(0.5), "b": pytest.approx(0.5)}
    assert [*scores] == ["b", "a"]


def test_trace_rca_counts_no_service_that_is_abnormal_on_both_sides() -> None:
    rows = table(("1", "a", "b"), ("1", "b", "c"), ("2", "a", "b")).assign(
        abnormal=[True, True, False]
    )
    scores = ranking(rows)
    assert "b" not in scores
    assert scores["c"] == pytest.approx(1.0)


def test_the_plain_rule_takes_the_largest_rise() -> None:
    rises = largest_rise(window(1), window(2, slower_s={PAYMENT: 0.05, ORDER: 0.02}))
    assert [*rises][:2] == [PAYMENT, ORDER]
    assert rises[PAYMENT] == pytest.approx(0.05, abs=0.01)


def test_micro_rank_suspects_what_slow_traces_pass_through() -> None:
    bad = window(2, slower_s={PAYMENT: 0.5}, lost={PAYMENT: 0.5})
    assert set([*micro_rank(window(1, lost={PAYMENT: 0.5}), bad)][:2]) == {PAYMENT, MAIL}


def test_trace_rca_finds_a_large_delay() -> None:
    assert next(iter(trace_rca(window(1), window(2, slower_s={PAYMENT: 0.5})))) == PAYMENT


def test_baselines_without_anomalies_say_nothing() -> None:
    calm = window(1, traces=3)
    same = calm.assign(duration_s=0.01, self_s=0.01)
    assert micro_rank(same, same) == {}
    assert trace_rca(same, same) == {}
