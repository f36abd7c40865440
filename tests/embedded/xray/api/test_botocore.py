"""AWS's own client understands every answer: the shapes are those of botocore's service model."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from aws_xray_sdk.core.sampling.connector import ServiceConnector
from botocore.config import Config

from tracing_lab.embedded.xray import XRayService
from tracing_lab.embedded.xray.ingest.daemon import Daemon

EXAMPLE = json.loads((Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text())
START = datetime.fromtimestamp(1795435200, UTC)
WINDOW = {"StartTime": START, "EndTime": datetime.fromtimestamp(1795435800, UTC)}


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, serve_daemon_api: Callable[..., None]
) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("state")
    xray = XRayService(folder, region="us-east-1", account_id="123456789012")
    daemon = Daemon(xray.receive, xray.receive_spans)
    _, port = daemon.start()
    serve_daemon_api(daemon, xray.handle)
    client = boto3.client(
        "xray",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    texts = [json.dumps(document) for document in EXAMPLE["raw"]]
    assert client.put_trace_segments(TraceSegmentDocuments=texts)["UnprocessedTraceSegments"] == []
    yield client
    client.close()
    daemon.close()
    xray.close()


def test_summaries_are_parsed_with_their_times(client: Any) -> None:
    (page,) = client.get_paginator("get_trace_summaries").paginate(**WINDOW)
    (summary,) = page["TraceSummaries"]
    assert summary["StartTime"] == START
    assert summary["Http"]["HttpStatus"] == 201
    assert summary["Annotations"]["aws:api_stage"][0]["AnnotationValue"]["StringValue"] == "prod"
    assert set(EXAMPLE["summary"]["TraceSummaries"][0]) <= set(summary)


def test_traces_are_parsed(client: Any) -> None:
    answer = client.batch_get_traces(TraceIds=[EXAMPLE["trace_id"]])
    assert len(answer["Traces"][0]["Segments"]) == 7


def test_graphs_are_parsed(client: Any) -> None:
    services = client.get_service_graph(**WINDOW)["Services"]
    assert services[0]["StartTime"] == START
    assert services[0]["SummaryStatistics"]["OkCount"] == 1
    graph = client.get_trace_graph(TraceIds=[EXAMPLE["trace_id"]])
    assert [one["Name"] for one in graph["Services"]] == [one["Name"] for one in services]


def test_sampling_rules_and_targets_are_parsed(client: Any) -> None:
    (record,) = client.get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"]["RuleName"] == "Default"
    statistics = {"RuleName": "Default", "ClientID": "A" * 24, "RequestCount": 1, "SampledCount": 1}
    answer = client.get_sampling_targets(
        SamplingStatisticsDocuments=[{**statistics, "Timestamp": START}]
    )
    assert answer["SamplingTargetDocuments"][0]["ReservoirQuota"] == 1


ORDERS = {
    "RuleName": "orders",
    "Priority": 1,
    "FixedRate": 0.5,
    "ReservoirSize": 10,
    "Version": 1,
    **dict.fromkeys(
        ("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*"
    ),
}


def test_the_sdk_gets_rules_and_quotas_without_a_signature(client: Any) -> None:
    # GIVEN AWS's SDK for Python, which asks the daemon
    address = urlsplit(client.meta.endpoint_url)
    sdk = ServiceConnector()
    sdk.setup_xray_client(ip=address.hostname, port=address.port, client=None)
    client.create_sampling_rule(SamplingRule=ORDERS)
    # WHEN it reads the rules and reports what it did
    rules = {rule.name: rule for rule in sdk.fetch_sampling_rules()}
    orders = rules["orders"]
    orders.increment_request_count()
    orders.increment_sampled_count()
    targets, _ = sdk.fetch_sampling_target([orders])
    # THEN it has its share of the reservoir, and the report is counted
    assert set(rules) == {"Default", "orders"}
    assert (targets["orders"]["rate"], targets["orders"]["quota"]) == (0.5, 10)
    counts = client.get_sampling_statistic_summaries()["SamplingStatisticSummaries"]
    assert [one["SampledCount"] for one in counts if one["RuleName"] == "orders"] == [1]
    client.delete_sampling_rule(RuleName="orders")
    sdk._xray_client.close()


def test_telemetry_is_accepted(client: Any) -> None:
    answer = client.put_telemetry_records(TelemetryRecords=[{"Timestamp": START}])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_error_is_the_modelled_exception_with_the_message(client: Any) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException, match="FilterExpression"):
        client.get_trace_summaries(**WINDOW, FilterExpression="maybe")
