"""Service graphs of windows and pages are merged."""

from datetime import timedelta

from xray_fakes import NOON, service

from tracing_lab.xray.merging import merge_service_graphs


def test_graphs_of_windows_are_added_although_their_numbering_differs() -> None:
    first = {"StartTime": NOON, "Services": [service(0, "a", 1, 1), service(1, "b", 1)]}
    second = {"EndTime": NOON, "Services": [service(0, "b", 2), service(5, "a", 2, 0)]}
    merged = merge_service_graphs([[first], [second]])
    assert (merged["StartTime"], merged["EndTime"]) == (NOON, NOON)
    nodes = {node["Name"]: node for node in merged["Services"]}
    assert {name: node["ReferenceId"] for name, node in nodes.items()} == {"a": 0, "b": 1}
    assert nodes["a"]["SummaryStatistics"] == {
        "OkCount": 3,
        "ErrorStatistics": {"TotalCount": 0},
        "TotalCount": 3,
        "TotalResponseTime": 1.5,
    }
    assert nodes["a"]["ResponseTimeHistogram"] == [{"Value": 0.5, "Count": 3}]
    assert nodes["a"]["EndTime"] == NOON + timedelta(seconds=2)
    statistics = {"OkCount": 3, "TotalCount": 3}
    assert nodes["a"]["Edges"] == [{"ReferenceId": 1, "SummaryStatistics": statistics}]


def test_pages_of_one_answer_share_their_numbering() -> None:
    pages = [{"Services": [service(3, "a", 1, 4)]}, {"Services": [service(4, "b", 1)]}]
    merged = merge_service_graphs([pages])
    assert [node["ReferenceId"] for node in merged["Services"]] == [0, 1]
    assert merged["Services"][0]["Edges"][0]["ReferenceId"] == 1
    assert merged["ContainsOldGroupVersions"] is False


def test_single_answer_keeps_all_it_says() -> None:
    page = {"Services": [service(0, "a", 1, 0)], "ContainsOldGroupVersions": True}
    merged = merge_service_graphs([[page]])
    assert merged["Services"] == page["Services"]
    assert merged["ContainsOldGroupVersions"] is True
