"""Become another program that stays the ancestor of all processes that it starts. Linux.

Run as a script: ``adopt_and_run.py PROGRAM [ARGUMENTS]...``. What was asked of the kernel outlives
the change of program.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    from launcher import adopt_orphans  # type: ignore[import-not-found] # beside this script

    adopt_orphans()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - chosen by the server
