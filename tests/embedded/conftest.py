"""X-Ray behind AWS's own client, without a socket; parts that need a loop; a control plane."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from api_calls import xray_call
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tracing_lab.embedded.http.admission import Admission
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.xray import XRayService
from tracing_lab.embedded.xray.derive.span_log import SpanGroup
from tracing_lab.embedded.xray.ingest.daemon import Daemon
from tracing_lab.embedded.xray.ingest.daemon_api import DaemonApi, Handle


class XRayLab:
    """X-Ray with a state folder, a clock that can be set, and a client.

    Parameters
    ----------
    folder
        Its state folder; two labs on one folder are one X-Ray before and after a restart.
    """

    def __init__(self, folder: Path) -> None:
        self.now_s = 1_795_435_200.0
        self.share = 0.99
        self.span_log: list[str] = []  # aws/spans
        self.may_write_spans = True
        self.service = XRayService(
            folder,
            region="us-east-1",
            account_id="123456789012",
            clock=lambda: self.now_s,
            random_share=lambda: self.share,
            span_group=SpanGroup(
                lambda events: self.span_log.extend(text for _, text in events),
                lambda wanted: [*filter(wanted, self.span_log)],
                lambda: self.may_write_spans,
            ),
        )
        self.client: Any = boto3.client(
            "xray", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        self.client.meta.events.register("before-send.xray", self._answer)

    def post(self, path: str, body: bytes) -> HttpResponse:
        """Send a request as it is."""
        return self.service.handle(xray_call(path, body))

    def refusal(self, path: str, members: object) -> tuple[int, str, str]:
        """Send what the client would not; give status, code and message of the error."""
        answer = self.post(path, json.dumps(members).encode())
        message = str(json.loads(answer.body)["message"])
        return answer.status, dict(answer.headers)["x-amzn-ErrorType"], message

    def close(self) -> None:
        self.service.close()
        self.client.close()

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> Any:
        body: Any = request.body or b""
        answer = self.service.handle(xray_call(urlsplit(request.url).path, body))
        self.service.flush()  # so that it was received before a test moves the clock
        headers: Any = dict(answer.headers)
        response: Any = AWSResponse(request.url, answer.status, headers, None)
        response._content = answer.body
        return response


@pytest.fixture
def make_xray(tmp_path: Path) -> Iterator[Callable[[], XRayLab]]:
    """Start X-Ray on one and the same state folder, as often as called."""
    with ExitStack() as stack:

        def start() -> XRayLab:
            lab = XRayLab(tmp_path / "state")
            stack.callback(lab.close)
            return lab

        yield start


@pytest.fixture
def xray_lab(make_xray: Callable[[], XRayLab]) -> XRayLab:
    return make_xray()


RunInLoop = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(scope="session")
def run_in_loop() -> Iterator[RunInLoop]:
    """Run a coroutine in an event loop of another thread, for tests that block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield lambda coroutine: asyncio.run_coroutine_threadsafe(coroutine, loop).result(timeout=60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="module")
def serve_daemon_api(run_in_loop: RunInLoop) -> Iterator[Callable[[Daemon, Handle], None]]:
    """Serve the TCP side of a daemon that was started."""
    with ExitStack() as stack:

        def serve(daemon: Daemon, handle: Handle) -> None:
            api = DaemonApi(handle, region="us-east-1", admit=Admission())
            run_in_loop(api.listen(daemon.detach_tcp()))
            stack.callback(lambda: run_in_loop(api.close()))

        yield serve


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlPlane]:
    """Return a control plane whose state is gone after the test."""
    plane = ControlPlane(tmp_path)
    yield plane
    plane.reset()
    plane.close()
