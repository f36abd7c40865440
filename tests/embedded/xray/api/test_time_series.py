"""Statistics over time, with numbers that can be counted by hand."""

import json
import re
from typing import Any

import pytest

EPOCH_S = 1_795_435_200  # a full minute and a full five minutes
WINDOW = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 600}


def trace(number: int, start_s: float, *, took_s: float = 1.0, **members: object) -> list[str]:
    """Return a shop that calls a store, which responds 100 ms before the shop does."""
    trace_id = f"1-6b042ac0-{number:024x}"
    times = {"start_time": EPOCH_S + start_s, "end_time": EPOCH_S + start_s + took_s}
    call = {"id": f"a{number:015x}", "name": "call", "namespace": "remote", **times}
    shop = {"id": f"b{number:015x}", "name": "shop", "trace_id": trace_id, "subsegments": [call]}
    store: dict[str, Any] = {"id": f"c{number:015x}", "name": "store", "trace_id": trace_id}
    store |= {"parent_id": call["id"], "origin": "AWS::EC2::Instance", **times}
    store["end_time"] = EPOCH_S + start_s + took_s - 0.1
    return [json.dumps({**shop, **times, **members}), json.dumps(store)]


@pytest.fixture
def client(xray_lab: Any) -> Any:
    xray_lab.service.ingest(trace(1, 0))
    xray_lab.service.ingest(trace(2, 59.5, took_s=3.0, fault=True))
    xray_lab.service.ingest(trace(3, 130))
    xray_lab.service.ingest(trace(4, 700))
    return xray_lab.client


def rows(client: Any, member: str, **members: Any) -> list[tuple[float, int, int, float]]:
    answer = client.get_time_series_service_statistics(**{**WINDOW, **members})
    assert answer["ContainsOldGroupVersions"] is False
    return [
        (
            row["Timestamp"].timestamp() - EPOCH_S,
            row[member]["TotalCount"],
            row[member]["FaultStatistics"]["TotalCount"],
            row[member]["TotalResponseTime"],
        )
        for row in answer["TimeSeriesServiceStatistics"]
    ]


def test_a_service_is_counted_in_the_minute_that_its_requests_began_in(client: Any) -> None:
    by_name = {"EntitySelectorExpression": 'service("shop")'}
    expected = [(0, 2, 1, 4.0), (120, 1, 0, 1.0)]
    assert rows(client, "ServiceSummaryStatistics", **by_name) == expected
    by_id = {"EntitySelectorExpression": 'id(name: "store", type: "AWS::EC2::Instance")'}
    expected = [(0, 2, 0, 3.8), (120, 1, 0, 0.9)]
    assert rows(client, "ServiceSummaryStatistics", **by_id) == expected
    other_type = {"EntitySelectorExpression": 'service(id(name: "store", type: "remote"))'}
    assert rows(client, "ServiceSummaryStatistics", **other_type) == []


def test_an_edge_is_counted_as_its_caller_saw_it(client: Any) -> None:
    edge = {"EntitySelectorExpression": 'edge("shop", "store")'}
    expected = [(0, 2, 0, 4.0), (120, 1, 0, 1.0)]
    assert rows(client, "EdgeSummaryStatistics", **edge) == expected


def test_without_a_selector_all_edges_are_counted(client: Any) -> None:
    assert rows(client, "EdgeSummaryStatistics", Period=300) == [(0, 6, 1, 10.0)]


def test_a_group_counts_its_traces_only(client: Any) -> None:
    client.create_group(GroupName="failed", FilterExpression="fault")
    shop = {"EntitySelectorExpression": 'service("shop")', "GroupName": "failed"}
    assert rows(client, "ServiceSummaryStatistics", **shop) == [(0, 1, 1, 3.0)]


def test_rows_have_the_histogram_of_response_times(client: Any) -> None:
    answer = client.get_time_series_service_statistics(
        **WINDOW, EntitySelectorExpression='service("shop")', Period=300
    )
    (row,) = answer["TimeSeriesServiceStatistics"]
    assert row["ResponseTimeHistogram"] == [{"Value": 1.0, "Count": 2}, {"Value": 3.0, "Count": 1}]


def test_long_series_come_in_pages(xray_lab: Any) -> None:
    for number in range(130):
        xray_lab.service.ingest(trace(number, number * 60))
    pages = xray_lab.client.get_paginator("get_time_series_service_statistics").paginate(
        StartTime=EPOCH_S, EndTime=EPOCH_S + 8000
    )
    series = [page["TimeSeriesServiceStatistics"] for page in pages]
    assert [len(one) for one in series] == [100, 30]
    times = [row["Timestamp"].timestamp() - EPOCH_S for one in series for row in one]
    assert times == [number * 60 for number in range(130)]


@pytest.mark.parametrize(
    "members, says",
    [
        ({"Period": 61}, "Period must be one of 60, 300 seconds"),
        ({"Period": "60"}, "Period"),
        ({"EntitySelectorExpression": "service("}, "EntitySelectorExpression: .*column"),
        ({"EntitySelectorExpression": "fault"}, "EntitySelectorExpression must be one id"),
        ({"EntitySelectorExpression": 'service("a") { fault }'}, "must be one id"),
        ({"EntitySelectorExpression": "x" * 501}, "1 to 500 characters"),
        ({"ForecastStatistics": True}, "ForecastStatistics must be absent"),
        ({"GroupName": "nobody"}, "no group nobody"),
        ({"StartTime": None}, "StartTime"),
    ],
)
def test_bad_requests_are_refused_with_the_name_of_the_member(
    xray_lab: Any, members: dict[str, Any], says: str
) -> None:
    path = "/TimeSeriesServiceStatistics"
    status, code, message = xray_lab.refusal(path, {**WINDOW, **members})
    assert (status, code) == (400, "InvalidRequestException")
    assert re.search(says, message)


def test_a_range_is_at_most_as_long_as_that_of_a_graph(client: Any) -> None:
    window = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 6 * 3600 + 1}
    with pytest.raises(client.exceptions.InvalidRequestException, match="longer than 6 hours"):
        client.get_time_series_service_statistics(**window)
