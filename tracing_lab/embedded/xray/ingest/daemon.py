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

logger = logging.getLogger(__name__)

Ingest = Callable[[Sequence[bytes]], list[dict[str, str]]]
"""Take documents; give those that X-Ray rejects. Called in the receiving thread."""

_MAX_DATAGRAM_BYTES = 64 * 1024
_RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024
_BURST = 256
_GATHER_S = 0.005
_LAST_BURSTS = 400
_PORT_ATTEMPTS = 20
_USUAL_HEADERS = frozenset({b'{"format":"json","version":1}', b'{"format": "json", "version": 1}'})
_OTLP_PREFIXES = (b"T1S", b"T1U", b"M1")
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
    """

    def __init__(self, ingest: Ingest) -> None:
        self._ingest = ingest
        self._counters = DaemonCounters()
        self._socket: socket.socket | None = None
        self._ending: tuple[socket.socket, socket.socket] | None = None
        self._thread: threading.Thread | None = None
        self._tcp: socket.socket | None = None

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
        """Take what has arrived, then stop listening. May be called twice."""
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
            If the daemon is not started, or the socket was given away before.
        """
        if self._tcp is None:
            msg = "the X-Ray daemon has no TCP socket to serve. Start it first."
            raise EmbeddedError(msg)
        tcp, self._tcp = self._tcp, None
        return tcp

    def _receive(self, udp: socket.socket, ending: socket.socket) -> None:
        while ending not in select.select([udp, ending], [], [])[0]:
            time.sleep(_GATHER_S)  # the real daemon gathers, too, and for longer
            self._take(_burst(udp))
        for _ in range(_LAST_BURSTS):  # bounded, so that a flood cannot keep it from ending
            burst = _burst(udp)
            if not burst:
                return
            self._take(burst)

    def _take(self, datagrams: Sequence[bytes]) -> None:
        documents, ignored = [], 0
        for datagram in datagrams:
            header, _, document = datagram.partition(b"\n")
            if document.startswith(_OTLP_PREFIXES):
                ignored += 1
            elif document and _is_header(header):
                documents.append(document)
        unprocessed = self._forward(documents)
        counters = self._counters
        self._counters = DaemonCounters(
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


def _bind(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """Bind UDP and TCP to one port number; one that is free for both may take some tries."""
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
    """Give a socket the largest buffer that the system lets it have; bursts wait in it.

    Parameters
    ----------
    udp
        The socket. Linux cuts down a size that is too large, others refuse it.
    """
    size = _RECEIVE_BUFFER_BYTES
    while size >= _MAX_DATAGRAM_BYTES:
        for option in _BUFFER_OPTIONS:
            with suppress(OSError):
                udp.setsockopt(socket.SOL_SOCKET, option, size)
                return
        size //= 2


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
