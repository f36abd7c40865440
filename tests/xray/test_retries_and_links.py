"""Retries and linked traces of real functions on an embedded AWS, as a user fetches them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from plain_apps import REGION, PlainApp, allow
from waiting import waited

from tracing_lab import graph, spans, xray
from tracing_lab.cli import main
from tracing_lab.config import Config
from tracing_lab.embedded import lifecycle
from tracing_lab.errors import RetriesPendingWarning
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id

QUEUE = f"arn:aws:sqs:{REGION}:123456789012:work"
FAILING = "def handler(event, context):\n    raise ValueError('no stock')\n"
CONSUMER = "def handler(event, context):\n    return None\n"
SENDING = """
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="hi")
"""


class App(PlainApp):
    """Functions on an embedded AWS whose retries come five seconds later."""

    def __init__(self, state_dir: Path) -> None:
        options = ("--retry-delays-s", "5", "1")
        super().__init__(lifecycle.start(state_dir=state_dir, options=options))
        self.config = Config(embedded_state_dir=state_dir)

    def simple_function(self, name: str, code: str) -> str:
        self.function(name, "app.handler", {"app.py": code.encode()}, allow("sqs:*"))
        return name

    def send(self, name: str, event: Any = None, *, kind: str = "Event") -> str:
        """Invoke a function in a trace of its own; return the trace id."""
        root = new_trace_id()
        client = self.client("lambda")
        header = TraceHeader(root, sampled=True).format()
        client.meta.events.register(
            "before-call.lambda.Invoke",
            lambda params, **_: params["headers"].update({"X-Amzn-Trace-Id": header}),
        )
        client.invoke(FunctionName=name, InvocationType=kind, Payload=json.dumps(event))
        return root


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    state_dir = tmp_path_factory.mktemp("aws")
    try:
        yield App(state_dir)
    finally:
        lifecycle.stop(state_dir=state_dir)


def attempts(trace: dict[str, Any]) -> list[str]:
    frame = spans.spans_from_traces([trace])
    names = frame["name"].astype(str)
    return sorted(names[names.str.startswith("Attempt")])


def test_a_fetch_says_that_retries_come_and_waits_for_them_on_request(app: App) -> None:
    root = app.send(app.simple_function("failing", FAILING))
    with pytest.warns(RetriesPendingWarning, match="1 trace has attempts that will be retried at"):
        (early,) = xray.fetch_traces(app.config, root, quiet_s=0.2)
    assert len(attempts(early)) < 3
    (whole,) = xray.fetch_traces(app.config, root, quiet_s=0.2, wait_for_retries=True)
    assert attempts(whole) == ["Attempt #1", "Attempt #2", "Attempt #3"]


def test_so_does_the_command(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    root = app.send(app.simple_function("failing-too", FAILING))
    pd.DataFrame({"trace_id": [root], "status": [202]}).to_csv("log.csv")
    state = ["--embedded-state-dir", str(app.config.embedded_state_dir)]
    words = ["fetch", "--log", "log.csv", "--out", "traces.json", "--retries", *state]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "will be retried" in said
    assert "waiting for them" in said
    (trace,) = spans.load_traces(tmp_path / "traces.json")
    assert attempts(trace) == ["Attempt #1", "Attempt #2", "Attempt #3"]


def test_the_trace_of_a_consumer_is_fetched_with_the_producers(app: App) -> None:
    # GIVEN a function that sends a message to a queue which another one reads
    url = app.client("sqs").create_queue(QueueName="work")["QueueUrl"]
    app.simple_function("consumer", CONSUMER)
    app.client("lambda").create_event_source_mapping(FunctionName="consumer", EventSourceArn=QUEUE)
    # WHEN it runs
    root = app.send(
        app.simple_function("producer", SENDING), {"queue": url}, kind="RequestResponse"
    )
    # THEN its trace leads to the other's, and the map shows the way
    fetched = waited(lambda: fetch_linked(app, root))
    links = spans.links_from_traces(fetched)
    assert sorted(links["relation"]) == ["child", "parent"]
    drawn = graph.service_graph_from_spans(spans.spans_from_traces(fetched), links=links)
    edge = drawn.edges["producer [AWS::Lambda::Function]", "consumer [AWS::Lambda]"]
    assert edge["requests"] == 0
    assert edge["bus_p50_s"] >= 0  # 0 if the consumer begins before the sender has its response


def fetch_linked(app: App, root: str) -> list[dict[str, Any]]:
    """Return the traces, none while there are no links yet."""
    traces = xray.fetch_traces(app.config, root, quiet_s=0.2, follow_links=True)
    return traces if len(traces) > 1 else []
