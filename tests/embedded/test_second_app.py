"""An app that is not the workshop's: other layout, other names, other calls, all by plain boto3.

A parcel service: ``register`` asks ``label`` for a label (Invoke) and tells a bus, whose rule has
``label`` print it. Nothing of it knows the embedded AWS but the endpoint in `Parcels.client`.
"""

import io
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tracing_lab.embedded import lifecycle
from tracing_lab.embedded.lifecycle import EmbeddedStatus
from tracing_lab.embedded.protocol.trace_header import new_trace_id
from tracing_lab.package import build, zip_bytes

REGION = "us-east-1"
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
SDK = ("aws_xray_sdk/", "wrapt/")  # which Lambda's runtime does not have
LABELS = b"def label(parcel):\n    return f'label of {parcel}'\n"


def allow(*actions: str, on: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


BASICS = allow("logs:*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")


def sdk() -> dict[str, bytes]:
    """Return the files of the X-Ray SDK, as a package for Lambda has them."""
    with zipfile.ZipFile(io.BytesIO(build("order").data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith(SDK)}


class Parcels:
    """The app, as its own deployment script would make it."""

    def __init__(self, running: EmbeddedStatus) -> None:
        self.running, self.endpoint_url = running, running.endpoint_url
        self.printer = running.state_dir / "printer"
        self.printer.mkdir()
        self.functions, self.events = self.client("lambda"), self.client("events")
        self.sqs, self.xray = self.client("sqs"), self.client("xray")
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

    def client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def function(
        self,
        name: str,
        handler: str,
        files: dict[str, bytes],
        *statements: dict[str, Any],
        **settings: Any,
    ) -> str:
        """Make a function with a role of its own; gives its ARN."""
        iam = self.client("iam")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy())["Role"]["Arn"]
        document = policy(BASICS, *statements)
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document)
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role,
            Handler=handler,
            Code={"ZipFile": zip_bytes({**sdk(), **files})},
            TracingConfig={"Mode": "Active"},
            Timeout=20,
            **settings,
        )
        return str(made["FunctionArn"])

    def rule(self, target_arn: str) -> None:
        """Have registered parcels go to a function."""
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

    def kill_and_restart(self) -> None:
        """Kill the server without a warning, and start it again; nothing is provisioned."""
        os.kill(self.running.pid, signal.SIGKILL)
        state_dir, port = self.running.state_dir, self.running.port
        self.running = lifecycle.start(state_dir=state_dir, port=port)

    def summaries(self, expression: str) -> list[dict[str, Any]]:
        now = time.time()
        found: list[dict[str, Any]] = self.xray.get_trace_summaries(
            StartTime=now - 300, EndTime=now + 1, FilterExpression=expression
        )["TraceSummaries"]
        return found

    def aws(self, *words: str) -> Any:
        """Run the ``aws`` command; gives its JSON output."""
        done = subprocess.run(
            [str(Path(sys.executable).parent / "aws"), *words],
            env={
                **os.environ,
                "AWS_ENDPOINT_URL": self.endpoint_url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_DEFAULT_REGION": REGION,
                "AWS_PAGER": "",
            },
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def waited(look: Callable[[], Any], timeout_s: float = 20.0) -> Any:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("nothing came in time")


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


def edges(parcels: Parcels, trace_id: str) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    """Give who called whom in a trace, each as name and type."""
    graph = parcels.xray.get_trace_graph(TraceIds=[trace_id])["Services"]
    nodes = {one["ReferenceId"]: (one["Name"], one["Type"]) for one in graph}
    return {
        (nodes[one["ReferenceId"]], nodes[edge["ReferenceId"]])
        for one in graph
        for edge in one["Edges"]
    }


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
