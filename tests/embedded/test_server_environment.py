"""The server's variables: nothing of the user's, and an allocator that gives memory back."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tracing_lab.embedded.server_environment import CLEANED, server_environment

USERS = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_PROFILE": "missing",
    "GITHUB_TOKEN": "a-secret",
    "PATH": "/usr/bin",
}

# Threads that work at the same time get an arena each, unless glibc is told otherwise.
COUNT_ARENAS = """
import ctypes, threading
barrier = threading.Barrier(4)
def work():
    barrier.wait()
    kept = [bytes(2000) for _ in range(1000)]
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL("libc.so.6")
libc.fdopen.restype = ctypes.c_void_p
out = libc.fdopen(1, b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fflush(ctypes.c_void_p(out))
"""


def test_nothing_of_the_users_is_kept_but_what_an_interpreter_needs() -> None:
    variables = server_environment(USERS)
    assert variables["PATH"] == "/usr/bin"
    assert variables["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert not {"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "GITHUB_TOKEN"} & variables.keys()


def test_a_cleaned_environment_stays_as_it_is() -> None:
    once = server_environment(USERS)
    assert once[CLEANED]
    assert server_environment(once) == once


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
def test_memory_that_a_thread_frees_can_be_used_by_all() -> None:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    assert arenas(plain) > 1
    assert arenas(server_environment(os.environ)) == 1


def arenas(variables: Mapping[str, str]) -> int:
    command = [sys.executable, "-c", COUNT_ARENAS]
    done = subprocess.run(command, env=dict(variables), capture_output=True, check=True)
    return done.stdout.count(b"<heap nr=")
