"""The Runtime API over HTTP, and the state behind it, against a runtime client made by hand."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from specs import function_spec

from tracing_lab.embedded.functions.accepted import AcceptedInvocation
from tracing_lab.embedded.functions.runtime.outcome import Ending, RunOutcome
from tracing_lab.embedded.functions.runtime.runtime_api import RuntimeApi
from tracing_lab.embedded.functions.runtime.session import (
    EnvironmentLostError,
    InitFailedError,
    Run,
    RuntimeSession,
)
from tracing_lab.embedded.functions.tracing import AttemptTrace, RequestTrace
from tracing_lab.embedded.http.peers import Peer
from tracing_lab.embedded.model import Invocation
from tracing_lab.xray_model.trace_header import TraceHeader

BASE = "/2018-06-01/runtime"
SHOP = function_spec("shop", timeout_s=5.0, log_group="")
TRACE = RequestTrace(TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", sampled=True), active=True)


class Client:
    """A runtime client in the test's hands."""

    def __init__(self, http: aiohttp.ClientSession, address: str, session: RuntimeSession) -> None:
        self.http = http
        self.address = address
        self.session = session
        self.notes: list[Any] = []
        self.runs: list[Run] = []

    async def call(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, Any, bytes]:
        url = f"http://{self.address}{path}"
        async with self.http.request(method, url, data=body, headers=headers) as answer:
            return answer.status, answer.headers, await answer.read()

    def submit(
        self, request_id: str = "r-1", *, timeout_s: float = 5.0, client_context: str | None = None
    ) -> asyncio.Future[RunOutcome]:
        function = replace(SHOP, timeout_s=timeout_s)
        invocation = Invocation(function, b'{"a": 1}', client_context=client_context)
        run = Run(
            AcceptedInvocation(invocation, request_id, TRACE, arrival_ns=0),
            AttemptTrace(TRACE, "a" * 16, "b" * 16),
            started=lambda _ns: self.notes.append("started"),
            settled=lambda ns: self.notes.append("settled" if ns else "lost"),
        )
        self.runs.append(run)
        return self.session.submit(run)


def serve(
    scenario: Callable[[Client], Awaitable[None]],
    may_call: Callable[[Peer], bool] = lambda _peer: True,
) -> None:
    """Run a scenario against a served Runtime API."""

    async def within() -> None:
        session = RuntimeSession(before_first=lambda: None)
        api = RuntimeApi(session, may_call=may_call)
        address = await api.listen()
        async with aiohttp.ClientSession() as http:
            await scenario(Client(http, address, session))
        session.end(Ending.EXIT)
        await api.close()

    asyncio.run(within())


def test_work_goes_out_and_its_answer_comes_back() -> None:
    async def scenario(client: Client) -> None:
        outcome = client.submit(client_context="eyJjdXN0b20iOiB7fX0=")
        status, headers, body = await client.call("GET", f"{BASE}/invocation/next")
        assert (status, body) == (200, b'{"a": 1}')
        assert headers["Lambda-Runtime-Aws-Request-Id"] == "r-1"
        assert headers["Lambda-Runtime-Invoked-Function-Arn"] == SHOP.arn
        assert headers["Lambda-Runtime-Trace-Id"] == TRACE.upstream.with_parent("b" * 16).format()
        assert json.loads(headers["Lambda-Runtime-Client-Context"]) == {"custom": {}}
        assert headers["Content-Type"] == "application/json"
        status, _, _ = await client.call("POST", f"{BASE}/invocation/r-1/response", b"[2]")
        assert status == 202
        done = await outcome
        assert (done.ending, done.payload) == (Ending.SUCCESS, b"[2]")
        assert client.notes == ["started"]

    serve(scenario)


def test_the_deadline_is_the_start_plus_the_timeout() -> None:
    async def scenario(client: Client) -> None:
        client.submit(timeout_s=2.5)
        _, headers, _ = await client.call("GET", f"{BASE}/invocation/next")
        assert (
            int(headers["Lambda-Runtime-Deadline-Ms"])
            == client.runs[0].started_ns // 1_000_000 + 2500
        )

    serve(scenario)


def test_a_run_settles_when_the_runtime_asks_again() -> None:
    async def scenario(client: Client) -> None:
        client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        await client.call("POST", f"{BASE}/invocation/r-1/response")
        assert client.notes == ["started"]
        client.submit("r-2")
        await client.call("GET", f"{BASE}/invocation/next")
        assert client.notes == ["started", "settled", "started"]

    serve(scenario)


def test_an_error_carries_type_and_cause() -> None:
    async def scenario(client: Client) -> None:
        outcome = client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        headers = {
            "Lambda-Runtime-Function-Error-Type": "Unhandled",
            "Lambda-Runtime-Function-XRay-Error-Cause": '{"paths": ["a.py"]}',
        }
        body = b'{"errorType": "KeyError"}'
        await client.call("POST", f"{BASE}/invocation/r-1/error", body, **headers)
        done = await outcome
        assert (done.ending, done.error_type) == (Ending.ERROR, "KeyError")
        assert done.cause == {"paths": ["a.py"]}

    serve(scenario)


@pytest.mark.parametrize("cause", ["", "{", "[1]", "\u00e4"])
def test_a_cause_that_is_no_object_is_ignored(cause: str) -> None:
    async def scenario(client: Client) -> None:
        outcome = client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        headers = {"Lambda-Runtime-Function-XRay-Error-Cause": cause}
        await client.call("POST", f"{BASE}/invocation/r-1/error", b"{}", **headers)
        assert (await outcome).cause is None

    serve(scenario)


def test_an_answer_to_another_request_is_refused() -> None:
    async def scenario(client: Client) -> None:
        client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        status, _, body = await client.call("POST", f"{BASE}/invocation/r-9/response")
        assert status == 400
        assert json.loads(body)["errorType"] == "InvalidRequestID"

    serve(scenario)


def test_next_before_the_answer_is_refused() -> None:
    async def scenario(client: Client) -> None:
        client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        status, _, body = await client.call("GET", f"{BASE}/invocation/next")
        assert status == 403
        assert json.loads(body)["errorType"] == "InvalidStateTransition"

    serve(scenario)


def test_another_host_name_is_refused() -> None:
    async def scenario(client: Client) -> None:
        client.submit()
        status, _, _ = await client.call("GET", f"{BASE}/invocation/next", Host="evil.example")
        assert status == 403
        assert client.notes == []

    serve(scenario)


def test_who_is_not_of_the_environment_is_refused_and_asked_about_once() -> None:
    asked: list[Peer] = []

    def may_call(peer: Peer) -> bool:
        asked.append(peer)
        return False

    async def scenario(client: Client) -> None:
        outcome = client.submit()
        for method, path in [
            ("GET", f"{BASE}/invocation/next"),
            ("POST", f"{BASE}/invocation/r-1/response"),
            ("POST", f"{BASE}/init/error"),
        ]:
            status, _, body = await client.call(method, path, b"{}")
            assert (status, json.loads(body)["errorType"]) == (403, "AccessDenied")
        assert not outcome.done()
        outcome.cancel()
        assert client.notes == []

    serve(scenario, may_call)
    assert len(asked) == 1


def test_a_web_page_is_refused() -> None:
    async def scenario(client: Client) -> None:
        headers: Any = {"Origin": "http://127.0.0.1"}
        assert (await client.call("GET", f"{BASE}/invocation/next", **headers))[0] == 403
        assert client.notes == []

    serve(scenario)


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", f"{BASE}/invocation/next"),
        ("GET", f"{BASE}/invocation/r-1/response"),
        ("POST", f"{BASE}/invocation/r-1/other"),
        ("GET", "/"),
        ("GET", f"{BASE}/restore/next"),
    ],
)
def test_what_is_not_in_the_api_is_not_found(method: str, path: str) -> None:
    async def scenario(client: Client) -> None:
        assert (await client.call(method, path))[0] == 404

    serve(scenario)


def test_an_init_error_makes_the_environment_unusable() -> None:
    async def scenario(client: Client) -> None:
        body = b'{"errorType": "Runtime.HandlerNotFound"}'
        status, _, _ = await client.call("POST", f"{BASE}/init/error", body)
        assert status == 202
        with pytest.raises(InitFailedError, match=r"Runtime\.HandlerNotFound"):
            await client.session.ready

    serve(scenario)


def test_an_init_error_after_init_is_refused() -> None:
    async def scenario(client: Client) -> None:
        client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        assert (await client.call("POST", f"{BASE}/init/error", b"{}"))[0] == 403

    serve(scenario)


def test_work_that_the_runtime_never_got_may_run_elsewhere() -> None:
    async def scenario(client: Client) -> None:
        waiting = client.submit()
        client.session.end(Ending.EXIT)
        with pytest.raises(EnvironmentLostError):
            await waiting
        with pytest.raises(EnvironmentLostError):
            await client.submit("r-2")

    serve(scenario)


def test_work_that_the_runtime_had_is_ended() -> None:
    async def scenario(client: Client) -> None:
        outcome = client.submit()
        await client.call("GET", f"{BASE}/invocation/next")
        client.session.end(Ending.EXIT, error_type="Runtime.ExitError")
        assert (await outcome).ending is Ending.EXIT
        assert client.notes == ["started", "lost"]

    serve(scenario)


def test_the_end_wakes_a_runtime_that_waits() -> None:
    async def scenario(client: Client) -> None:
        asking = asyncio.create_task(client.call("GET", f"{BASE}/invocation/next"))
        await client.session.ready
        client.session.end(Ending.EXIT)
        assert (await asking)[0] == 500

    serve(scenario)
