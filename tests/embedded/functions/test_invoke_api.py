"""Invoke over HTTP."""

import asyncio
import base64
import json
from dataclasses import dataclass, field

import pytest
from api_calls import signed_call
from specs import function_spec

from tracing_lab.embedded.functions.invoke_api import LambdaApi
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult, Throttled

FUNCTION = function_spec("f")


@dataclass
class FakeLambda:
    """Knows one function, and remembers how it was run."""

    throttled: bool = False
    ran: list[Invocation] = field(default_factory=list)
    account_id: str = "123456789012"
    region: str = "us-east-1"

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        return {"f": FUNCTION, FUNCTION.arn: FUNCTION}[name_or_arn]

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        if self.throttled:
            raise Throttled
        self.ran.append(invocation)
        return InvokeResult("id-1", b'{"done": true}', function_error=None, log_tail=b"log")

    async def accept(self, invocation: Invocation) -> str:
        self.ran.append(invocation)
        return "id-2"


def call(fake: FakeLambda, body: bytes = b"{}", *, name: str = "f", **headers: str) -> HttpResponse:
    api = LambdaApi(fake, invoke=fake.invoke, accept=fake.accept)  # type: ignore[arg-type] # a part
    pairs = tuple((key.replace("_", "-"), value) for key, value in headers.items())
    path = f"/2015-03-31/functions/{name}/invocations"
    return asyncio.run(
        api.handle(signed_call("lambda", HttpRequest("POST", path, headers=pairs, body=body)))
    )


def test_a_synchronous_call_gives_the_payload() -> None:
    answer = call(FakeLambda(), X_Amz_Log_Type="Tail")
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (200, b'{"done": true}')
    assert headers["X-Amz-Executed-Version"] == "$LATEST"
    assert base64.b64decode(headers["X-Amz-Log-Result"]) == b"log"


def test_an_event_is_accepted() -> None:
    answer = call(FakeLambda(), X_Amz_Invocation_Type="Event")
    assert (answer.status, dict(answer.headers)["x-amzn-RequestId"]) == (202, "id-2")


def test_a_dry_run_runs_nothing() -> None:
    fake = FakeLambda()
    assert call(fake, X_Amz_Invocation_Type="DryRun").status == 204
    assert fake.ran == []


def test_the_trace_header_is_handed_on() -> None:
    fake = FakeLambda()
    call(fake, X_Amzn_Trace_Id="Root=1-6b042ac0-5d09aa705e56bbd015254801;Sampled=1")
    header = fake.ran[0].trace_header
    assert header is not None
    assert header.root == "1-6b042ac0-5d09aa705e56bbd015254801"


def test_an_arn_may_be_percent_encoded() -> None:
    name = "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af"
    assert call(FakeLambda(), name=name).status == 200


@pytest.mark.parametrize(
    "body, kind, status, code",
    [
        (b"{", "RequestResponse", 400, "InvalidRequestContentException"),
        (b" " * (6 * 1024**2 + 1), "RequestResponse", 413, "RequestEntityTooLargeException"),
        (b" " * (1024**2 + 1), "Event", 413, "RequestEntityTooLargeException"),
        (b"{}", "Whatever", 400, "InvalidParameterValueException"),
        (b"[" * 3000, "Event", 400, "InvalidRequestContentException"),
    ],
)
def test_bad_calls_are_refused(body: bytes, kind: str, status: int, code: str) -> None:
    fake = FakeLambda()
    answer = call(fake, body, X_Amz_Invocation_Type=kind)
    assert (answer.status, json.loads(answer.body)["__type"]) == (status, code)
    assert fake.ran == []


def test_an_unknown_function_is_not_found() -> None:
    answer = call(FakeLambda(), name="g")
    assert (answer.status, json.loads(answer.body)["__type"]) == (404, "ResourceNotFoundException")


def test_no_free_concurrency_is_a_429_with_a_reason() -> None:
    answer = call(FakeLambda(throttled=True))
    assert answer.status == 429
    assert ("x-amzn-ErrorType", "TooManyRequestsException") in answer.headers
    assert json.loads(answer.body)["Reason"] == "ConcurrentInvocationLimitExceeded"


def test_the_older_form_of_an_asynchronous_call_works() -> None:
    fake = FakeLambda()
    request = HttpRequest("POST", "/2014-11-13/functions/f/invoke-async/", body=b"{}")
    api = LambdaApi(fake, invoke=fake.invoke, accept=fake.accept)  # type: ignore[arg-type] # a part
    assert asyncio.run(api.handle(signed_call("lambda", request))).status == 202
    assert fake.ran[0].function is FUNCTION
