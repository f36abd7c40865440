"""Insights of a shop whose store fails for some minutes."""

import json
from collections.abc import Callable
from typing import Any

import pytest

EPOCH_S = 1_795_435_200  # a full minute
RANGE = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 3600, "GroupName": "Default"}
ON = {"InsightsEnabled": True}


def trace(number: int, start_s: float, **flags: bool) -> list[str]:
    """Return a shop that calls a store; both fail or neither."""
    trace_id = f"1-6b042ac0-{number:024x}"
    times = {"start_time": EPOCH_S + start_s, "end_time": EPOCH_S + start_s + 0.5}
    call = {"id": f"a{number:015x}", "name": "call", "namespace": "remote", **times, **flags}
    shop = {"id": f"b{number:015x}", "name": "shop", "trace_id": trace_id, "subsegments": [call]}
    store = {"id": f"c{number:015x}", "name": "store", "trace_id": trace_id}
    return [
        json.dumps({**one, **times, **flags}) for one in (shop, store | {"parent_id": call["id"]})
    ]


def fill(lab: Any, minute: int, *, faults: int, fine: int) -> None:
    for number in range(faults + fine):
        flags = {"fault": True} if number < faults else {}
        lab.service.ingest(trace(minute * 1000 + number, minute * 60 + number / 10, **flags))


@pytest.fixture
def lab(xray_lab: Any) -> Any:
    xray_lab.client.update_group(GroupName="Default", InsightsConfiguration=ON)
    fill(xray_lab, 1, faults=1, fine=9)
    fill(xray_lab, 2, faults=6, fine=4)
    fill(xray_lab, 4, faults=5, fine=45)
    fill(xray_lab, 20, faults=5, fine=46)
    fill(xray_lab, 30, faults=8, fine=0)
    xray_lab.now_s = EPOCH_S + 32 * 60
    return xray_lab


def test_minutes_with_many_faults_are_insights(lab: Any) -> None:
    first, second = lab.client.get_insight_summaries(**RANGE)["InsightSummaries"]
    assert first["RootCauseServiceId"] == {"Name": "store", "Names": ["store"]}
    assert first["StartTime"].timestamp() == EPOCH_S + 120
    assert (first["State"], first["EndTime"].timestamp()) == ("CLOSED", EPOCH_S + 300)
    counts = {"FaultCount": 11, "OkCount": 49, "TotalCount": 60}
    assert first["RootCauseServiceRequestImpactStatistics"] == counts
    assert first["ClientRequestImpactStatistics"] == counts
    assert "made 11 of 60 traces fail" in first["Summary"]
    assert "not by AWS's anomaly detection" in first["Summary"]
    assert (second["State"], "EndTime" in second) == ("ACTIVE", False)


def test_insights_are_chosen_by_state_and_range_and_come_in_pages(lab: Any) -> None:
    def starts(**members: Any) -> list[float]:
        found = lab.client.get_insight_summaries(**{**RANGE, **members})["InsightSummaries"]
        return [one["StartTime"].timestamp() - EPOCH_S for one in found]

    assert starts(States=["ACTIVE"]) == [1800]
    assert starts(States=["CLOSED"]) == [120]
    assert starts(EndTime=EPOCH_S + 1800) == [120]
    assert starts(StartTime=EPOCH_S + 301) == [1800]
    first = lab.client.get_insight_summaries(**RANGE, MaxResults=1)
    assert starts(MaxResults=1, NextToken=first["NextToken"]) == [1800]


def test_an_insight_is_found_again_by_its_id(lab: Any, make_xray: Callable[[], Any]) -> None:
    summary, _ = lab.client.get_insight_summaries(**RANGE)["InsightSummaries"]
    del summary["LastUpdateTime"]
    again = make_xray()
    again.now_s = lab.now_s
    assert again.client.get_insight(InsightId=summary["InsightId"])["Insight"] == summary


def test_each_minute_is_an_event(lab: Any) -> None:
    summary, _ = lab.client.get_insight_summaries(**RANGE)["InsightSummaries"]
    answer = lab.client.get_insight_events(InsightId=summary["InsightId"])
    found = [
        (
            one["EventTime"].timestamp() - EPOCH_S,
            one["RootCauseServiceRequestImpactStatistics"]["FaultCount"],
        )
        for one in answer["InsightEvents"]
    ]
    assert found == [(120, 6), (240, 5)]


def test_the_impact_graph_has_the_services_and_their_calls(lab: Any) -> None:
    summary, _ = lab.client.get_insight_summaries(**RANGE)["InsightSummaries"]
    times = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 600}
    graph = lab.client.get_insight_impact_graph(InsightId=summary["InsightId"], **times)
    shop, store, client = graph["Services"]
    assert (shop["Name"], store["Name"], client["Type"]) == ("shop", "store", "client")
    assert shop["Edges"] == [{"ReferenceId": store["ReferenceId"]}]
    assert "SummaryStatistics" not in shop


def test_a_group_has_insights_only_while_they_are_enabled_and_only_of_its_traces(lab: Any) -> None:
    client = lab.client
    client.create_group(GroupName="fine", FilterExpression="!fault", InsightsConfiguration=ON)
    client.create_group(GroupName="off")
    for name in ("fine", "off"):
        answer = client.get_insight_summaries(**{**RANGE, "GroupName": name})
        assert answer["InsightSummaries"] == []
    summary, _ = client.get_insight_summaries(**RANGE)["InsightSummaries"]
    client.update_group(GroupName="Default", InsightsConfiguration={"InsightsEnabled": False})
    with pytest.raises(client.exceptions.InvalidRequestException, match="no insight"):
        client.get_insight(InsightId=summary["InsightId"])


def test_ranges_begin_at_most_thirty_days_ago(lab: Any) -> None:
    summary, _ = lab.client.get_insight_summaries(**RANGE)["InsightSummaries"]
    lab.now_s = EPOCH_S + 31 * 24 * 3600
    times = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 600}
    for path, members in (
        ("/InsightSummaries", {"GroupName": "Default", **times}),
        ("/InsightImpactGraph", {"InsightId": summary["InsightId"], **times}),
    ):
        status, _code, message = lab.refusal(path, members)
        assert (status, message) == (400, "StartTime must be at most 30 days old.")


def test_one_incident_is_one_insight_wherever_one_looks(xray_lab: Any) -> None:
    # GIVEN a store that fails for three hours
    client = xray_lab.client
    client.update_group(GroupName="Default", InsightsConfiguration=ON)
    for minute in range(60, 240, 4):
        fill(xray_lab, minute, faults=6, fine=0)
    xray_lab.now_s = EPOCH_S + 20 * 3600
    end_s = EPOCH_S + 237 * 60

    def found(start_s: int, end_s: int) -> list[dict[str, Any]]:
        times = {"StartTime": EPOCH_S + start_s, "EndTime": EPOCH_S + end_s}
        return list(client.get_insight_summaries(GroupName="Default", **times)["InsightSummaries"])

    # WHEN ranges begin or end in it, or are longer than it
    ((whole,), *parts) = (
        found(*times)
        for times in (
            (0, 20 * 3600),
            (0, 3700),
            (3660, 3661),
            (5000, 5060),
            (9001, 20_000),
            (237 * 60, 20 * 3600),
        )
    )
    # THEN it is the same insight
    assert parts == [[whole]] * len(parts)
    assert whole["StartTime"].timestamp() == EPOCH_S + 3600
    assert whole["EndTime"].timestamp() == end_s
    assert whole["ClientRequestImpactStatistics"]["FaultCount"] == 45 * 6
    assert found(0, 3600) == found(237 * 60 + 1, 20 * 3600) == []
    insight = client.get_insight(InsightId=whole["InsightId"])["Insight"]
    assert insight["ClientRequestImpactStatistics"]["FaultCount"] == 45 * 6


def test_summaries_of_more_than_six_hours_can_be_read_but_no_such_graph(lab: Any) -> None:
    times = {"StartTime": EPOCH_S - 24 * 3600, "EndTime": EPOCH_S + 3600}
    summary, _ = lab.client.get_insight_summaries(GroupName="Default", **times)["InsightSummaries"]
    with pytest.raises(lab.client.exceptions.InvalidRequestException, match="6 hours"):
        lab.client.get_insight_impact_graph(InsightId=summary["InsightId"], **times)


def test_insights_of_expired_traces_are_forgotten(lab: Any) -> None:
    records = lab.service._records
    lab.client.get_insight_summaries(**RANGE)
    assert len(records.all("insight")) == 2
    lab.now_s = EPOCH_S + 31 * 24 * 3600
    times = {"StartTime": lab.now_s - 60, "EndTime": lab.now_s}
    lab.client.get_insight_summaries(GroupName="Default", **times)
    assert records.all("insight") == {}
