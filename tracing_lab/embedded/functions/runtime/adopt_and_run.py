"""Replaces this process by a program that adopts orphans and has its own ``/tmp``. Linux.

Run as a script: ``adopt_and_run.py PROGRAM [ARGUMENTS]...``. The kernel's settings outlive the
change of program.
"""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    from launcher import adopt_orphans, own_tmp  # type: ignore[import-not-found] # beside it

    own_tmp()
    adopt_orphans()
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - chosen by the server
