"""The server's program."""

from tracing_lab.embedded.__main__ import listening_socket


def test_a_port_belongs_to_one_server_from_the_moment_it_has_it() -> None:
    first = listening_socket(0)
    assert first is not None
    with first:
        assert listening_socket(first.getsockname()[1]) is None
