"""The summary frame that summaries become."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab.errors import TraceDataError
from tracing_lab.summaries import (
    SUMMARY_COLUMNS,
    frame_from_summaries,
    validate_summaries,
)

DATA = Path(__file__).parents[1] / "data"
NOON = 1795435200.0  # 2026-11-23T12:00:00Z


def summary(number: int = 1, **members: Any) -> dict[str, Any]:
    """Make a summary with nothing but an id, a start and what is given."""
    return {"Id": f"1-6b042ac0-{number:024x}", "StartTime": NOON, **members}


def annotated(**values: list[Any]) -> dict[str, Any]:
    members = {str: "StringValue", bool: "BooleanValue", float: "NumberValue", int: "NumberValue"}
    return {
        key: [{"AnnotationValue": {members[type(one)]: one}, "ServiceIds": []} for one in listed]
        for key, listed in values.items()
    }


def worked_summary() -> dict[str, Any]:
    """Return the summary of an order, as GetTraceSummaries returns it."""
    example: dict[str, Any] = json.loads((DATA / "xray_worked_example.json").read_text())
    (item,) = example["summary"]["TraceSummaries"]
    return dict(item)


def test_the_frame_of_an_order() -> None:
    frame = frame_from_summaries([worked_summary()])
    validate_summaries(frame)
    (row,) = frame.to_dict("records")
    assert frame.index.tolist() == ["1-6b042ac0-5d09aa705e56bbd015254801"]
    assert row == {
        "start": pd.Timestamp("2026-11-23 12:00", tz="UTC"),
        "duration_s": 0.95,
        "response_s": 0.412,
        "has_error": False,
        "has_fault": False,
        "has_throttle": False,
        "is_partial": False,
        "revision": 1,
        "matched_event_time": pd.NaT,
        "http_method": "POST",
        "http_url": "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod/orders",
        "http_status": 201,
        "client_ip": "203.0.113.9",
        "entry_point": "orders-api/prod",
        "services": ("Events", "order-fn", "orders", "orders-api/prod", "ship-fn"),
        "users": (),
        "fault_causes": (),
        "error_causes": (),
        "response_time_causes": (),
        "annotations": {"aws:api_id": ["a1b2c3d4e5"]},
    }


def test_a_summary_may_lack_everything_but_its_id() -> None:
    frame = frame_from_summaries([{"Id": "1-6b042ac0-5d09aa705e56bbd015254801"}])
    validate_summaries(frame)
    row = frame.iloc[0]
    assert row["start"] == pd.Timestamp("2026-11-23 12:00", tz="UTC")  # the second in the id
    flags = ["has_error", "has_fault", "has_throttle", "is_partial"]
    assert row[flags].tolist() == [False] * 4
    assert row[["duration_s", "response_s", "revision", "entry_point"]].isna().all()
    assert row[["services", "annotations"]].tolist() == [(), {}]


def test_numbers_may_come_from_numpy() -> None:
    item = summary(StartTime=np.float64(NOON), Duration=np.float64(0.5))
    assert frame_from_summaries([item])["duration_s"].tolist() == [0.5]


def test_members_that_are_null_count_as_missing() -> None:
    names = ("Duration", "HasFault", "Http", "EntryPoint", "Annotations", "Users", "Revision")
    nulls: dict[str, Any] = dict.fromkeys(names)
    frame = frame_from_summaries([summary(**nulls)])
    pd.testing.assert_frame_equal(frame, frame_from_summaries([summary()]))


def test_no_summaries_make_an_empty_frame_of_the_same_types() -> None:
    empty = frame_from_summaries([], annotations=["order_id"])
    validate_summaries(empty)
    assert len(empty) == 0
    assert [*empty.columns] == [*SUMMARY_COLUMNS, "order_id"]


@pytest.mark.parametrize(
    "time",
    [
        1795435200.123457,
        "2026-11-23T12:00:00.123457Z",
        "2026-11-23T14:00:00.123457+02:00",
        "2026-11-23 12:00:00.123457+00:00",
        datetime(2026, 11, 23, 12, 0, 0, 123457, tzinfo=UTC),
        datetime(2026, 11, 23, 7, 0, 0, 123457, tzinfo=timezone(timedelta(hours=-5))),
        pd.Timestamp("2026-11-23T12:00:00.123457Z"),
    ],
)
def test_times_may_be_epoch_seconds_iso_texts_and_datetimes(time: Any) -> None:
    frame = frame_from_summaries([summary(StartTime=time, MatchedEventTime=time)])
    expected = pd.Timestamp("2026-11-23T12:00:00.123457Z")
    assert frame.iloc[0][["start", "matched_event_time"]].tolist() == [expected, expected]
    assert frame["start"].dtype == pd.DatetimeTZDtype("ns", "UTC")


def test_times_of_all_kinds_may_be_mixed_and_sort_the_rows() -> None:
    times = [1795435202, "2026-11-23T12:00:01Z", datetime(2026, 11, 23, 12, tzinfo=UTC)]
    frame = frame_from_summaries(summary(n, StartTime=time) for n, time in enumerate(times))
    assert frame["start"].dt.second.tolist() == [0, 1, 2]
    assert [int(trace_id[-1]) for trace_id in frame.index] == [2, 1, 0]


@given(st.integers(1, 4 * 10**15))
def test_epoch_seconds_are_exact_to_the_microsecond(microseconds: int) -> None:
    frame = frame_from_summaries([summary(StartTime=microseconds / 1e6)])
    assert frame["start"].iloc[0].value == microseconds * 1000


def test_the_highest_revision_of_a_trace_counts() -> None:
    items = [summary(Revision=r, Duration=d) for r, d in ((1, 1.0), (3, 3.0), (2, 2.0))]
    frame = frame_from_summaries([*items, summary(2)])
    assert frame["duration_s"].tolist()[:1] == [3.0]
    assert len(frame) == 2


def test_a_key_has_all_its_values_in_a_trace() -> None:
    annotations = annotated(order_id=["o-1"], service=["payment", "inventory"], paid=[True], n=[3])
    frame = frame_from_summaries([summary(Annotations=annotations)])
    assert frame["annotations"].iloc[0] == {
        "order_id": ["o-1"],
        "service": ["payment", "inventory"],
        "paid": [True],
        "n": [3],
    }


@pytest.mark.parametrize(
    "first,second,dtype",
    [
        (["o-1"], ["o-2"], "str"),
        ([12.5], [3], "float64"),
        ([True], [False], "boolean"),
        (["o-1"], [3.0], "object"),
        (["o-1"], ["o-2", "o-3"], "object"),
    ],
)
def test_a_requested_key_is_a_column_typed_by_its_values(
    first: list[Any], second: list[Any], dtype: str
) -> None:
    values = [annotated(key=first), annotated(key=second), {}]
    frame = frame_from_summaries(
        [summary(n, Annotations=one) for n, one in enumerate(values)], annotations=["key"]
    )
    validate_summaries(frame)
    column = frame["key"]
    assert column.dtype == dtype
    assert column.iloc[0] == first[0]
    assert column.iloc[1] == (second[0] if len(second) == 1 else second)
    assert pd.isna(column.iloc[2])


def test_a_key_that_no_trace_has_is_a_column_of_missing_values() -> None:
    frame = frame_from_summaries([summary()], annotations=["order_id", "order_id"])
    assert [*frame.columns] == [*SUMMARY_COLUMNS, "order_id"]
    assert frame["order_id"].isna().all()


@pytest.mark.parametrize(
    "keys,text",
    [("order_id", r"must be a list of keys: \['order_id'\]"), (["users"], "'users' cannot become")],
)
def test_keys_that_cannot_become_columns_are_refused(keys: Any, text: str) -> None:
    with pytest.raises(TraceDataError, match=text):
        frame_from_summaries([], annotations=keys)


def test_users_are_listed_once_each() -> None:
    names = ("zoe", "ann", "zoe")
    users: list[dict[str, Any]] = [{"UserName": name, "ServiceIds": []} for name in names]
    assert frame_from_summaries([summary(Users=users)])["users"].iloc[0] == ("ann", "zoe")


def test_nothing_is_changed_in_the_summaries() -> None:
    item = worked_summary()
    before = json.dumps(item)
    frame = frame_from_summaries([item])
    frame["annotations"].iloc[0]["aws:api_id"].append("another")
    assert json.dumps(item) == before
