"""Which processes descend from a process."""

import os
import subprocess
import sys

from tracing_lab.embedded.http.process_tree import descendants

STARTS_ANOTHER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"])
print(child.pid, flush=True)
child.wait()
"""


def test_children_and_their_children_are_descendants_until_they_end() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", STARTS_ANOTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    found = descendants(os.getpid())
    assert found.index(child.pid) < found.index(grandchild)
    child.communicate()
    assert not {child.pid, grandchild} & {*descendants(os.getpid())}
    assert descendants(child.pid) == []
