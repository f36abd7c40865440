"""Bad spans of OpenTelemetry for X-Ray's endpoint and daemon, and what became of them."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from api_calls import xray_call
from attacks import ACCEPTED, FAILED, REFUSED, outcome_of
from hypothesis import strategies as st
from mutations import damaged, damaged_json
from otel_spans import START_NS, TRACE_ID, invocation
from otlp_protobuf import protobuf

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.xray import XRayService
from tracing_lab.embedded.xray.derive.span_log import SpanGroup
from tracing_lab.embedded.xray.ingest.daemon import Daemon
from tracing_lab.embedded.xray.ingest.span_requests import (
    JSON,
    PROTOBUF,
    spans_of_request,
)
from tracing_lab.otlp.json_form import otlp_from_spans
from tracing_lab.otlp.wire import parts

EPOCH_S = START_NS / 1e9
HEADER = b'{"format": "json", "version": 1}\n'
TOKENS = (
    *(b"\x0a", b"\x12\x00", b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\xff" * 11),
    *(b"\x0a\xff\xff\xff\xff\x0f", b"\x4a\x00", b"\x39" + bytes(8), b"\x2a\x02\x0a\x00"),
)
DATAGRAM_TOKENS = (b"\n", b"T1S", b"T1U", b"M1", b"=", b"==", b"A" * 4000, b"\0", b"{}", b"-_")
_BYTES = st.binary(max_size=4)
_REFILL = 100
_PACKED = 1
_REQUEST = otlp_from_spans(invocation())
_PROTOBUF = protobuf(_REQUEST)


class SpanRequest(NamedTuple):
    """An export request.

    Parameters
    ----------
    content_type, encoding
        Its headers.
    body
        Its content.
    """

    content_type: str
    encoding: str
    body: bytes


def _spoilt(draw: st.DrawFn) -> bytes:
    """Return protobuf that is damaged, or of the same length with other bytes in some places."""
    if draw(st.booleans()):
        return damaged(draw, _PROTOBUF, TOKENS, _BYTES)
    content = bytearray(_PROTOBUF)
    for _ in range(draw(st.integers(1, 3))):
        content[draw(st.integers(0, len(content) - 1))] = draw(st.integers(0, 255))
    return bytes(content)


@st.composite
def span_requests(draw: st.DrawFn) -> SpanRequest:
    """Damage a request in one of its two forms, packed or not."""
    if draw(st.booleans()):
        kind, body = JSON, damaged_json(draw, _REQUEST)
    else:
        kind, body = PROTOBUF, _spoilt(draw)
    packing = draw(st.integers(0, 9))
    if packing > _PACKED:
        return SpanRequest(kind, "", body)
    packed = gzip.compress(body, 1, mtime=0)
    whole = packed if packing else damaged(draw, packed, TOKENS, _BYTES)
    return SpanRequest(kind, "gzip", whole)


@st.composite
def span_datagrams(draw: st.DrawFn) -> bytes:
    """Damage a datagram, or the protobuf in it."""
    prefix = draw(st.sampled_from((b"T1S", b"T1U")))
    if draw(st.booleans()):
        return HEADER + prefix + base64.b64encode(_spoilt(draw))
    return damaged(draw, HEADER + prefix + base64.b64encode(_PROTOBUF), DATAGRAM_TOKENS, _BYTES)


class SpanTarget:
    """X-Ray with Transaction Search, without a socket.

    Parameters
    ----------
    folder
        Its state folder.
    """

    def __init__(self, folder: Path) -> None:
        self.log: list[str] = []
        self.xray = XRayService(
            folder,
            region="us-east-1",
            account_id="123456789012",
            clock=lambda: EPOCH_S + 60,
            span_group=SpanGroup(
                lambda events: self.log.extend(text for _, text in events),
                lambda wanted: [*filter(wanted, self.log)],
            ),
        )
        self.daemon = Daemon(self.xray.receive, self.xray.receive_spans)
        self._sent = 0
        self.fill()

    def fill(self) -> None:
        """Start with nothing but a well-formed invocation."""
        self.xray.reset()
        self.log.clear()
        self.call("/UpdateTraceSegmentDestination", {"Destination": "CloudWatchLogs"})
        rule = {"Probabilistic": {"DesiredSamplingPercentage": 100}}
        self.call("/UpdateIndexingRule", {"Name": "Default", "Rule": rule})
        self.request(SpanRequest(PROTOBUF, "", _PROTOBUF))

    def call(self, path: str, members: object) -> tuple[int, dict[str, object]]:
        """Call an operation."""
        answer = self.xray.handle(xray_call(path, json.dumps(members).encode()))
        return answer.status, json.loads(answer.body)

    def request(self, example: SpanRequest) -> str:
        """Send a request; each of its spans is then recorded, or counted as rejected."""
        headers = (
            ("Content-Type", example.content_type),
            ("Content-Encoding", example.encoding),
        )
        before = len(self.log)
        answer = self.xray.spans.handle(
            HttpRequest("POST", "/v1/traces", headers=headers, body=example.body)
        )
        if answer.status != 200:
            return REFUSED if len(self.log) == before and answer.status < 500 else FAILED
        count = len(
            spans_of_request(
                example.body, content_type=example.content_type, encoding=example.encoding
            )
        )
        rejected = self._rejected(answer, example.content_type)
        is_whole = len(self.log) - before + rejected == count
        return ACCEPTED if is_whole and self._is_readable() else FAILED

    def datagram(self, example: bytes) -> str:
        """Send a datagram through the daemon, which counts it."""
        before = self.daemon.counters
        self.daemon.take([example])
        after = self.daemon.counters
        counted = [after.forwarded - before.forwarded, after.rejected - before.rejected]
        counted.append(after.ignored - before.ignored)
        if sum(counted) != 1 or not self._is_readable():
            return FAILED
        return ACCEPTED if counted[0] else REFUSED

    @staticmethod
    def _rejected(answer: HttpResponse, content_type: str) -> int:
        """Return how many spans a successful response counts as rejected."""
        if content_type == JSON:
            partial = json.loads(answer.body).get("partialSuccess", {})
            return int(partial.get("rejectedSpans", 0))
        for _, _, _, begin, end in parts(answer.body, 0, len(answer.body)):
            return next(parts(answer.body, begin, end))[2]
        return 0

    def _is_readable(self) -> bool:
        self._sent += 1
        if self._sent % _REFILL:
            return True
        window = {"StartTime": EPOCH_S - 600, "EndTime": EPOCH_S + 600}
        trace_id = f"1-{TRACE_ID[:8]}-{TRACE_ID[8:]}"
        token = self.call("/StartTraceRetrieval", {"TraceIds": [trace_id], **window})[1]
        reads = [
            ("/TraceSummaries", window),
            ("/TraceGraph", {"TraceIds": [trace_id]}),
            ("/Traces", {"TraceIds": [trace_id]}),
            ("/ServiceGraph", window),
            ("/ListRetrievedTraces", {**token, "TraceFormat": "OTEL"}),
            ("/ListRetrievedTraces", {**token, "TraceFormat": "XRAY"}),
            ("/GetRetrievedTracesGraph", token),
        ]
        outcomes = {outcome_of(self.call(path, members)[0]) for path, members in reads}
        self.fill()
        return outcomes == {ACCEPTED}


@contextmanager
def span_target() -> Iterator[SpanTarget]:
    """Return an X-Ray that takes spans."""
    with TemporaryDirectory() as folder:
        target = SpanTarget(Path(folder))
        yield target
        target.xray.close()
