"""Transaction Search: only indexed traces are found, all can be retrieved."""

import json
from typing import Any

import pytest

from tracing_lab.embedded.xray.api.indexing import indexed_share

EPOCH_S = 1_795_435_200
WINDOW = {"StartTime": EPOCH_S, "EndTime": EPOCH_S + 60}
IDS = [f"1-6b042ac0-{number:024x}" for number in range(100)]


def document(trace_id: str) -> str:
    times = {"start_time": EPOCH_S, "end_time": EPOCH_S + 1}
    return json.dumps({"id": "1" * 16, "name": "n", "trace_id": trace_id, **times})


@pytest.fixture
def client(xray_lab: Any) -> Any:
    """Return a client of an account with a hundred traces that go to CloudWatch Logs."""
    xray_lab.service.ingest(map(document, IDS))
    xray_lab.client.update_trace_segment_destination(Destination="CloudWatchLogs")
    return xray_lab.client


def found(client: Any, **members: Any) -> set[str]:
    answer = client.get_trace_summaries(**WINDOW, **members)
    return {one["Id"] for one in answer["TraceSummaries"]}


def index(client: Any, percent: float) -> None:
    rule = {"Probabilistic": {"DesiredSamplingPercentage": percent}}
    client.update_indexing_rule(Name="Default", Rule=rule)


def test_one_percent_is_indexed_until_more_is_asked_for(client: Any) -> None:
    assert len(found(client)) < 10
    index(client, 50)
    half = found(client)
    assert 30 < len(half) < 70
    index(client, 80)
    assert half < found(client)
    index(client, 100)
    assert found(client) == set(IDS)


def test_what_is_not_indexed_is_not_found_by_id_but_retrieved(client: Any) -> None:
    index(client, 0)
    answer = client.batch_get_traces(TraceIds=IDS[:2])
    assert (answer["Traces"], answer["UnprocessedTraceIds"]) == ([], IDS[:2])
    assert client.get_trace_graph(TraceIds=IDS[:2])["Services"] == []
    token = client.start_trace_retrieval(TraceIds=IDS[:2], **WINDOW)["RetrievalToken"]
    assert len(client.list_retrieved_traces(RetrievalToken=token)["Traces"]) == 2


def test_with_x_ray_as_destination_everything_is_found(client: Any) -> None:
    client.update_trace_segment_destination(Destination="XRay")
    index(client, 0)
    assert found(client) == set(IDS)
    assert len(client.batch_get_traces(TraceIds=IDS[:5])["Traces"]) == 5


def test_a_sample_is_one_of_the_indexed_traces(client: Any) -> None:
    index(client, 50)
    every = found(client)
    sample = found(client, SamplingStrategy={"Name": "FixedRate", "Value": 0.5})
    assert sample < every
    assert len(sample) > 5


def test_the_share_is_kept() -> None:
    indexed = indexed_share(25)
    assert indexed is not None
    ids = (f"1-6b042ac0-{number:024x}" for number in range(4000))
    assert 900 < sum(map(indexed, ids)) < 1100
