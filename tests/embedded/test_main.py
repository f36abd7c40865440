"""The server's program."""

import subprocess
import sys

import pytest

from tracing_lab.embedded.__main__ import listening_socket


def test_a_port_belongs_to_one_server_from_the_moment_it_has_it() -> None:
    first = listening_socket(0)
    assert first is not None
    with first:
        assert listening_socket(first.getsockname()[1]) is None


@pytest.mark.parametrize("count, message", [("0", "must be at least 1"), ("many", "many")])
def test_parallel_starts_are_a_count(count: str, message: str) -> None:
    command = [sys.executable, "-m", "tracing_lab.embedded", "--parallel-starts", count]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
