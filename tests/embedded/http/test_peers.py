"""Who is at the other end of a connection."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tracing_lab.embedded.http import peers
from tracing_lab.embedded.http.peers import Peer, is_held_by, peer_of
from tracing_lab.embedded.http.process_tree import descendants

Pair = tuple[socket.socket, socket.socket]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
CONNECT = "import socket, sys; s = socket.create_connection(('127.0.0.1', {port})); {then}"
WAIT = "print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Client and server end of a connection within this process."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        accepted, _ = listening.accept()
        with accepted:
            yield client, accepted


@linux
def test_a_socket_of_ones_own(pair: Pair) -> None:
    client, server = pair
    peer = peer_of(client.getsockname(), server.getsockname())
    assert peer.uid == os.getuid()
    assert peer.inode == os.fstat(client.fileno()).st_ino
    assert is_held_by(peer, [os.getpid()])
    assert not is_held_by(peer, [os.getppid()])


@linux
def test_the_table_says_the_same_as_the_kernel(pair: Pair) -> None:
    ends = pair[0].getsockname(), pair[1].getsockname()
    assert peers._look_up(*ends) == peers._ask_kernel(*ends)


@linux
def test_a_closed_socket_has_no_owner(pair: Pair) -> None:
    client, server = pair
    ends = client.getsockname(), server.getsockname()
    client.close()
    peer = peer_of(*ends)
    assert peer.is_gone
    assert peer.uid is None
    assert not is_held_by(peer, [os.getpid()])


@linux
def test_a_socket_that_never_was(tmp_path: Path) -> None:
    assert peer_of(("127.0.0.1", 1), ("127.0.0.1", 2)).is_gone
    (tmp_path / "tcp").write_text("  sl  local_address rem_address\n")
    table = tmp_path / "tcp"
    assert peers._look_up(("127.0.0.1", 1), ("127.0.0.1", 2), table=table) == (0, 0)


def test_systems_that_tell_nothing_but_connections(pair: Pair) -> None:
    unknown = Peer(pair[0].getsockname())
    assert is_held_by(unknown, [os.getpid()])
    assert not is_held_by(Peer(("127.0.0.1", 1)), [os.getpid()])
    assert not unknown.is_gone


def test_a_grandchild_is_a_descendant_and_holds_its_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        inner = CONNECT.format(port=port, then=WAIT)
        outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
        with subprocess.Popen(
            [sys.executable, "-c", outer], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            accepted, address = listening.accept()
            peer = peer_of(address, accepted.getsockname())
            family = descendants(child.pid)
            assert len(family) == 1
            assert set(family) < set(descendants(os.getpid()))
            assert is_held_by(peer, family)
            assert not is_held_by(peer, [child.pid])
            accepted.close()
    assert descendants(child.pid) == []


def test_the_tree_is_the_one_that_psutil_finds() -> None:
    with subprocess.Popen([sys.executable, "-c", WAIT], stdin=subprocess.PIPE) as child:
        expected = [one.pid for one in psutil.Process().children(recursive=True)]
        assert child.pid in expected
        assert sorted(descendants(os.getpid())) == sorted(expected)
