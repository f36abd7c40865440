"""Whether the stack's roles may do what they need and nothing else: by taking every bit away.

Each action, resource and condition of each role is removed alone, and somebody has to notice: an
order through the whole chain with its logs and traces, a failed event of each function that must
be kept, the account's log role, and an event in someone else's name that must be refused.
"""

import copy
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from report import row

import tracing_lab as tl
from tracing_lab.embedded import lifecycle
from tracing_lab.stack.policies import PUBLISHERS

TIMEOUT_S = 15.0
"""How long an order and what it leaves may take to arrive; a refusal ends the wait at once."""

NOWHERE = "arn:aws:none:us-east-1:123456789012:nothing"
SEGMENTS = 14  # of one order: 11 of services, 3 inferred
API_LOGS = "api-log"

Document = dict[str, Any]


@dataclass(frozen=True)
class Mutation:
    """One permission less, or one condition less.

    Parameters
    ----------
    what
        What was taken away.
    document
        The policy without it.
    """

    what: str
    document: Document


def mutations(document: Document) -> Iterator[Mutation]:
    """Remove each action, resource and condition of a permission policy, one at a time."""
    for number, statement in enumerate(document["Statement"]):
        name = statement.get("Sid", number)
        for action in _listed(statement["Action"]):
            rest = [one for one in _listed(statement["Action"]) if one != action]
            yield _changed(document, number, f"{name}: {action}", Action=rest or ["none:Nothing"])
        for resource in _listed(statement["Resource"]):
            rest = [one for one in _listed(statement["Resource"]) if one != resource]
            yield _changed(document, number, f"{name}: {resource}", Resource=rest or [NOWHERE])
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                kept = copy.deepcopy(statement["Condition"])
                del kept[operator][key]
                what = f"{name}: {operator} {key}"
                yield _changed(document, number, what, Condition=kept if kept[operator] else {})


def trust_mutations(document: Document) -> Iterator[Mutation]:
    """Remove the action and the principal of a trust policy."""
    for number, _ in enumerate(document["Statement"]):
        yield _changed(document, number, "trust: sts:AssumeRole", Action="sts:TagSession")
        nobody = {"Service": "ec2.amazonaws.com"}
        yield _changed(document, number, "trust: principal", Principal=nobody)


class Proof:
    """A deployed stack whose roles can be changed, and the check that must notice.

    Parameters
    ----------
    config
        Of an embedded AWS that nobody else uses; with dead-letter queues and no retries.
    timeout_s
        How long to wait for what shall arrive.
    books
        Whether a refusal that IAM counted is enough to have noticed; otherwise something of the
        order itself must be missing.
    """

    def __init__(
        self, config: tl.Config, *, timeout_s: float = TIMEOUT_S, books: bool = True
    ) -> None:
        self.config, self.outputs = config, tl.deploy.apply(config)
        self.timeout_s, self._books = timeout_s, books
        self._clients: dict[str, Any] = {}
        self._sessions: dict[str, Any] = {}
        self._numbers = itertools.count(1)
        self.iam = self._client("iam")
        roles = (role["RoleName"] for role in self.iam.list_roles()["Roles"])
        self.roles = {name.split("-role-")[0].rpartition("dev-")[2]: name for name in roles}

    def run(self, say: Callable[[str], None] = lambda _line: None) -> tuple[int, list[str]]:
        """Try all mutations: how many there were, and those that nobody noticed."""
        if (problem := self.problem()) is not None:
            msg = f"the unchanged stack does not hold: {problem}"
            raise SystemExit(msg)
        count, missed = 0, []
        for role, what, put, undo in self._all():
            put()
            noticed = self.problem()
            undo()
            count += 1
            say(f"{role:13} {what:90} {noticed or 'NOT NOTICED'}")
            if noticed is None:
                missed.append(f"{role}: {what}")
        if (problem := self.problem()) is not None:
            msg = f"the restored stack does not hold: {problem}"
            raise SystemExit(msg)
        return count, missed

    def needless(self) -> list[str]:
        """List what roles may do and never did, and what they were refused."""
        return [
            f"{use['role_arn'].rpartition('/')[2]}: {one}"
            for use in lifecycle.actions(state_dir=self.config.embedded_state_dir) or []
            for one in [*use["unused"], *use["denied"]]
        ]

    def order(self) -> None:
        """Make each role do what it is for."""
        if (problem := self._chain_problem()) is not None:
            raise SystemExit(problem)

    def problem(self) -> str | None:
        """Check the stack end to end; what does not hold, or None."""
        return self._forgeable() or self._log_role_problem() or self._chain_problem()

    def _all(self) -> Iterator[tuple[str, str, Callable[[], None], Callable[[], None]]]:
        for role, name in self.roles.items():
            for policy in self.iam.list_role_policies(RoleName=name)["PolicyNames"]:
                answer = self.iam.get_role_policy(RoleName=name, PolicyName=policy)
                right = answer["PolicyDocument"]
                for one in mutations(right):
                    put = self._put_policy(name, policy, one.document)
                    yield role, one.what, put, self._put_policy(name, policy, right)
            trust = self.iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
            for one in trust_mutations(trust):
                yield (
                    role,
                    one.what,
                    self._put_trust(name, one.document),
                    self._put_trust(name, trust),
                )

    def _put_policy(self, role: str, policy: str, document: Document) -> Callable[[], None]:
        text = json.dumps(document)
        return lambda: self.iam.put_role_policy(
            RoleName=role, PolicyName=policy, PolicyDocument=text
        )

    def _put_trust(self, role: str, document: Document) -> Callable[[], None]:
        text = json.dumps(document)
        return lambda: self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=text)

    def _forgeable(self) -> str | None:
        """Publish in someone else's name as each publisher, which must be refused."""
        for service in PUBLISHERS:
            events = self._client("events", self._credentials(service))
            entry = {
                "Source": "someone.else",
                "DetailType": "Forged",
                "Detail": "{}",
                "EventBusName": self.outputs.event_bus_name,
            }
            try:
                events.put_events(Entries=[entry])
            except events.exceptions.ClientError as error:
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    return f"{service} could not even try to forge an event: {error}"
            else:
                return f"{service} may publish in any name"
        return None

    def _log_role_problem(self) -> str | None:
        """Set the account's log role again, as apply would."""
        gateway = self._client("apigateway")
        arn = self.iam.get_role(RoleName=self.roles[API_LOGS])["Role"]["Arn"]
        operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
        try:
            gateway.update_account(patchOperations=[operation])
        except gateway.exceptions.ClientError as error:
            return str(error.response["Error"]["Message"])[:60]
        return None

    def _chain_problem(self) -> str | None:
        """Send an order, and an event to each function that it must fail with."""
        before, marker = self._denied(), f"broken-{next(self._numbers)}-"
        for name in self.outputs.function_names.values():
            payload = json.dumps(marker).encode()
            self._client("lambda").invoke(
                FunctionName=name, InvocationType="Event", Payload=payload
            )
        log = tl.traffic.fire(self.outputs, orders=1, rate=1, seed=next(self._numbers))
        if log["status"].tolist() != [201]:
            return f"the order was answered with {log['status'].tolist()}"
        trace_id, kept = log["trace_id"].iloc[0], set[str]()
        end = time.monotonic() + self.timeout_s
        while (problem := self._arrival_problem(trace_id, marker, kept)) is not None:
            refused = self._refused_since(before)
            if refused is not None or time.monotonic() > end:
                return refused or problem
            time.sleep(0.05)
        return self._refused_since(before)

    def _arrival_problem(self, trace_id: str, marker: str, kept: set[str]) -> str | None:
        return (
            self._trace_problem(trace_id)
            or self._log_problem(trace_id)
            or self._letters_problem(marker, kept)
        )

    def _refused_since(self, before: Mapping[str, int]) -> str | None:
        if not self._books:
            return None
        refused = [one for one, count in self._denied().items() if count > before.get(one, 0)]
        return f"refused: {', '.join(refused)}" if refused else None

    def _trace_problem(self, trace_id: str) -> str | None:
        traces = self._client("xray").batch_get_traces(TraceIds=[trace_id])["Traces"]
        found = len(traces[0]["Segments"]) if traces else 0
        return None if found == SEGMENTS else f"{found} of {SEGMENTS} segments arrived"

    def _log_problem(self, trace_id: str) -> str | None:
        start_ms = int(time.time() - 60) * 1000
        for service, group in self.outputs.log_groups.items():
            found = self._client("logs").filter_log_events(logGroupName=group, startTime=start_ms)
            if not any(trace_id in event["message"] for event in found["events"]):
                return f"nothing of the order is in the log of {service}"
        return None

    def _letters_problem(self, marker: str, kept: set[str]) -> str | None:
        """Return whether each queue has the letter of this check; older ones are deleted."""
        sqs = self._client("sqs")
        for url in sqs.list_queues()["QueueUrls"]:
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            for message in found:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            if any(marker in message["Body"] for message in found):
                kept.add(url)
            if url not in kept:
                return f"no dead letter in {url.rpartition('/')[2]}"
        return None

    def _denied(self) -> dict[str, int]:
        uses = lifecycle.actions(state_dir=self.config.embedded_state_dir) or []
        return {
            f"{use['role_arn'].rpartition('/')[2]} {action}": count
            for use in uses
            for action, count in use["denied"].items()
        }

    def _credentials(self, service: str) -> dict[str, str]:
        """Return temporary credentials of a function's role; its own are its secret."""
        if service not in self._sessions:
            role_arn = self.iam.get_role(RoleName=self.roles[service])["Role"]["Arn"]
            answer = self._client("sts").assume_role(RoleArn=role_arn, RoleSessionName=service)
            self._sessions[service] = answer["Credentials"]
        session = self._sessions[service]
        return {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }

    def _client(self, service: Any, credentials: Mapping[str, str] | None = None) -> Any:
        mine = credentials or {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        key = f"{service} {mine['AWS_ACCESS_KEY_ID']}"
        if key not in self._clients:
            self._clients[key] = boto3.client(
                service,
                region_name=self.outputs.region,
                endpoint_url=self.outputs.endpoint_url,
                aws_access_key_id=mine["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=mine["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=mine.get("AWS_SESSION_TOKEN"),
            )
        return self._clients[key]


def bench_least_privilege() -> None:
    """Print how many mutations there are and how many were noticed."""
    with tempfile.TemporaryDirectory() as folder:
        config = tl.Config(
            embedded_state_dir=Path(folder), enable_dead_letter_queues=True, lambda_max_retries=0
        )
        try:
            proof = Proof(config)
            proof.order()
            row("permissions unused or refused after an order", len(proof.needless()), "")
            count, missed = proof.run()
        finally:
            lifecycle.stop(state_dir=Path(folder))
    row("permissions and conditions taken away", count, "")
    row("of these noticed", count - len(missed), "", limit=count)
    for line in missed:
        print(f"    not noticed: {line}")


def _changed(document: Document, number: int, what: str, **changes: Any) -> Mutation:
    made = copy.deepcopy(document)
    made["Statement"][number] |= changes
    return Mutation(what, made)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
