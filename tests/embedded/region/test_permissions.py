"""Permissions of functions where they count."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from api_calls import signed_call
from specs import function_spec

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.iam.access import CallAuthorizer
from tracing_lab.embedded.iam.policy import AuthorizationRequest
from tracing_lab.embedded.model import FunctionSpec, Invocation
from tracing_lab.embedded.protocol.api_call import read_call
from tracing_lab.embedded.protocol.signature import SigningScope
from tracing_lab.embedded.region.permissions import Permissions

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/b"
PUT_EVENTS = (("X-Amz-Target", "AWSEvents.PutEvents"),)
LOGS = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/f:*"
FUNCTION = function_spec("f", role_arn=ROLE)


@dataclass
class World:
    """One function, whose role has some statements."""

    statements: list[dict[str, Any]]
    account_id: str = ACCOUNT
    region: str = "us-east-1"
    written: list[str] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        policy: Mapping[str, Any] = {"Statement": self.statements}
        self.iam = CallAuthorizer({ROLE: [policy]}.__getitem__)
        self.key = self.iam.credentials(FUNCTION)["AWS_ACCESS_KEY_ID"]
        self.permissions = Permissions(self.iam, self)  # type: ignore[arg-type] # a part

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        return {"f": FUNCTION, FUNCTION.arn: FUNCTION}[name_or_arn]

    def put_events(self, bus: str, *, key: str | None = None) -> HttpResponse | None:
        entry = {"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": bus}
        body = json.dumps({"Entries": [entry]}).encode()
        request = HttpRequest("POST", "/", headers=PUT_EVENTS, body=body)
        scope = SigningScope(key or self.key, "us-east-1", "events")
        return self.permissions.denial_of(read_call(request, scope))

    def log(self) -> None:
        write = self.permissions.guard_logs(
            lambda group, _stream, _events: self.written.append(group)
        )
        write("/aws/lambda/f", "2026/11/23/[$LATEST]0", [(0, "line")])

    def run(self) -> None:
        async def call(invocation: Invocation) -> None:
            self.modes.append(invocation.function.tracing_mode)

        async def guarded() -> None:
            await self.permissions.guard_traces(call)(Invocation(FUNCTION, b"{}"))

        asyncio.run(guarded())


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


@pytest.mark.parametrize("bus", ["b", BUS])
def test_events_go_to_the_bus_that_the_role_may_use(bus: str) -> None:
    assert World([allow("events:PutEvents", resource=BUS)]).put_events(bus) is None


def test_events_for_another_bus_are_refused_as_on_aws() -> None:
    answer = World([allow("events:PutEvents", resource=BUS)]).put_events("other")
    assert answer is not None
    content = json.loads(answer.body)
    assert (answer.status, content["__type"]) == (400, "AccessDeniedException")
    assert "assumed-role/r/f is not authorized to perform: events:PutEvents" in content["message"]


def test_the_user_is_not_asked() -> None:
    assert World([]).put_events("b", key="test") is None


def test_a_call_that_is_not_clear_is_refused_whatever_the_role_may() -> None:
    world = World([allow("*")])
    scope = SigningScope(world.key, "us-east-1", "events")
    request = HttpRequest("POST", "/", headers=PUT_EVENTS, body=b"[")
    answer = world.permissions.denial_of(read_call(request, scope))
    assert answer is not None
    assert json.loads(answer.body)["message"] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/r/f is not authorized to perform this request: "
        "its body is not a JSON object"
    )


def test_functions_call_each_other_only_when_allowed() -> None:
    request = HttpRequest("POST", "/2015-03-31/functions/f/invocations")
    may = World([allow("lambda:InvokeFunction", resource=FUNCTION.arn)])
    may_not = World([])
    for world, status in ((may, None), (may_not, 403)):
        answer = world.permissions.denial_of(
            read_call(request, SigningScope(world.key, "us-east-1", "lambda"))
        )
        assert (answer.status if answer else None) == status


def test_x_ray_is_asked_by_the_operation_behind_the_path() -> None:
    world = World([allow("xray:PutTraceSegments")])
    scope = SigningScope(world.key, "us-east-1", "xray")
    assert (
        world.permissions.denial_of(read_call(HttpRequest("POST", "/TraceSegments"), scope)) is None
    )
    assert world.permissions.denial_of(read_call(HttpRequest("POST", "/Traces"), scope)) is not None


@pytest.mark.parametrize(
    "actions, lines",
    [
        (["logs:CreateLogStream", "logs:PutLogEvents"], 1),
        (["logs:CreateLogStream"], 0),
        (["logs:PutLogEvents"], 0),
    ],
)
def test_logs_need_both_actions(actions: list[str], lines: int) -> None:
    world = World([allow(*actions, resource=LOGS)])
    world.log()
    assert len(world.written) == lines


def test_without_permission_the_function_runs_untraced() -> None:
    may, may_not = World([allow("xray:PutTraceSegments")]), World([])
    may.run()
    may_not.run()
    assert (may.modes, may_not.modes) == (["Active"], ["PassThrough"])


def form(body: bytes) -> HttpRequest:
    headers = (("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),)
    return HttpRequest("POST", "/", headers=headers, body=body)


SEND = (("X-Amz-Target", "AmazonSQS.SendMessage"),)
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
URL = f'{{"QueueUrl": "http://127.0.0.1/{ACCOUNT}/q"}}'.encode()


@pytest.mark.parametrize(
    "service, request_, status, text",
    [
        ("sqs", HttpRequest("POST", "/", headers=SEND, body=URL), 400, "AccessDeniedException"),
        ("sns", form(b"Action=Publish"), 403, "AuthorizationError"),
        ("iam", form(b"Action=ListRoles"), 403, "<Code>AccessDenied<"),
        ("s3", HttpRequest("GET", "/bucket/key"), 403, "<Code>AccessDenied<"),
        ("lambda", HttpRequest("GET", "/2015-03-31/functions"), 403, "AccessDeniedException"),
    ],
)
def test_every_service_refuses_in_its_own_words(
    service: str, request_: HttpRequest, status: int, text: str
) -> None:
    world = World([])
    answer = world.permissions.denial_of(signed_call(service, request_, key=world.key))
    assert answer is not None
    assert answer.status == status
    assert text in answer.body.decode()
    assert "is not authorized to perform" in answer.body.decode()


def test_who_one_is_may_always_be_asked() -> None:
    world = World([])
    request = form(b"Action=GetCallerIdentity")
    assert (
        world.permissions.denial_of(read_call(request, SigningScope(world.key, "us-east-1", "sts")))
        is None
    )


def test_destinations_need_the_role_s_permission() -> None:
    world = World([allow("sqs:SendMessage", resource=QUEUE)])
    assert world.permissions.may_deliver(FUNCTION, QUEUE)
    assert not world.permissions.may_deliver(FUNCTION, QUEUE + "2")
    assert not world.permissions.may_deliver(FUNCTION, f"arn:aws:sns:us-east-1:{ACCOUNT}:t")


def test_a_denial_is_told_in_iam_s_words_and_only_of_functions() -> None:
    authorization = AuthorizationRequest("execute-api:Invoke", "arn:api")
    statement = {"Effect": "Allow", "Action": "execute-api:*", "Resource": "arn:api"}
    may, may_not = World([statement]), World([])
    assert may.permissions.denial(may.key, authorization) is None
    message = may_not.permissions.denial(may_not.key, authorization)
    assert message is not None
    assert "is not authorized to perform: execute-api:Invoke on resource: arn:api" in message
    assert World([]).permissions.denial("test", authorization) is None
