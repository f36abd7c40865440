"""How often sampling rules were used, as clients read it."""

import json
from typing import Any


def report(rule_name: str, **counts: int) -> dict[str, Any]:
    return {"RuleName": rule_name, "ClientID": "A" * 24, "Timestamp": 1_795_435_200, **counts}


def test_statistics_are_counted_in_windows_of_ten_seconds(xray_lab: Any) -> None:
    counts = {"RequestCount": 110, "SampledCount": 20, "BorrowCount": 10}
    documents = [report("Default", **counts), report("unknown", **counts)]
    xray_lab.client.get_sampling_targets(SamplingStatisticsDocuments=documents)
    xray_lab.now_s += 4
    xray_lab.service.sampler.decide(service_name="api/prod", service_type="AWS::ApiGateway::Stage")
    xray_lab.now_s += 6
    xray_lab.service.sampler.decide(service_name="api/prod", service_type="AWS::ApiGateway::Stage")
    xray_lab.service.sampler.decide(service_name="api/prod", service_type="AWS::ApiGateway::Stage")
    rows = xray_lab.client.get_sampling_statistic_summaries()["SamplingStatisticSummaries"]
    assert [
        (one["RuleName"], one["RequestCount"], one["SampledCount"], one["BorrowCount"])
        for one in rows
    ] == [("Default", 111, 21, 10), ("Default", 2, 1, 0)]
    assert rows[1]["Timestamp"].timestamp() == xray_lab.now_s


def test_reports_may_have_times_in_milliseconds(xray_lab: Any) -> None:
    # as OpenTelemetry's sampler for Java sends them, and AWS accepts them
    body = {"SamplingStatisticsDocuments": [report("Default", RequestCount=1, SampledCount=1)]}
    body["SamplingStatisticsDocuments"][0]["Timestamp"] *= 1000
    answer = xray_lab.post("/SamplingTargets", json.dumps(body).encode())
    (target,) = json.loads(answer.body)["SamplingTargetDocuments"]
    assert (answer.status, target["RuleName"]) == (200, "Default")
    body["SamplingStatisticsDocuments"][0]["Timestamp"] *= 1000
    assert xray_lab.refusal("/SamplingTargets", body)[0] == 400


def test_unknown_rules_are_named_as_in_the_developer_guide(xray_lab: Any) -> None:
    answer = xray_lab.client.get_sampling_targets(
        SamplingStatisticsDocuments=[report("nope", RequestCount=1, SampledCount=1)]
    )
    unknown = {"RuleName": "nope", "ErrorCode": "400", "Message": "Unknown rule"}
    assert answer["UnprocessedStatistics"] == [unknown]


def test_old_statistics_are_forgotten(xray_lab: Any) -> None:
    xray_lab.service.sampler.decide(service_name="api/prod", service_type="x")
    xray_lab.now_s += 1801
    answer = xray_lab.client.get_sampling_statistic_summaries()
    assert answer["SamplingStatisticSummaries"] == []
