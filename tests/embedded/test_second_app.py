"""An app that is not the workshop's: other layout, other names, other calls, all by plain boto3.

A parcel service: ``register`` asks ``label`` for a label (Invoke) and tells a bus, whose rule has
``label`` print it. Nothing of it knows the embedded AWS but the endpoint in `PlainApp.client`.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plain_apps import PlainApp, allow, edges
from waiting import waited

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.xray_model.trace_ids import new_trace_id

REGISTER = b"""
import json, os
import boto3
from aws_xray_sdk.core import patch_all, xray_recorder

patch_all()
functions, events = boto3.client("lambda"), boto3.client("events")

def on_parcel(event, context):
    with xray_recorder.in_subsegment("register_parcel") as step:
        step.put_annotation("parcel", event["parcel"])
        answer = functions.invoke(FunctionName=os.environ["LABEL"], Payload=json.dumps(event))
        label = json.loads(answer["Payload"].read())
        entry = {"Source": "parcels", "DetailType": "Registered", "Detail": json.dumps(event)}
        events.put_events(Entries=[{**entry, "EventBusName": os.environ["BUS"]}])
    return {"label": label, "trace": os.environ["_X_AMZN_TRACE_ID"]}
"""
LABEL = b"""
import os, pathlib
from parcels.printing.labels import label
from aws_xray_sdk.core import xray_recorder

def run(event, context):
    parcel = event.get("detail", event)["parcel"]
    with xray_recorder.in_subsegment("print_label") as step:
        step.put_annotation("way", event.get("detail-type", "asked"))
        if parcel == "lost":
            raise LookupError("no such parcel")
        pathlib.Path(os.environ["PRINTER"], parcel).touch()
        return label(parcel)
"""
LABELS = b"def label(parcel):\n    return f'label of {parcel}'\n"


class Parcels(PlainApp):
    """The app, as its own deployment script would make it."""

    def __init__(self, running: EmbeddedStatus) -> None:
        super().__init__(running)
        self.printer = running.state_dir / "printer"
        self.printer.mkdir()
        self.events, self.sqs = self.client("events"), self.client("sqs")
        self.letters = self.sqs.create_queue(QueueName="lost-parcels")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(
            QueueUrl=self.letters, AttributeNames=["QueueArn"]
        )
        letters_arn = attributes["Attributes"]["QueueArn"]
        bus_arn = self.events.create_event_bus(Name="parcels")["EventBusArn"]
        label_arn = self.function(
            "label",
            "parcels.printing.handler.run",
            {"parcels/printing/handler.py": LABEL, "parcels/printing/labels.py": LABELS},
            allow("sqs:SendMessage", on=letters_arn),
            DeadLetterConfig={"TargetArn": letters_arn},
            Environment={"Variables": {"PRINTER": str(self.printer)}},
        )
        self.function(
            "register",
            "source/api.on_parcel",
            {"source/api.py": REGISTER},
            allow("lambda:InvokeFunction", on=label_arn),
            allow("events:PutEvents", on=bus_arn),
            Environment={"Variables": {"LABEL": "label", "BUS": "parcels"}},
        )
        self.functions.put_function_event_invoke_config(
            FunctionName="label", MaximumRetryAttempts=0
        )
        self.rule(label_arn)

    def rule(self, target_arn: str) -> None:
        """Route the events of registered parcels to a function."""
        pattern = json.dumps({"source": ["parcels"], "detail": {"parcel": [{"exists": True}]}})
        rule = self.events.put_rule(Name="print", EventBusName="parcels", EventPattern=pattern)
        targets = [{"Id": "label", "Arn": target_arn}]
        self.events.put_targets(Rule="print", EventBusName="parcels", Targets=targets)
        self.functions.add_permission(
            FunctionName="label",
            StatementId="rule",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=rule["RuleArn"],
        )

    def register(self, parcel: str) -> dict[str, Any]:
        payload = json.dumps({"parcel": parcel})
        answer = self.functions.invoke(FunctionName="register", Payload=payload)
        result: dict[str, Any] = json.loads(answer["Payload"].read())
        return result

    def tell(self, kind: str, parcel: str) -> None:
        """Put an event on the bus, in a trace of its own."""
        entry = {
            "Source": "parcels",
            "DetailType": kind,
            "Detail": json.dumps({"parcel": parcel}),
            "EventBusName": "parcels",
            "TraceHeader": f"Root={new_trace_id()};Sampled=1",
        }
        assert self.events.put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.fixture(scope="module")
def parcels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parcels]:
    state_dir = tmp_path_factory.mktemp("parcels")
    yield Parcels(lifecycle.start(state_dir=state_dir))
    lifecycle.stop(state_dir=state_dir)


def test_a_parcel_is_one_trace_through_invoke_and_bus(parcels: Parcels) -> None:
    answer = parcels.register("p-1")
    assert answer["label"] == "label of p-1"
    # THEN filter expressions find the whole trace
    whole = 'annotation.parcel = "p-1" AND annotation.way = "asked"'
    (summary,) = waited(lambda: parcels.summaries(f'{whole} AND annotation.way = "Registered"'))
    assert f"Root={summary['Id']};" in answer["trace"]
    assert parcels.summaries('edge("register", "label")') != []
    assert parcels.summaries('service("label") { fault }') == []
    # AND the graph of the trace shows both ways to the second function
    register, label = ("register", "AWS::Lambda::Function"), ("label", "AWS::Lambda")
    expected = {
        (("register", "client"), ("register", "AWS::Lambda")),
        (("register", "AWS::Lambda"), register),
        (register, label),
        (register, ("Events", "AWS::Events")),
        (("Events", "AWS::Events"), label),
        (label, ("label", "AWS::Lambda::Function")),
    }
    waited(lambda: len(edges(parcels, summary["Id"])) == len(expected))
    assert edges(parcels, summary["Id"]) == expected


def test_what_the_second_function_gives_up_goes_to_its_queue(parcels: Parcels) -> None:
    parcels.tell("Lost", "lost")
    (letter,) = waited(
        lambda: parcels.sqs.receive_message(
            QueueUrl=parcels.letters, MessageAttributeNames=["All"]
        ).get("Messages")
    )
    assert json.loads(letter["Body"])["detail"] == {"parcel": "lost"}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no such parcel"


def test_the_aws_command_runs_and_traces_it(parcels: Parcels, tmp_path: Path) -> None:
    answer_file = tmp_path / "answer.json"
    invoked = parcels.aws(
        *("lambda", "invoke", "--function-name", "register", str(answer_file)),
        *("--payload", '{"parcel": "p-2"}'),
    )
    assert (invoked["StatusCode"], "FunctionError" in invoked) == (200, False)
    assert json.loads(answer_file.read_text())["label"] == "label of p-2"
    entry = {
        "Source": "parcels",
        "DetailType": "Typed",
        "Detail": '{"parcel": "p-3"}',
        "EventBusName": "parcels",
        "TraceHeader": f"Root={new_trace_id()};Sampled=1",
    }
    put = parcels.aws("events", "put-events", "--entries", json.dumps([entry]))
    assert put["FailedEntryCount"] == 0
    waited(lambda: parcels.summaries('annotation.way = "Typed"'))
    now = int(time.time())
    found = parcels.aws(
        *(
            "xray",
            "get-trace-summaries",
            "--start-time",
            str(now - 300),
            "--end-time",
            str(now + 1),
        ),
        *("--filter-expression", 'annotation.way = "Typed"'),
    )
    assert len(found["TraceSummaries"]) == 1


def test_a_kill_in_the_middle_loses_no_accepted_event(parcels: Parcels) -> None:
    told = {f"k-{number}" for number in range(20)}
    for parcel in told:
        parcels.tell("Killed", parcel)
    parcels.kill_and_restart()
    assert parcels.register("p-4")["label"] == "label of p-4"
    waited(lambda: told <= {label.name for label in parcels.printer.iterdir()})
    (books,) = (lifecycle.ledger(state_dir=parcels.running.state_dir) or {}).values()
    assert books["imbalance"] == 0
