"""Identifies the other end of a loopback connection: its user, and the process that holds it.

Linux knows both for a connection's address pair: the user id and the inode of the socket at the
other end, which is listed among the open files of the process that holds it. One query of the
kernel's socket diagnosis takes some 40 microseconds; where that is not available (some containers),
reading the table of all connections takes milliseconds. On other systems the connections of a
process of the same user are known, but not the user of a connection.

Source: https://man7.org/linux/man-pages/man7/sock_diag.7.html and proc_pid_net.5.html there
"""

import os
import socket
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

Address = tuple[str, int]

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST = 1
_ALL_STATES = 0xFFFFFFFF
_NO_COOKIE = b"\xff" * 8
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
_QUERY = struct.Struct("=BBBBI")  # family, protocol, extensions, padding, states
_PAIR = struct.Struct("!HH4s12x4s12xI8s")  # ports, addresses, interface, cookie
_OWNER = struct.Struct("=II")  # user id, inode
_OWNER_OFFSET = _HEADER.size + 4 + _PAIR.size + 12
_TABLE = Path("/proc/net/tcp")
_UID_FIELD, _INODE_FIELD = 7, 9


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection.

    Parameters
    ----------
    address
        Its host and port.
    uid
        The user who opened it; None where that is unknown.
    inode
        Of its socket; 0 if it is closed, None where that is unknown.
    server
        The server's host and port; None if unknown.
    """

    address: Address
    uid: int | None = None
    inode: int | None = None
    server: Address | None = field(default=None, compare=False)

    @property
    def is_gone(self) -> bool:
        """Whether the socket is closed, so that its owner is unknown."""
        return self.inode == 0


def peer_of(client: Address, server: Address) -> Peer:
    """Return the client's end of a loopback connection over IPv4."""
    if sys.platform != "linux":
        return Peer(client, server=server)
    try:
        uid, inode = _ask_kernel(client, server)
    except OSError:
        uid, inode = _look_up(client, server)
    return Peer(client, uid if inode else None, inode, server)


def is_held_still(peer: Peer) -> bool:
    """Return whether any process has the peer's end open, as far as that is known."""
    if peer.inode is None or peer.server is None:
        return not peer.is_gone
    return not peer_of(peer.address, peer.server).is_gone


def is_held_by(peer: Peer, pids: Iterable[int]) -> bool:
    """Return whether one of some processes has the peer's end open.

    Parameters
    ----------
    peer
        The other end of a connection.
    pids
        Processes of this user; those that have ended are ignored.
    """
    if peer.inode is None:
        return any(_has_connection(pid, peer.address) for pid in pids)
    return not peer.is_gone and any(_has_open(pid, f"socket:[{peer.inode}]") for pid in pids)


def _ask_kernel(client: Address, server: Address) -> tuple[int, int]:
    pair = _PAIR.pack(
        client[1],
        server[1],
        socket.inet_aton(client[0]),
        socket.inet_aton(server[0]),
        0,
        _NO_COOKIE,
    )
    query = _QUERY.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, _ALL_STATES) + pair
    header = _HEADER.pack(_HEADER.size + len(query), _SOCK_DIAG_BY_FAMILY, _REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.send(header + query)
        response = kernel.recv(4096)
    _, kind, *_ = _HEADER.unpack_from(response)
    if kind != _SOCK_DIAG_BY_FAMILY:  # an error message: there is no such socket
        return 0, 0
    uid, inode = _OWNER.unpack_from(response, _OWNER_OFFSET)
    return uid, inode


def _look_up(client: Address, server: Address, *, table: Path = _TABLE) -> tuple[int, int]:
    pair = [_hexadecimal(client), _hexadecimal(server)]
    for line in table.read_text().splitlines():
        fields = line.split()
        if fields[1:3] == pair:
            return int(fields[_UID_FIELD]), int(fields[_INODE_FIELD])
    return 0, 0


def _hexadecimal(address: Address) -> str:
    """Return an address in the format of the kernel's table.

    Examples
    --------
    >>> _hexadecimal(("127.0.0.1", 4566))
    '0100007F:11D6'
    """
    (number,) = struct.unpack("=I", socket.inet_aton(address[0]))
    return f"{number:08X}:{address[1]:04X}"


def _has_open(pid: int, target: str) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)  # noqa: PTH208 - called for each connection
    except OSError:  # it has ended
        return False
    return any(_link(f"{folder}/{name}") == target for name in names)


def _link(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115 - called for each connection
    except OSError:  # closed meanwhile
        return ""


def _has_connection(pid: int, address: Address) -> bool:
    try:
        connections = psutil.Process(pid).net_connections("tcp4")
    except psutil.Error:
        return False
    return any(connection.laddr == address for connection in connections)
