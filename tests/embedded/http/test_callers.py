"""Functions' calls are told from the user's by the process that holds the connection."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tracing_lab.embedded.http.callers import (
    UNKNOWN_FUNCTION,
    Callers,
    FunctionProcess,
    OncePerConnection,
)
from tracing_lab.embedded.http.peers import Peer, is_held_still, peer_of
from tracing_lab.embedded.http.process_tree import descendants

HANDS_OVER = """
import os, socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
sys.stdin.readline()
if os.fork():
    connection.close()
    print("handed over", flush=True)
    os.wait()
sys.stdin.read()
"""
CLIENT = """
import os, socket, sys
connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
if sys.argv[2] == "child" and os.fork():
    connection.close()
    os.wait()
sys.stdin.read()
"""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def client(server: socket.socket, who: str) -> "subprocess.Popen[bytes]":
    port = str(server.getsockname()[1])
    command = [sys.executable, "-S", "-I", "-c", CLIENT, port, who]
    return subprocess.Popen(command, stdin=subprocess.PIPE)


def accepted(server: socket.socket) -> tuple[socket.socket, Peer]:
    connection, address = server.accept()
    return connection, peer_of(address, connection.getsockname())


@pytest.mark.parametrize("who", ["itself", "child"])
def test_a_connection_belongs_to_the_environment_whose_process_has_it(
    listening: socket.socket, who: str
) -> None:
    if who == "child" and not hasattr(os, "fork"):
        pytest.skip("no fork")
    with client(listening, who) as process:
        connection, peer = accepted(listening)
        mine = FunctionProcess(process.pid, "mine", "k")
        other = FunctionProcess(os.getppid(), "other", "o")
        with connection:
            assert Callers(lambda: [mine]).function_of(peer) is mine
            assert Callers(list).function_of(peer) is UNKNOWN_FUNCTION  # started by this process
            assert Callers(lambda: [other, mine]).function_of(peer) in {mine, other}
        process.communicate(b"")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_handing_a_connection_to_a_new_child_while_it_is_looked_for_does_not_make_it_the_users(
    listening: socket.socket,
) -> None:
    port = str(listening.getsockname()[1])
    command = [sys.executable, "-S", "-I", "-c", HANDS_OVER, port]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        told_to, heard = process.stdin, process.stdout
        assert told_to is not None
        assert heard is not None
        connection, peer = accepted(listening)
        told: list[str] = []

        def listed(pid: int) -> list[int]:
            pids = descendants(pid)
            if not told:  # the list is out of date as soon as it is made
                told_to.write("now\n")
                told.append(heard.readline())
            return pids

        with connection:
            assert Callers(list, listed).function_of(peer) is UNKNOWN_FUNCTION
        told_to.close()
    assert told == ["handed over\n"]


def test_the_users_own_connection_is_no_functions(listening: socket.socket) -> None:
    with socket.create_connection(listening.getsockname()):
        connection, peer = accepted(listening)
        with connection:
            assert Callers(list).function_of(peer) is None
    assert Callers(list).function_of(None) is None


def test_the_user_is_known_although_environments_start_and_end_meanwhile(
    listening: socket.socket,
) -> None:
    nobody = 2**30
    lists = iter([[nobody + number, nobody + number + 1] for number in range(50)])
    with socket.create_connection(listening.getsockname()):
        connection, peer = accepted(listening)
        with connection:
            assert Callers(list, lambda _: next(lists, [])).function_of(peer) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_who_has_hung_up_before_anybody_looked_is_not_taken_for_the_user(
    listening: socket.socket,
) -> None:
    client_end = socket.create_connection(listening.getsockname())
    connection, peer = accepted(listening)
    with connection:
        assert is_held_still(peer)
        client_end.close()
        assert not is_held_still(peer)
        assert Callers(list).function_of(peer) is UNKNOWN_FUNCTION


def counted(asked: list[Peer]) -> Callable[[Peer], int]:
    def decide(peer: Peer) -> int:
        asked.append(peer)
        return len(asked)

    return decide


def test_it_is_decided_once_for_each_connection() -> None:
    asked: list[Peer] = []
    decide = OncePerConnection(counted(asked))
    first, second = Peer(("127.0.0.1", 1)), Peer(("127.0.0.1", 1))  # of one port, one after another
    assert [decide(first), decide(first), decide(second), decide(first)] == [1, 1, 2, 1]


def test_old_connections_are_forgotten() -> None:
    asked: list[Peer] = []
    decide = OncePerConnection(counted(asked))
    peers = [Peer(("127.0.0.1", 1)) for _ in range(5000)]
    for peer in peers:
        decide(peer)
    assert decide(peers[-1]) == 5000
    assert decide(peers[0]) == 5001
