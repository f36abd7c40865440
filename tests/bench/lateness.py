"""How late schedules fire: many in the same second, and rules with rates."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from report import row

from tracing_lab.embedded import lifecycle

LIMIT_S = 1.0
SCHEDULES = 50
AHEAD_S = 8
REGION, ACCOUNT = "us-east-1", "123456789012"
SERVICES = ["scheduler.amazonaws.com", "events.amazonaws.com"]


def bench_schedules(rules: int = 20) -> None:
    """Print how late single times and rates are, and rules, which take a minute.

    Parameters
    ----------
    rules
        Number of rules with a rate.
    """
    with tempfile.TemporaryDirectory() as folder:
        endpoint_url = lifecycle.start(state_dir=Path(folder)).endpoint_url
        try:
            bench = Bench(endpoint_url)
            bench.rules(rules)
            bench.schedules("at", bench.at_time)
            bench.schedules("rate", bench.from_start)
            if rules:
                bench.wait_for_rules(rules)
        finally:
            lifecycle.stop(state_dir=Path(folder))


class Bench:
    """Queues that schedules and rules send to, and when those were due."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": SERVICES},
        }
        iam = self.client("iam")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy(trust))
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy(statement))
        self._role_arn = role["Role"]["Arn"]
        self._rules_due: dict[str, float] = {}
        self._rules_queue = self.queue("rules")

    def client(self, service: Any) -> Any:
        """Return a client."""
        return boto3.client(
            service,
            endpoint_url=self._endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def queue(self, name: str) -> str:
        """Make a queue that services may send to; return its URL."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": SERVICES},
            "Action": "sqs:SendMessage",
            "Resource": "*",
        }
        attributes = {"Policy": policy(statement)}
        return str(
            self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        )

    def at_time(self, due_s: int) -> dict[str, Any]:
        """Return an expression for a single time."""
        return {"ScheduleExpression": time.strftime("at(%Y-%m-%dT%H:%M:%S)", time.gmtime(due_s))}

    def from_start(self, due_s: int) -> dict[str, Any]:
        """Return a rate that begins at a time."""
        start = datetime.fromtimestamp(due_s, UTC)
        return {"ScheduleExpression": "rate(1 hour)", "StartDate": start}

    def schedules(self, name: str, timing: Callable[[int], dict[str, Any]]) -> None:
        """Make schedules that are due in the same second, and print how late they are."""
        scheduler, url = self.client("scheduler"), self.queue(name)
        due_s = int(time.time()) + AHEAD_S
        for number in range(SCHEDULES):
            scheduler.create_schedule(
                Name=f"{name}{number}",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target={"Arn": arn("sqs", name), "RoleArn": self._role_arn, "Input": "tick"},
                **timing(due_s),
            )
        if time.time() >= due_s:
            message = f"{SCHEDULES} schedules took longer to make than {AHEAD_S} s"
            raise RuntimeError(message)
        sent_s = [sent for sent, _ in self._received(url, SCHEDULES, due_s + 30)]
        print_rows(f"{SCHEDULES} schedules by {name}", [sent - due_s for sent in sent_s])

    def rules(self, count: int) -> None:
        """Make rules with a rate of a minute."""
        events = self.client("events")
        for number in range(count):
            name = f"r{number}"
            self._rules_due[arn("events", f"rule/{name}")] = time.time() + 60
            events.put_rule(Name=name, ScheduleExpression="rate(1 minute)")
            events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn("sqs", "rules")}])

    def wait_for_rules(self, count: int) -> None:
        """Print how late rules are, counted from before they were put."""
        received = self._received(self._rules_queue, count, time.time() + 90)
        late_s = [
            sent - self._rules_due[json.loads(body)["resources"][0]] for sent, body in received
        ]
        print_rows(f"{count} rules by rate", late_s)

    def _received(self, url: str, count: int, deadline_s: float) -> list[tuple[float, str]]:
        """Return when messages were sent, and their bodies."""
        sqs, found = self.client("sqs"), list[tuple[float, str]]()
        while len(found) < count and time.time() < deadline_s:
            messages = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=5,
                AttributeNames=["SentTimestamp"],
            ).get("Messages", [])
            for message in messages:
                sent_s = int(message["Attributes"]["SentTimestamp"]) / 1000
                found.append((sent_s, message["Body"]))
        if len(found) < count:
            message = f"{len(found)} of {count} messages came"
            raise RuntimeError(message)
        return found


def print_rows(what: str, late_s: list[float]) -> None:
    """Print the middle and the largest delay."""
    row(f"lateness of {what}, p50", statistics.median(late_s), "s", limit=LIMIT_S)
    row(f"lateness of {what}, max", max(late_s), "s", limit=LIMIT_S)


def policy(statement: dict[str, Any]) -> str:
    """Return a policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def arn(service: str, resource: str) -> str:
    """Return the ARN of a resource."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
