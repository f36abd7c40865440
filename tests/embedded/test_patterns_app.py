"""Three popular serverless patterns in one app (`meters_app`), asked by AWS's own APIs."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from meters_app import Meters
from plain_apps import edges
from waiting import waited

from tracing_lab.embedded import lifecycle

Json = dict[str, Any]


@pytest.fixture(scope="module")
def meters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meters]:
    state_dir = tmp_path_factory.mktemp("meters")
    yield Meters(lifecycle.start(state_dir=state_dir))
    lifecycle.stop(state_dir=state_dir)


def post(meters: Meters, reading: Json) -> str:
    """Send a reading; returns the id of its trace."""
    body = json.dumps(reading).encode()
    request = urllib.request.Request(f"{meters.api_url}/readings", data=body, method="POST")  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - loopback
        header = json.loads(response.read())["trace"]
    return str(header.partition("Root=")[2].partition(";")[0])


def get_total(meters: Meters, meter: str, token: str | None) -> tuple[int, Json]:
    headers = {"Authorization": token} if token else {}
    request = urllib.request.Request(f"{meters.http_url}/totals/{meter}", headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - loopback
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_readings_are_added_up_through_queue_table_and_stream(meters: Meters) -> None:
    for number in range(10):
        post(meters, {"id": f"a-{number}", "meter": "a", "units": number})
    waited(lambda: meters.total("a") == {"units": 45, "readings": 10})


def test_a_bad_reading_goes_to_the_rejected_and_costs_no_other(meters: Meters) -> None:
    post(meters, {"id": "b-1", "meter": "b", "units": "many"})
    post(meters, {"id": "b-2", "meter": "b", "units": 7})
    rejected = waited(lambda: meters.messages(meters.rejected_url), timeout_s=60)
    assert rejected == [{"id": "b-1", "meter": "b", "units": "many"}]
    waited(lambda: meters.total("b") == {"units": 7, "readings": 1})


def test_traces_end_at_the_queue_and_are_linked_behind_it(meters: Meters) -> None:
    trace_id = post(meters, {"id": "c-1", "meter": "c", "units": 1})
    (stored,) = waited(lambda: meters.summaries('annotation.meter = "c" AND service("store")'))
    # THEN the request's trace ends at the queue's node
    queue = (meters.readings_url, "AWS::SQS::Queue")
    accept = ("accept", "AWS::Lambda::Function")
    waited(lambda: (accept, queue) in edges(meters, trace_id))
    assert not [one for pair in edges(meters, trace_id) for one in pair if one[0] == "store"]
    # AND another trace has the function that reads the queue, its table, and a link to the first
    assert stored["Id"] != trace_id
    table = ("readings", "AWS::DynamoDB::Table")
    waited(lambda: (("store", "AWS::Lambda::Function"), table) in edges(meters, stored["Id"]))
    assert trace_id in linked(meters, stored["Id"])
    # AND the stream's function begins a trace of its own
    (total,) = waited(lambda: meters.summaries('service("totals") AND !service("store")'))[:1]
    assert total["Id"] not in {trace_id, stored["Id"]}


def linked(meters: Meters, trace_id: str) -> set[str]:
    """Return the traces to which the segments of a trace have links."""
    (trace,) = meters.xray.batch_get_traces(TraceIds=[trace_id])["Traces"]
    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    return {link["trace_id"] for document in documents for link in links_of(document)}


def links_of(document: Json) -> list[Json]:
    deeper = [link for child in document.get("subsegments", []) for link in links_of(child)]
    return [*document.get("links", []), *deeper]


def test_a_scheduled_job_writes_a_report_and_the_bucket_tells(meters: Meters) -> None:
    waited(lambda: meters.total("a"))
    due_s = int(time.time()) + 3
    meters.schedule("daily", f"{datetime.fromtimestamp(due_s, UTC):%Y-%m-%dT%H:%M:%S}")
    (news,) = waited(lambda: meters.messages(meters.news_url))
    assert news == {"event": "ObjectCreated:Put", "key": "reports/daily.json"}
    written = meters.s3.get_object(Bucket="meters", Key="reports/daily.json")
    report = json.loads(written["Body"].read())
    assert report["totals"]["a"] == 45
    assert report["asked"]["schedule"] == "daily"
    assert datetime.fromisoformat(report["asked"]["time"]).timestamp() == due_s
    # THEN the job is a trace that goes on behind the bucket, as S3 passes it on
    (job,) = waited(lambda: meters.summaries('service("report") AND service("announce")'))
    bucket = ("S3", "AWS::S3")
    ways = {(("report", "AWS::Lambda::Function"), bucket), (bucket, ("announce", "AWS::Lambda"))}
    waited(lambda: ways <= edges(meters, job["Id"]))


def test_only_who_is_let_in_reads_and_the_http_api_is_no_node(meters: Meters) -> None:
    waited(lambda: meters.total("a"))
    assert get_total(meters, "a", None) == (401, {"message": "Unauthorized"})
    assert get_total(meters, "a", "please") == (403, {"message": "Forbidden"})
    status, answer = get_total(meters, "a", "let me in")
    assert (status, answer["units"], answer["reader"]) == (200, 45, "ada")
    # THEN the trace begins at the function: X-Ray does not trace HTTP APIs
    (found,) = waited(lambda: meters.summaries('annotation.meter = "a" AND service("read")'))
    assert found["EntryPoint"]["Type"] == "AWS::Lambda"
    types = {kind for pair in edges(meters, found["Id"]) for _, kind in pair}
    assert types == {"client", "AWS::Lambda", "AWS::Lambda::Function", "AWS::DynamoDB::Table"}


def test_after_a_kill_everything_is_there_and_goes_on(meters: Meters) -> None:
    before = waited(lambda: meters.total("a"))
    meters.kill_and_restart()
    assert meters.total("a") == before
    post(meters, {"id": "a-10", "meter": "a", "units": 5})
    waited(lambda: meters.total("a")["units"] == before["units"] + 5)
    assert get_total(meters, "a", "let me in")[0] == 200
