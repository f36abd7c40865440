"""The X-Ray daemon: UDP for segment documents, TCP for unsigned calls of the X-Ray API.

Protocol: AWS X-Ray Developer Guide, "Sending segment documents to the X-Ray daemon". Both sides
listen on the same port number, on loopback only.
"""

import ipaddress
import logging
import select
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from tracing_lab.errors import EmbeddedError

from .daemon_proxy import Handle, make_proxy

logger = logging.getLogger(__name__)

Ingest = Callable[[Sequence[bytes]], list[dict[str, str]]]
"""Take documents; give those that X-Ray rejects. Called in the receiving thread."""

_MAX_DATAGRAM_BYTES = 64 * 1024
_RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024
_BURST = 256
_PORT_ATTEMPTS = 20
_USUAL_HEADERS = frozenset({b'{"format":"json","version":1}', b'{"format": "json", "version": 1}'})
_OTLP_PREFIXES = (b"T1S", b"T1U", b"M1")
_SO_RCVBUFFORCE = 33  # Linux; not in the socket module


@dataclass(frozen=True)
class DaemonCounters:
    """What has arrived so far.

    Parameters
    ----------
    received
        Datagrams.
    forwarded
        Documents that X-Ray took.
    rejected
        Datagrams with an invalid header, and documents that X-Ray did not take.
    ignored
        OpenTelemetry payloads of ADOT (``T1S``, ``T1U``, ``M1``), which the daemon does not read.
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
        Takes documents. It should not wait for the disk: nobody empties the socket meanwhile.
    handle
        Answers API requests that come over TCP; None for a daemon without the TCP side.
    """

    def __init__(self, ingest: Ingest, handle: Handle | None = None) -> None:
        self._ingest = ingest
        self._handle = handle
        self._counters = DaemonCounters()
        self._socket: socket.socket | None = None
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._proxy: Any = None

    @property
    def counters(self) -> DaemonCounters:
        """What has arrived so far."""
        return self._counters

    def start(self, host: str = "127.0.0.1", port: int = 0) -> tuple[str, int]:
        """Listen; give the address for ``AWS_XRAY_DAEMON_ADDRESS``.

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
        self._bind(host, port)
        self._spawn(self._receive, "xray-daemon-udp")
        if self._proxy is not None:
            self._spawn(self._proxy.serve_forever, "xray-daemon-tcp")
        return self._address()

    def close(self) -> None:
        """Take what has arrived, then stop listening. May be called twice."""
        if self._socket is None:
            return
        self._closing.set()
        self._wake()
        if self._proxy is not None:
            self._proxy.shutdown()
            self._proxy.server_close()
        for thread in self._threads:
            thread.join()
        self._socket.close()
        self._socket = None

    def _spawn(self, target: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _address(self) -> tuple[str, int]:
        host, port = self._udp().getsockname()[:2]
        return str(host), int(port)

    def _udp(self) -> socket.socket:
        if self._socket is None:
            msg = "the X-Ray daemon is not started."
            raise EmbeddedError(msg)
        return self._socket

    def _bind(self, host: str, port: int) -> None:
        """Bind UDP and TCP to one port number; a free one that is free for both may take tries."""
        for attempt in range(_PORT_ATTEMPTS):
            udp = _udp_socket(host)
            try:
                udp.bind((host, port))
                if self._handle is not None:
                    self._proxy = make_proxy(self._handle, *udp.getsockname()[:2])
            except OSError as error:
                udp.close()
                if port == 0 and attempt < _PORT_ATTEMPTS - 1:
                    continue
                msg = f"the X-Ray daemon cannot listen on {host}:{port}: {error}. Try another port."
                raise EmbeddedError(msg) from error
            self._socket = udp
            return

    def _wake(self) -> None:
        family = self._udp().family
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", self._address())

    def _receive(self) -> None:
        udp = self._udp()
        while True:
            select.select([udp], [], [])
            closing = self._closing.is_set()  # before draining, so that nothing is left behind
            while burst := _burst(udp):
                self._take(burst)
            if closing:
                return

    def _take(self, datagrams: Sequence[bytes]) -> None:
        datagrams = [one for one in datagrams if one]  # an empty one only wakes this thread
        documents, ignored = [], 0
        for datagram in datagrams:
            header, _, document = datagram.partition(b"\n")
            if document.startswith(_OTLP_PREFIXES):
                ignored += 1
            elif document and _is_header(header):
                documents.append(document)
        unprocessed = self._forward(documents)
        counters = self._counters
        self._counters = replace(
            counters,
            received=counters.received + len(datagrams),
            forwarded=counters.forwarded + len(documents) - unprocessed,
            rejected=counters.rejected + len(datagrams) - ignored - len(documents) + unprocessed,
            ignored=counters.ignored + ignored,
        )

    def _forward(self, documents: Sequence[bytes]) -> int:
        """Hand documents over; give the number that was not taken."""
        if not documents:
            return 0
        try:
            unprocessed = self._ingest(documents)
        except EmbeddedError:  # the real daemon drops a batch that it cannot send, and lives on
            logger.exception("%d documents are lost", len(documents))
            return len(documents)
        for entry in unprocessed:
            logger.warning("X-Ray rejected a document: %s", entry["Message"])
        return min(len(unprocessed), len(documents))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _udp_socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.setblocking(False)  # noqa: FBT003 - the socket module's signature
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):  # the first one needs a privilege
        try:
            udp.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BUFFER_BYTES)
        except OSError:
            continue
        break
    return udp


def _burst(udp: socket.socket) -> list[bytes]:
    """Take what is in the socket, at most so many that a reader need not wait for long."""
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
