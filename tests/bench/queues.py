"""Send messages to a queue, whose function fails for some, and count what became of each."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from archives import app_zip
from botocore.config import Config
from chain import DRAIN_S, REGION, free_port
from report import row
from usage import CpuSeconds

from tracing_lab.embedded import lifecycle

RATE_PER_S = 500
DURATION_S = 20
BATCH = 10
FAILING = 25  # one message of so many fails at its first receive
VISIBILITY_S = 5
HANDLER = """
import json, time

def handler(event, context):
    failed, done, is_new = [], [], False
    for record in event["Records"]:
        is_first = record["attributes"]["ApproximateReceiveCount"] == "1"
        is_new |= is_first
        number = int(record["body"])
        (failed if number % %d == 0 and is_first else done).append((number, record["messageId"]))
    print(json.dumps({"done": [number for number, _ in done],
                      "failed": [number for number, _ in failed],
                      "is_new": is_new, "time": time.time()}))
    return {"batchItemFailures": [{"itemIdentifier": name} for _, name in failed]}
""".replace("%d", str(FAILING))
ROLE = {
    "Statement": [
        {"Effect": "Allow", "Action": ["sqs:*", "xray:Put*", "logs:*"], "Resource": "*"},
    ],
    "Version": "2012-10-17",
}


@dataclass(frozen=True)
class QueueApp:
    """A queue, the function that reads it, and its dead letters."""

    pid: int
    endpoint_url: str
    queue_url: str
    dead_letter_url: str
    log_group: str

    def client(self, service: Any) -> Any:
        """Return a client of a service."""
        return client_of(self.endpoint_url, service)

    def batches(self) -> Iterator[dict[str, Any]]:
        """Yield what the function has printed about its batches."""
        pages = self.client("logs").get_paginator("filter_log_events")
        for page in pages.paginate(logGroupName=self.log_group, filterPattern='"done"'):
            for event in page["events"]:
                yield json.loads(event["message"])

    def left(self) -> int:
        """Count the messages in the queue, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(
            QueueUrl=self.queue_url, AttributeNames=names
        )
        return sum(map(int, found["Attributes"].values()))


def bench_queues(seconds: int = DURATION_S) -> None:
    """Send messages at a rate and wait until the queue is empty."""
    with tempfile.TemporaryDirectory() as folder:
        running = lifecycle.start(state_dir=Path(folder), port=free_port())
        try:
            app = made_app(running.pid, running.endpoint_url)
            send(app, range(-1000, 0))  # environments start
            wait_until_empty(app)
            measure(app, seconds)
        finally:
            lifecycle.stop(state_dir=Path(folder))


def measure(app: QueueApp, seconds: int) -> None:
    """Print the rate of messages that were processed, and what became of them."""
    count = RATE_PER_S * seconds
    cpu, started_s = CpuSeconds.now(app.pid), time.time()
    send(app, range(count), rate_per_s=RATE_PER_S)
    sent_s = time.time() - started_s
    waiting = app.left()
    wait_until_empty(app)
    cpu = CpuSeconds.now(app.pid) - cpu
    report(app, count, started_s, sent_s, waiting)
    for who, used_s in (("handlers", cpu.handlers), ("server", cpu.server)):
        row(f"CPU of the {who}, per message", 1000 * used_s / count, "ms")


def report(app: QueueApp, count: int, started_s: float, sent_s: float, waiting: int) -> None:
    """Print rows about messages from 0 to `count`."""
    batches = [batch for batch in app.batches() if batch["time"] >= started_s]
    done = Counter(number for batch in batches for number in batch["done"] if number >= 0)
    failed = Counter(number for batch in batches for number in batch["failed"] if number >= 0)
    last_s = max(batch["time"] for batch in batches if batch["is_new"])
    row(f"messages sent in {sent_s:.0f} s, a second", count / sent_s, "/s", limit=RATE_PER_S)
    processed_per_s = count / (last_s - started_s)
    row("messages processed, a second", processed_per_s, "/s", limit=RATE_PER_S)
    row("messages that waited when all were sent", waiting, "")
    row("messages a batch", sum(map(size, batches)) / len(batches), "", limit=BATCH)
    row("messages that failed once", len(failed), "", limit=len(range(0, count, FAILING)))
    row("messages processed", len(done), "", limit=count)
    row("messages lost", count - len(done), "")
    row("messages processed twice", sum(times > 1 for times in done.values()), "")
    row("failures without a cause", sum(times > 1 for times in failed.values()), "")
    letters = app.client("sqs").receive_message(QueueUrl=app.dead_letter_url)
    row("dead letters", len(letters.get("Messages", [])), "")


def size(batch: dict[str, Any]) -> int:
    """Return how many messages a batch had."""
    return len(batch["done"]) + len(batch["failed"])


def send(app: QueueApp, numbers: range, *, rate_per_s: float = float("inf")) -> None:
    """Send numbered messages in batches, each at its time."""
    sqs = app.client("sqs")
    started_s = time.monotonic()
    batches = (numbers[first : first + BATCH] for first in range(0, len(numbers), BATCH))
    for at, some in enumerate(batches):
        time.sleep(max(0.0, started_s + at * BATCH / rate_per_s - time.monotonic()))
        entries = [
            {"Id": str(place), "MessageBody": str(number)} for place, number in enumerate(some)
        ]
        answer = sqs.send_message_batch(QueueUrl=app.queue_url, Entries=entries)
        assert len(answer["Successful"]) == len(entries), answer


def wait_until_empty(app: QueueApp) -> None:
    """Wait until the queue has no message, or too long."""
    deadline_s = time.monotonic() + DRAIN_S
    while app.left() and time.monotonic() < deadline_s:
        time.sleep(0.2)


def made_app(pid: int, endpoint_url: str) -> QueueApp:
    """Make a queue with dead letters and a traced function that reads it."""
    sqs, functions, iam = (client_of(endpoint_url, name) for name in ("sqs", "lambda", "iam"))
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(ROLE))
    letters = sqs.create_queue(QueueName="letters")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of("letters"), "maxReceiveCount": "3"}
    attributes = {"VisibilityTimeout": str(VISIBILITY_S), "RedrivePolicy": json.dumps(redrive)}
    queue = sqs.create_queue(QueueName="work", Attributes=attributes)["QueueUrl"]
    functions.create_function(
        FunctionName="consumer",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": app_zip(HANDLER)},
        Timeout=VISIBILITY_S,
        TracingConfig={"Mode": "Active"},
    )
    functions.create_event_source_mapping(
        FunctionName="consumer",
        EventSourceArn=arn_of("work"),
        BatchSize=BATCH,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    return QueueApp(pid, endpoint_url, queue, letters, "/aws/lambda/consumer")


def arn_of(name: str) -> str:
    """Return the ARN of a queue."""
    return f"arn:aws:sqs:{REGION}:123456789012:{name}"


def client_of(endpoint_url: str, service: Any) -> Any:
    """Return a client of a service of an embedded AWS."""
    return boto3.client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
