"""The X-Ray daemon's UDP side, which receives segment documents.

Protocol: AWS X-Ray Developer Guide, "Sending segment documents to the X-Ray daemon". The TCP side,
for unsigned calls of the X-Ray API (`daemon_api`), has the same port number; both are on loopback
only.
"""

import ipaddress
import logging
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import orjson

from tracing_lab.errors import EmbeddedError

from .span_datagrams import (
    METRICS,
    SAMPLED,
    UNSAMPLED,
    SpanDatagram,
    is_span_datagram,
    read_span_datagram,
)

logger = logging.getLogger(__name__)

Ingest = Callable[[Sequence[bytes]], list[dict[str, str]]]
"""Accepts documents and returns the rejected ones. Called in the receiving thread."""

IngestSpans = Callable[[Sequence[SpanDatagram]], list[list[str]]]
"""Accepts spans and returns for each datagram why some are rejected. Called in the same thread."""

_MAX_DATAGRAM_BYTES = 64 * 1024
_RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024
_BURST = 256
_GATHER_S = 0.005
_LAST_BURSTS = 400
_PORT_ATTEMPTS = 20
_USUAL_HEADERS = frozenset({b'{"format":"json","version":1}', b'{"format": "json", "version": 1}'})
_SO_RCVBUFFORCE = 33  # Linux; not in the socket module, and needs a privilege
_BUFFER_OPTIONS = (
    (_SO_RCVBUFFORCE, socket.SO_RCVBUF) if sys.platform == "linux" else (socket.SO_RCVBUF,)
)


class SocketOptions(Protocol):
    """A socket whose options can be set."""

    def setsockopt(self, level: int, option: int, value: int, /) -> None:
        """Set an option; OSError when the system does not allow it."""


@dataclass(frozen=True)
class DaemonCounters:
    """Counts of datagrams and documents.

    Parameters
    ----------
    received
        Datagrams.
    forwarded
        Documents that X-Ray accepted, and datagrams of OpenTelemetry's spans.
    rejected
        Datagrams with an invalid header or content, and documents that X-Ray rejected.
    ignored
        Datagrams of OpenTelemetry's metrics, for which there is no place.
    """

    received: int = 0
    forwarded: int = 0
    rejected: int = 0
    ignored: int = 0


class Daemon:
    """The X-Ray daemon.

    Parameters
    ----------
    ingest
        Accepts documents. It should not wait for the disk: the socket is not read meanwhile.
    ingest_spans
        Accepts spans of OpenTelemetry.
    """

    def __init__(self, ingest: Ingest, ingest_spans: IngestSpans) -> None:
        self._ingest = ingest
        self._ingest_spans = ingest_spans
        self._counters = DaemonCounters()
        self._socket: socket.socket | None = None
        self._ending: tuple[socket.socket, socket.socket] | None = None
        self._thread: threading.Thread | None = None
        self._tcp: socket.socket | None = None

    @property
    def counters(self) -> DaemonCounters:
        """Counts of datagrams and documents."""
        return self._counters

    def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Start listening; return the address for ``AWS_XRAY_DAEMON_ADDRESS``.

        Parameters
        ----------
        host
            A loopback address.
        port
            For UDP and TCP; 0 for any free one.

        Raises
        ------
        EmbeddedError
            If the address is not loopback or the port is taken.
        """
        if not _is_loopback(host):
            msg = f"the X-Ray daemon listens on loopback only, not on {host}. Use 127.0.0.1."
            raise EmbeddedError(msg)
        if self._socket is not None:
            msg = "the X-Ray daemon is started already. Close it before starting it again."
            raise EmbeddedError(msg)
        udp, self._tcp = _bind(host, port)
        ending = socket.socketpair()
        self._socket, self._ending = udp, ending
        receive = partial(self._receive, udp, ending[1])
        self._thread = threading.Thread(target=receive, name="xray-daemon-udp", daemon=True)
        self._thread.start()
        address = udp.getsockname()
        return str(address[0]), int(address[1])

    def close(self) -> None:
        """Accept what has arrived, then stop listening. Idempotent."""
        if self._socket is None or self._ending is None:
            return
        self._ending[0].close()  # makes the other end readable, which ends the thread
        if self._thread is not None:
            self._thread.join()
        if self._tcp is not None:
            self._tcp.close()
        self._socket.close()
        self._ending[1].close()
        self._socket = self._ending = None

    def detach_tcp(self) -> socket.socket:
        """Return the listening TCP socket, which the caller serves and closes.

        Raises
        ------
        EmbeddedError
            If the daemon is not started, or the socket was detached before.
        """
        if self._tcp is None:
            msg = "the X-Ray daemon has no TCP socket to serve. Start it first."
            raise EmbeddedError(msg)
        tcp, self._tcp = self._tcp, None
        return tcp

    def take(self, datagrams: Sequence[bytes]) -> None:
        """Accept datagrams, and count them; by one thread at a time."""
        parts = [datagram.partition(b"\n") for datagram in datagrams]
        known = [payload for header, _, payload in parts if payload and _is_header(header)]
        spans = [payload for payload in known if is_span_datagram(payload)]
        ignored = sum(payload.startswith(METRICS) for payload in known)
        others = (SAMPLED, UNSAMPLED, METRICS)
        documents = [payload for payload in known if not payload.startswith(others)]
        forwarded = len(documents) - self._forward(documents)
        forwarded += self._forward_spans(spans)
        counters = self._counters
        self._counters = DaemonCounters(
            received=counters.received + len(datagrams),
            forwarded=counters.forwarded + forwarded,
            rejected=counters.rejected + len(datagrams) - ignored - forwarded,
            ignored=counters.ignored + ignored,
        )

    def _receive(self, udp: socket.socket, ending: socket.socket) -> None:
        while ending not in select.select([udp, ending], [], [])[0]:
            time.sleep(_GATHER_S)  # the real daemon gathers, too, and for longer
            self.take(_burst(udp))
        for _ in range(_LAST_BURSTS):  # bounded, so that it ends even during a flood
            burst = _burst(udp)
            if not burst:
                return
            self.take(burst)

    def _forward_spans(self, payloads: Sequence[bytes]) -> int:
        """Pass spans on; return the number of datagrams of which none was rejected."""
        read = [datagram for datagram in map(_read_spans, payloads) if datagram is not None]
        try:
            found = self._ingest_spans(read) if read else []
        except EmbeddedError:
            logger.exception("the spans of %d invocations are lost", len(read))
            return 0
        for problems in found:
            for problem in problems:
                logger.warning("X-Ray rejected spans: %s", problem)
        return found.count([])

    def _forward(self, documents: Sequence[bytes]) -> int:
        """Pass documents on; return the number of rejected ones."""
        if not documents:
            return 0
        try:
            unprocessed = self._ingest(documents)
        except EmbeddedError:  # the real daemon drops a batch that it cannot send, and goes on
            logger.exception("%d documents are lost", len(documents))
            return len(documents)
        for entry in unprocessed:
            logger.warning("X-Ray rejected a document: %s", entry["Message"])
        return min(len(unprocessed), len(documents))


def _read_spans(payload: bytes) -> SpanDatagram | None:
    try:
        return read_span_datagram(payload)
    except ValueError as error:
        logger.warning("X-Ray rejected spans: the datagram holds none: %s", error)
        return None


def _bind(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Bind UDP and TCP to one port number; retry until one is free for both."""
    for _ in range(_PORT_ATTEMPTS if port == 0 else 0):
        with suppress(OSError):
            return _bind_once(host, port)
    try:
        return _bind_once(host, port)
    except OSError as error:
        msg = f"the X-Ray daemon cannot listen on {host}:{port}: {error}. Try another port."
        raise EmbeddedError(msg) from error


def _bind_once(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    udp = _udp_socket(host)
    try:
        udp.bind((host, port))
        return udp, socket.create_server(udp.getsockname()[:2], family=udp.family)
    except OSError:
        udp.close()
        raise


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _udp_socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.setblocking(False)  # noqa: FBT003 - the socket module's signature
    enlarge_receive_buffer(udp)
    return udp


def enlarge_receive_buffer(udp: SocketOptions) -> None:
    """Set the largest receive buffer that the system allows, for bursts.

    Parameters
    ----------
    udp
        The socket. Linux reduces a size that is too large, other systems reject it.
    """
    size = _RECEIVE_BUFFER_BYTES
    while size >= _MAX_DATAGRAM_BYTES:
        for option in _BUFFER_OPTIONS:
            with suppress(OSError):
                udp.setsockopt(socket.SOL_SOCKET, option, size)
                return
        size //= 2


def _burst(udp: socket.socket) -> list[bytes]:
    """Return the datagrams in the socket, a limited number so that readers do not wait for long."""
    datagrams: list[bytes] = []
    try:
        while len(datagrams) < _BURST:
            datagrams.append(udp.recv(_MAX_DATAGRAM_BYTES))
    except BlockingIOError:
        pass
    return datagrams


def _is_header(line: bytes) -> bool:
    if line in _USUAL_HEADERS:
        return True
    try:
        header = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    if not isinstance(header, dict) or type(header.get("version")) is not int:
        return False
    return str(header.get("format")).lower() == "json" and header["version"] == 1
