"""The daemon takes documents over UDP and answers the API over TCP on the same port."""

import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.xray.ingest.daemon import (
    Daemon,
    DaemonCounters,
    enlarge_receive_buffer,
)
from tracing_lab.embedded.xray.ingest.span_datagrams import SpanDatagram
from tracing_lab.errors import EmbeddedError

HEADER = b'{"format":"json","version":1}\n'


class Receiver:
    """Stands for X-Ray: keeps what it is given; rejects documents that say so."""

    def __init__(self) -> None:
        self.documents: list[bytes] = []
        self.changed = threading.Condition()

    def __call__(self, documents: Sequence[bytes]) -> list[dict[str, str]]:
        with self.changed:
            self.documents += documents
            self.changed.notify_all()
        return [{"Message": "no name"} for one in documents if one == b"bad"]

    def wait_for(self, count: int) -> list[bytes]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.documents) >= count, timeout=60)
            return list(self.documents)


def no_spans(datagrams: Sequence[SpanDatagram]) -> list[list[str]]:
    pytest.fail(f"nobody sent spans: {datagrams}")


def answer(call: ApiCall) -> HttpResponse:
    return json_response(200, {"operation": call.operation, "body": call.request.body.decode()})


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def daemon(receiver: Receiver) -> Iterator[Daemon]:
    daemon = Daemon(receiver, no_spans)
    yield daemon
    daemon.close()


@pytest.fixture
def api(daemon: Daemon, serve_daemon_api: Callable[..., None]) -> tuple[str, int]:
    """Address of a daemon whose TCP side is served."""
    address = daemon.start()
    serve_daemon_api(daemon, answer)
    return address


Send = Callable[..., None]


@pytest.fixture
def send(daemon: Daemon) -> Iterator[Send]:
    address = daemon.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def send(*datagrams: bytes) -> None:
            for datagram in datagrams:
                sender.sendto(datagram, address)

        yield send


def test_documents_arrive_as_they_were_sent(receiver: Receiver, send: Send) -> None:
    send(HEADER + b'{"a":\n1}', b'{"format": "JSON", "version": 1}\nb')
    assert receiver.wait_for(2) == [b'{"a":\n1}', b"b"]


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"no header",
        b'{"a":1}',
        HEADER,
        b'{"format":"xml","version":1}\nx',
        b'{"format":"json","version":2}\nx',
        b'{"format":"json","version":true}\nx',
        b"[]\nx",
        b"\xff\nx",
    ],
)
def test_a_wrong_header_is_counted_as_rejected(
    daemon: Daemon, receiver: Receiver, send: Send, datagram: bytes
) -> None:
    send(datagram, HEADER + b"good")
    assert receiver.wait_for(1) == [b"good"]
    daemon.close()
    assert daemon.counters == DaemonCounters(received=2, forwarded=1, rejected=1)


def test_metrics_of_opentelemetry_are_ignored_and_counted(
    daemon: Daemon, receiver: Receiver, send: Send
) -> None:
    send(HEADER + b"M1AAAA")
    daemon.close()
    assert daemon.counters == DaemonCounters(received=1, ignored=1)
    assert receiver.documents == []


def test_spans_of_opentelemetry_are_passed_on_and_bad_ones_are_rejected(
    receiver: Receiver,
) -> None:
    found: list[SpanDatagram] = []

    def take(datagrams: Sequence[SpanDatagram]) -> list[list[str]]:
        found.extend(datagrams)
        return [[] if datagram.is_sampled else ["no name"] for datagram in datagrams]

    daemon = Daemon(receiver, take)
    address = daemon.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for payload in (b"T1SCgIKAA==", b"T1UCgIKAA==", b"T1S!", b"T1SAAAA"):
            sender.sendto(HEADER + payload, address)
    daemon.close()
    assert [datagram.is_sampled for datagram in found] == [True, False]
    assert daemon.counters == DaemonCounters(received=4, forwarded=1, rejected=3)


def test_spans_that_cannot_be_stored_are_lost_and_logged(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_datagrams: Sequence[SpanDatagram]) -> list[list[str]]:
        msg = "the disk is full"
        raise EmbeddedError(msg)

    daemon = Daemon(receiver, fail)
    daemon.take([HEADER + b"T1SCgIKAA=="] * 2)
    assert daemon.counters == DaemonCounters(received=2, rejected=2)
    assert "the spans of 2 invocations are lost" in caplog.text


def test_a_document_that_xray_rejects_is_logged_and_counted(
    daemon: Daemon, send: Send, caplog: pytest.LogCaptureFixture
) -> None:
    send(HEADER + b"bad")
    daemon.close()
    assert daemon.counters == DaemonCounters(received=1, rejected=1)
    assert "no name" in caplog.text


def test_closing_takes_everything_that_has_arrived(
    daemon: Daemon, receiver: Receiver, send: Send
) -> None:
    send(*[HEADER + str(number).encode() for number in range(100)])
    daemon.close()
    assert [int(one) for one in receiver.documents] == list(range(100))
    daemon.close()


def test_a_burst_waits_while_documents_are_taken() -> None:
    begun, go_on, taken = threading.Event(), threading.Event(), list[bytes]()

    def slow(documents: Sequence[bytes]) -> list[dict[str, str]]:
        begun.set()
        assert go_on.wait(20)
        taken.extend(documents)
        return []

    daemon = Daemon(slow, no_spans)
    address = daemon.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(HEADER + b"first", address)
        assert begun.wait(20)
        for number in range(200):
            sender.sendto(HEADER + str(number).encode(), address)
    go_on.set()
    daemon.close()
    assert taken == [b"first", *(str(number).encode() for number in range(200))]


@pytest.mark.parametrize(
    "most, given", [(10**9, 16 * 1024**2), (3 * 1024**2, 2 * 1024**2), (0, None)]
)
def test_the_receive_buffer_is_as_large_as_the_system_allows(most: int, given: int | None) -> None:
    class Socket:
        size: int | None = None

        def setsockopt(self, level: int, option: int, value: int, /) -> None:
            if option != socket.SO_RCVBUF or value > most:
                raise OSError
            self.size = value

    udp = Socket()
    enlarge_receive_buffer(udp)
    assert udp.size == given


def test_the_daemon_outlives_a_batch_that_cannot_be_taken(caplog: pytest.LogCaptureFixture) -> None:
    def fails(documents: Sequence[bytes]) -> list[dict[str, str]]:
        msg = "the disk is full"
        raise EmbeddedError(msg)

    daemon = Daemon(fails, no_spans)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, caplog.at_level(logging.ERROR):
        sender.sendto(HEADER + b"x", daemon.start())
    daemon.close()
    assert daemon.counters == DaemonCounters(received=1, rejected=1)
    assert "documents are lost" in caplog.text


def post(address: tuple[str, int], path: str, **options: object) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*address, timeout=60)
    connection.request("POST", path, **options)  # type: ignore[arg-type]  # options of the caller
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, content


def test_api_requests_are_forwarded_without_a_signature(api: tuple[str, int]) -> None:
    status, content = post(api, "/GetSamplingRules?x=1", body=b"{}")
    assert status == 200
    assert json.loads(content) == {"operation": "GetSamplingRules", "body": "{}"}


def test_a_connection_answers_several_requests(api: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*api, timeout=60)
    for path, operation in (("/Traces", "BatchGetTraces"), ("/TraceGraph", "GetTraceGraph")):
        connection.request("POST", path, body=b"{}")
        assert json.loads(connection.getresponse().read())["operation"] == operation
    connection.close()


@pytest.mark.parametrize(
    "headers, status",
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost:2000"}, 200),
        ({"Host": "[::1]:2000"}, 200),
        ({"Host": "localhost", "Origin": "http://localhost:8888"}, 403),
        ({"Host": "localhost", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "localhost", "Content-Length": "many"}, 400),
    ],
)
def test_web_pages_and_odd_lengths_are_rejected(
    api: tuple[str, int], headers: dict[str, str], status: int
) -> None:
    assert post(api, "/Traces", headers=headers)[0] == status


def test_too_large_a_body_is_rejected(api: tuple[str, int]) -> None:
    assert post(api, "/Traces", body=b"x" * (8 * 1024**2 + 1))[0] == 413


def test_only_post_is_forwarded(api: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*api, timeout=60)
    connection.request("GET", "/Traces")
    assert connection.getresponse().status == 405
    connection.close()


def test_only_loopback_is_listened_on() -> None:
    for host in ("0.0.0.0", "192.0.2.1", "example.com"):  # noqa: S104 - it must be refused
        with pytest.raises(EmbeddedError, match="loopback only"):
            Daemon(Receiver(), no_spans).start(host)


def test_a_port_in_use_is_refused_and_nothing_stays_open(daemon: Daemon) -> None:
    _, port = daemon.start()
    other = Daemon(Receiver(), no_spans)
    with pytest.raises(EmbeddedError, match=f"cannot listen on 127.0.0.1:{port}"):
        other.start(port=port)
    other.close()


def test_a_running_daemon_is_not_started_again(daemon: Daemon) -> None:
    daemon.start()
    with pytest.raises(EmbeddedError, match="started already"):
        daemon.start()


def test_the_port_is_free_again_after_closing(receiver: Receiver) -> None:
    first = Daemon(receiver, no_spans)
    _, port = first.start()
    first.close()
    second = Daemon(receiver, no_spans)
    assert second.start(port=port) == ("127.0.0.1", port)
    second.close()
