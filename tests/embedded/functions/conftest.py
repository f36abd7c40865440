"""A Lambda data plane on its own: functions from literal source, collected segments and logs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from archives import app_zip
from waiting import until

from tracing_lab.embedded.functions import Functions, FunctionSettings, Grant
from tracing_lab.embedded.model import FunctionSpec, Invocation
from tracing_lab.xray_model.trace_header import TraceHeader

T = TypeVar("T")
Document = dict[str, Any]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


def function(source: str = "", **changes: Any) -> FunctionSpec:
    """Describe a function whose module is ``app``."""
    name = changes.get("name", "shop")
    values: dict[str, Any] = {
        "name": name,
        "arn": ARN + name,
        "runtime": "python3.13",
        "handler": "app.handler",
        "timeout_s": 10.0,
        "memory_mb": 128,
        "tracing_mode": "Active",
        "role_arn": "arn:aws:iam::123456789012:role/r",
        "log_group": f"/aws/lambda/{name}",
        "code_sha256": source,
        "code_zip": app_zip(source),
    }
    return FunctionSpec(**(values | changes))


class Lab:
    """Runs scenarios against a data plane and keeps what it sent.

    Parameters
    ----------
    work_dir
        Its folder.
    """

    def __init__(self, work_dir: Path) -> None:
        self.work_dir = work_dir
        self.segments: list[Document] = []
        self.prepared: list[Document] = []
        self.logs: list[tuple[str, str, list[tuple[int, str]]]] = []
        self.variables: dict[str, str] = {}
        self.revoke: Callable[[], None] = lambda: None
        self.sampled = True

    def run(
        self,
        scenario: Callable[[Functions], Awaitable[T]],
        *,
        on_end: Any = None,
        resolve: Any = None,
        **settings: Any,
    ) -> T:
        """Run a scenario to its end and close everything."""

        async def within() -> T:
            functions = Functions(
                work_dir=self.work_dir,
                emit=self.segments.append,
                prepare=self.prepared.append,
                write_logs=lambda *batch: self.logs.append(batch),
                environment=lambda _function: Grant(self.variables, self.revoke),
                sample=lambda _: self.sampled,
                settings=FunctionSettings(**{"saturated_delay_starts": (1.0, 1.0), **settings}),
                on_end=on_end,
                resolve=resolve,
            )
            try:
                return await scenario(functions)
            finally:
                await functions.close()

        return asyncio.run(within())

    def invoke(
        self,
        spec: FunctionSpec,
        payload: bytes = b"{}",
        *,
        trace: str | None = None,
        **options: Any,
    ) -> Any:
        """Run a function once and let its segment settle."""

        async def scenario(functions: Functions) -> Any:
            result = await functions.invoke(invocation(spec, payload, trace))
            await until(lambda: not self.in_progress)
            return result

        return self.run(scenario, **options)

    @property
    def latest(self) -> list[Document]:
        """The last version of each document, in the order of their first."""
        return list({one["id"]: one for one in self.segments}.values())

    @property
    def in_progress(self) -> list[Document]:
        return [one for one in self.latest if one.get("in_progress")]

    def of_origin(self, origin: str) -> list[Document]:
        """Return the last versions of the segments of an origin."""
        return [one for one in self.latest if one["origin"] == origin]

    @property
    def messages(self) -> list[str]:
        """All log messages in order."""
        return [message for _, _, events in self.logs for _, message in events]

    @property
    def services(self) -> list[Document]:
        return self.of_origin("AWS::Lambda")

    @property
    def runs(self) -> list[Document]:
        return self.of_origin("AWS::Lambda::Function")


def invocation(
    spec: FunctionSpec, payload: bytes = b"{}", trace: str | None = None, **more: Any
) -> Invocation:
    """Make an invocation with an optional trace header."""
    return Invocation(spec, payload, TraceHeader.parse(trace), **more)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Make a data plane of which nothing is left at the end of a scenario."""
    return Lab(tmp_path)


@pytest.fixture(name="function")
def _function() -> Callable[..., FunctionSpec]:
    return function


@pytest.fixture(name="invocation")
def _invocation() -> Callable[..., Invocation]:
    return invocation


@pytest.fixture(name="until")
def _until() -> Callable[..., Awaitable[None]]:
    return until
