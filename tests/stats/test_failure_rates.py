"""Failure rates by group and over time."""

from typing import Any

import pandas as pd
import pytest

from tracing_lab.stats import (
    error_rates,
)
from tracing_lab.summaries import frame_from_summaries


def summary(number: int, **members: Any) -> dict[str, Any]:
    return {"Id": f"1-00000001-{number:x}", "StartTime": 1795435200.0 + number, **members}


FAULT, ERROR = {"HasFault": True}, {"HasError": True}
THROTTLE = {"HasError": True, "HasThrottle": True}


def test_error_rates_by_group_have_wilsons_interval() -> None:
    items = [
        summary(n, ResponseTime=1.0, EntryPoint={"Name": "api"}, **(FAULT if n < 2 else {}))
        for n in range(10)
    ]
    row = error_rates(frame_from_summaries(items)).loc["api"]
    expected = {"count": 10, "error_rate": 0, "throttle_rate": 0, "fault_rate": 0.2}
    # the textbook's interval of 2 in 10
    expected |= {"failure_rate": 0.2, "failure_low": 0.0567, "failure_high": 0.5098}
    assert row[list(expected)].to_dict() == pytest.approx(expected, abs=1e-4)
    assert (row["fault_low"], row["fault_high"]) == (row["failure_low"], row["failure_high"])


def test_no_failure_does_not_mean_that_none_is_possible() -> None:
    row = error_rates(frame_from_summaries(summary(n) for n in range(10))).iloc[0]
    assert row["failure_low"] == 0
    assert row["failure_high"] == pytest.approx(0.2775, abs=1e-4)


def test_error_rates_over_time() -> None:
    members = [{}, ERROR, THROTTLE, FAULT]
    items = [
        summary(40 * n, ResponseTime=1.0, EntryPoint={"Name": "ab"[n % 2]}, **more)
        for n, more in enumerate(members)
    ]
    frame = frame_from_summaries(items)
    rates = error_rates(frame, every="1min")
    assert rates.index.tolist() == [
        pd.Timestamp("2026-11-23 12:00", tz="UTC"),
        pd.Timestamp("2026-11-23 12:01", tz="UTC"),
        pd.Timestamp("2026-11-23 12:02", tz="UTC"),
    ]
    assert rates["count"].tolist() == [2, 1, 1]
    columns = rates[["error_rate", "throttle_rate", "fault_rate", "failure_rate"]]
    assert columns.to_numpy().tolist() == [[0.5, 0, 0, 0.5], [0, 1, 0, 1], [0, 0, 1, 1]]
    both = error_rates(frame, by="entry_point", every="1min")
    assert both.index.names == ["entry_point", "start"]
    assert both["count"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("every", ["soon", "0s", "-1min", "1ME"])
def test_what_is_no_length_of_time_is_refused(every: Any) -> None:
    with pytest.raises(ValueError, match="every="):
        error_rates(frame_from_summaries([summary(1)]), every=every)
