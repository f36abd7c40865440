"""Calls that a function must not get through: each kind for some services, sent by real functions.

A function without permissions is called with a list of requests, sends each over a connection of
its own, and returns the statuses. It has to be refused in every way of walking around IAM.
"""

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from calls import authorization
from report import row

from tracing_lab.embedded import lifecycle

REGION, ACCOUNT = "us-east-1", "123456789012"
OWN_KEY = "OWNKEY"
"""Stands for the function's own access key in what it is to send."""

SENDER = """
import http.client, json, os
from urllib.parse import urlsplit

def fill(value):
    key = os.environ["AWS_ACCESS_KEY_ID"]
    return value.replace("OWNKEYLOWER", key.lower()).replace("OWNKEY", key)

def handler(event, context):
    if event == "who":
        return [os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_LAMBDA_RUNTIME_API"]]
    return [send(**one) for one in event]

def send(address, method, path, headers, body):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.putrequest(method, fill(path), skip_host=True, skip_accept_encoding=True)
    if not any(name == "Host" for name, _ in headers):
        connection.putheader("Host", address)
    for name, text in [["Content-Length", str(len(body))], *headers]:
        connection.putheader(name, fill(text))
    connection.endheaders(body.encode())
    response = connection.getresponse()
    text = response.read().decode(errors="replace")
    connection.close()
    return [response.status, text[:300]]
"""
FORM = ("Content-Type", "application/x-www-form-urlencoded")
JSON = ("Content-Type", "application/x-amz-json-1.0")
ALLOW_NOTHING: list[Any] = []
ALLOW_ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


@dataclass(frozen=True)
class Sent:
    """A request that a function sends."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    def with_headers(self, *more: tuple[str, str]) -> "Sent":
        """Return the same request with other headers beside its own."""
        return Sent(self.method, self.path, (*self.headers, *more), self.body)

    def to_dict(self, address: str) -> dict[str, Any]:
        """Return what the function gets to read."""
        return {**vars(self), "address": address}


CALLS: Mapping[str, Sent] = {
    "sqs": Sent("POST", "/", (("X-Amz-Target", "AmazonSQS.ListQueues"), JSON), "{}"),
    "events": Sent(
        "POST",
        "/",
        (("X-Amz-Target", "AWSEvents.PutEvents"), JSON),
        '{"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}"}]}',
    ),
    "lambda": Sent("POST", "/2015-03-31/functions/sender/invocations", (), '"who"'),
    "iam": Sent("POST", "/", (FORM,), "Action=ListRoles&Version=2010-05-08"),
    "s3": Sent("GET", "/shop/a", ()),
    "xray": Sent("POST", "/TraceSegments", (), '{"TraceSegmentDocuments": []}'),
    "dynamodb": Sent("POST", "/", (("X-Amz-Target", "DynamoDB_20120810.ListTables"), JSON), "{}"),
}
"""A call of each service that succeeds for the user, or fails for other reasons than permission."""

REFUSED = re.compile(
    r"is not authorized|security token|AccessDenied|MissingAuthenticationToken"
    r"|IncompleteSignature|another environment|tracing-lab embedded|more than one credential"
)


def signed(key: str) -> Callable[[str], tuple[tuple[str, str], ...]]:
    """Return what signs a request of a service with a key."""
    return lambda service: (("Authorization", authorization(service, key=key)),)


def two_scopes(service: str) -> tuple[tuple[str, str], ...]:
    """Sign in one header as the user, whom we would take, and as oneself, whom moto would."""
    own = authorization(service, key=OWN_KEY)
    return (("Authorization", own.replace("Credential=", "Credential=test/20261123/us-east-1/"
             f"{service}/aws4_request, Credential=", 1)),)  # fmt: skip


def two_headers(service: str) -> tuple[tuple[str, str], ...]:
    """Sign in one header as the user and in another one as oneself."""
    return (*signed("test")(service), *signed(OWN_KEY)(service))


KINDS: Mapping[str, Callable[[str], tuple[tuple[str, str], ...]]] = {
    "unsigned": lambda _service: (),
    "the user's key": signed("test"),
    "its own key in lower case": signed(OWN_KEY + "LOWER"),
    "two scopes in a header": two_scopes,
    "two headers": two_headers,
    "its own key, no permission": signed(OWN_KEY),
    "an unknown session": signed("ASIAUNKNOWN123456789"),
}
"""How a call is signed that nobody may let through."""

AMBIGUOUS: Mapping[str, tuple[str, Sent]] = {
    "action in the query, too": (
        "sqs",
        Sent("POST", "/?Action=ListQueues", CALLS["sqs"].headers, "{}"),
    ),
    "action within JSON": (
        "sqs",
        Sent("POST", "/", CALLS["sqs"].headers, '{"a": "&Action=ListQueues&b="}'),
    ),
    "action in a header": ("iam", Sent("POST", "/", (("Action", "ListRoles"),))),
    "target of another service": (
        "sqs",
        Sent("POST", "/", (("X-Amz-Target", "AWSEvents.ListRules"), JSON), "{}"),
    ),
    "two targets": ("sqs", CALLS["sqs"].with_headers(("X_Amz_Target", "AmazonSQS.ListQueues"))),
    "unknown operation": (
        "sqs",
        Sent("POST", "/", (("X-Amz-Target", "AmazonSQS.Nothing"), JSON), "{}"),
    ),
    "unknown service": ("nothing", CALLS["iam"]),
    "encoded path": ("lambda", Sent("GET", "/2015-03-31/functions/sender%2Fpolicy", ())),
    "method override": ("lambda", Sent("GET", "/2015-03-31/functions", (("X-HTTP-Method-Override",
                        "DELETE"),))),
    "another account": ("iam", CALLS["iam"].with_headers(("X-Moto-Account-Id", "999999999999"))),
    "bucket in the host": ("s3", Sent("GET", "/a", ())),
    "moto's own pages": ("s3", Sent("POST", "/moto-api/reset", ())),
}  # fmt: skip
"""Calls of a function that may do everything, which could be read in two ways."""


class Attacker:
    """An embedded AWS with functions that send what they are told to.

    Parameters
    ----------
    state_dir
        Its state folder.
    """

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        running = lifecycle.start(state_dir=state_dir)
        self.address = running.endpoint_url.removeprefix("http://")
        self.daemon = lifecycle.environment(running, region=REGION)["AWS_XRAY_DAEMON_ADDRESS"]
        self.functions, self.iam = self.client("lambda"), self.client("iam")
        self.client("s3").create_bucket(Bucket="shop")
        self.sender = self.function("sender", ALLOW_NOTHING)
        self.admin = self.function("admin", ALLOW_ALL)

    def client(self, service: Any, **keys: Any) -> Any:
        """Return a client of the user."""
        keys = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(
            service, endpoint_url=f"http://{self.address}", region_name=REGION, **keys
        )

    def role(self, name: str, statements: list[Any], trusted: str = "") -> str:
        """Make a role; return its ARN."""
        principal: Any = {"AWS": trusted} if trusted else {"Service": "lambda.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
        return str(arn)

    def function(self, name: str, statements: list[Any], source: str = SENDER, **more: Any) -> str:
        """Make a function; return its name."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writer:
            writer.writestr("app.py", source)
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=self.role(name, statements),
            Handler="app.handler",
            Code={"ZipFile": archive.getvalue()},
            Timeout=20,
            **more,
        )
        return name

    def invoke(self, function: str, event: Any) -> Any:
        """Run a function; return what it returned."""
        answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(event))
        content = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(content)
        return content

    def sent(self, function: str, *requests: Sent, address: str = "") -> list[Any]:
        """Send requests from a function; return status and text of each answer."""
        content = [request.to_dict(address or self.address) for request in requests]
        return list(self.invoke(function, content))

    def let_through(self) -> dict[str, bool]:
        """Return for each service whether the same call passes that its function may make."""
        requests = [call.with_headers(*signed(OWN_KEY)(service)) for service, call in CALLS.items()]
        answers = self.sent(self.admin, *requests)
        return {
            service: not is_refused(answer) for service, answer in zip(CALLS, answers, strict=True)
        }

    def keys_tried(self) -> Iterator[tuple[str, str, Any]]:
        """Yield kind, service and answer of calls with every kind of key."""
        for kind, sign in KINDS.items():
            requests = [call.with_headers(*sign(service)) for service, call in CALLS.items()]
            yield from zip([kind] * len(CALLS), CALLS, self.sent(self.sender, *requests))  # noqa: B905 - it may be short

    def others_tried(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the same of a function that knows another's key, and of a key that has ended."""
        key, runtime_api = self.invoke(self.admin, "who")
        requests = [call.with_headers(*signed(key)(service)) for service, call in CALLS.items()]
        answers = self.sent(self.sender, *requests)
        yield from zip(["another function's key"] * len(CALLS), CALLS, answers)  # noqa: B905 - see above
        for verb, method in {"invocation/next": "GET", "init/error": "POST"}.items():
            poll = Sent(method, f"/2018-06-01/runtime/{verb}", ())
            (answer,) = self.sent(self.sender, poll, address=runtime_api)
            yield "another's Runtime API", verb, answer
        self.functions.update_function_configuration(FunctionName=self.admin, MemorySize=192)
        self.invoke(self.admin, "who")  # in a new environment
        answers = self.sent(self.sender, *requests)
        yield from zip(["a key that has ended"] * len(CALLS), CALLS, answers)  # noqa: B905 - see above

    def readings_tried(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the same of calls with two readings, by a function that may do everything."""
        for kind, (service, request) in AMBIGUOUS.items():
            whole = request.with_headers(*signed(OWN_KEY)(service))
            if kind == "bucket in the host":
                host = f"shop.localhost:{self.address.rpartition(':')[2]}"
                whole = whole.with_headers(("Host", host))
            (answer,) = self.sent(self.admin, whole)
            yield kind, service, answer

    def doors_tried(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the same of the server's own pages, with its token, and of the X-Ray daemon."""
        token = json.loads((self.state_dir / "server.json").read_text())["token"]
        for page in ("stop", "reset"):
            call = Sent("POST", f"/_embedded/{page}", (("X-Tracing-Lab-Token", token),))
            (answer,) = self.sent(self.admin, call)
            yield "the server's token", page, answer
        for path in ("/TraceSegments", "/GetSamplingRules"):
            tcp = self.daemon.rpartition("tcp:")[2].split(" ")[0]
            (answer,) = self.sent(self.sender, Sent("POST", path, (), "{}"), address=tcp)
            yield "the X-Ray daemon", path, answer

    def everything(self) -> Iterator[tuple[str, str, Any]]:
        """Yield the answers to all attacks."""
        yield from self.keys_tried()
        yield from self.others_tried()
        yield from self.readings_tried()
        yield from self.doors_tried()


def is_refused(answer: Any) -> bool:
    """Return whether an answer is a refusal for want of permission, and not another failure."""
    status, text = answer
    return status in {400, 403} and REFUSED.search(text) is not None


@contextmanager
def attacking(state_dir: Path) -> Iterator[Attacker]:
    """Start an embedded AWS with functions that attack it, and stop it in the end."""
    try:
        yield Attacker(state_dir)
    finally:
        lifecycle.stop(state_dir=state_dir)


def bench_refusals() -> None:
    """Print how many calls of each kind were refused, of how many."""
    with tempfile.TemporaryDirectory() as folder, attacking(Path(folder)) as attacker:
        passed = attacker.let_through()
        row("passed: its own key, with permission", sum(passed.values()), "", limit=len(passed))
        counts: dict[str, list[bool]] = {}
        let_through = []
        for kind, service, answer in attacker.everything():
            counts.setdefault(kind, []).append(is_refused(answer))
            if not counts[kind][-1]:
                let_through.append((kind, service, answer))
    for kind, refused in counts.items():
        row(f"refused: {kind}", sum(refused), "", limit=len(refused))
    for one in let_through:
        print("    let through:", *one)
