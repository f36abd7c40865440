"""Vital signs of a literal shop of 21 orders."""

import exercise_samples as samples
import pandas as pd
import pytest

from tracing_lab.config import SERVICES
from tracing_lab.gameday import vital_signs
from tracing_lab.gameday.vital_signs import COLUMNS, is_gone, trouble
from tracing_lab.xray_model.lambda_segments import FUNCTION


def failing(service: str, orders: int) -> pd.DataFrame:
    """Return the samples, where the runs of a service fail in the first orders."""
    spans = samples.spans().copy()
    chosen = spans.index.get_level_values("trace_id").isin(
        [samples.trace_id(number) for number in range(orders)]
    )
    own = spans["service"].eq(samples.full_name(service)) & spans["origin"].eq(FUNCTION)
    return spans.assign(status=spans["status"].mask(chosen & own, "error"))


def test_every_service_has_a_row() -> None:
    signs = vital_signs(samples.spans())
    assert signs.index.tolist() == [*SERVICES]
    assert signs.columns.tolist() == [*COLUMNS]
    assert signs["orders"].tolist() == [1.0] * 4
    assert signs["runs"].to_dict() == {"order": 1, "payment": 1, "inventory": 1, "notification": 2}
    assert signs["failed"].tolist() == [0.0] * 4
    assert signs.loc["order", "cold"] == pytest.approx(1 / 21)
    assert signs["p50_ms"].to_dict() == pytest.approx(
        {name: seconds * 1000 for name, seconds in samples.RUNS_S.items()}
    )


def test_failures_are_shares_of_runs() -> None:
    signs = vital_signs(failing("payment", 7))
    assert signs.loc["payment", "failed"] == pytest.approx(1 / 3)
    assert signs.loc["inventory", "failed"] == 0.0


@pytest.mark.parametrize("project", ["shop-order", "order-lab", "payment-notification"])
def test_a_row_has_its_own_spans_whatever_the_project_is_called(project: str) -> None:
    spans = failing("payment", 7)
    names = spans["service"].astype(str).str.replace("shop-dev", f"{project}-dev", regex=False)
    pd.testing.assert_frame_equal(vital_signs(spans.assign(service=names)), vital_signs(spans))


def test_no_spans_have_no_signs() -> None:
    signs = vital_signs(samples.spans().iloc[:0])
    assert signs["orders"].tolist() == [0.0] * 4
    assert signs["p50_ms"].isna().all()


@pytest.mark.parametrize(
    "kind, column, worse",
    [("errors", "failed", 0.5), ("latency", "p50_ms", 900.0), ("throttling", "throttled", 0.5)],
)
def test_a_kind_of_trouble_rises_with_its_column(kind: str, column: str, worse: float) -> None:
    signs = vital_signs(samples.spans())
    bad = signs.copy()
    bad.loc["payment", column] = worse
    assert trouble(bad, "payment", kind) > trouble(signs, "payment", kind)
    assert trouble(bad, "order", kind) == trouble(signs, "order", kind)


def test_lost_and_doubled_events_show_at_those_that_follow() -> None:
    signs = vital_signs(samples.spans())
    fewer = signs.assign(orders=signs["orders"].where(signs.index != "inventory", 0.5))
    more = signs.assign(runs=signs["runs"].where(signs.index != "inventory", 1.5))
    assert trouble(fewer, "order", "lost-events") > trouble(signs, "order", "lost-events")
    assert trouble(more, "order", "duplicated-events") > trouble(
        signs, "order", "duplicated-events"
    )
    assert trouble(fewer, "inventory", "disabled-rule") > trouble(
        signs, "inventory", "disabled-rule"
    )


def test_a_trouble_is_gone_when_half_of_it_is() -> None:
    assert is_gone(10.0, 30.0, 20.0)
    assert not is_gone(10.0, 30.0, 21.0)
    assert not is_gone(10.0, 10.0, 0.0)
