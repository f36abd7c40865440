"""Compile the Python files under the working directory. Run as a script beside the server.

``compiling.py FOLDER``: the folder's name as functions see it, which may be read-only by now while
this process still reaches the same files through its working directory. Files that cannot be
compiled are left to whoever imports them.
"""

import os
import sys
from contextlib import suppress
from importlib.util import cache_from_source
from py_compile import PycInvalidationMode, compile as compile_file

_NICE = 10  # environments that start meanwhile have the processor first
_CACHE = "__pycache__"
_READ_ONLY = 0o555


def main(seen_as: str) -> None:
    """Compile everything, and close each folder of compiled files when it is complete.

    Parameters
    ----------
    seen_as
        The folder's path as functions see it.
    """
    if hasattr(os, "nice"):
        os.nice(_NICE)
    for folder, _, names in os.walk("."):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(folder, name)  # noqa: PTH118 - relative to the working directory
                _compile(path, seen_as)
        if os.path.basename(folder) == _CACHE:  # noqa: PTH119 - see above
            continue
        cache = os.path.join(folder, _CACHE)  # noqa: PTH118 - see above
        if os.path.isdir(cache):  # noqa: PTH112 - see above
            os.chmod(cache, _READ_ONLY)  # noqa: PTH101 - see above


def _compile(path: str, seen_as: str) -> None:
    shown = os.path.normpath(os.path.join(seen_as, path))  # noqa: PTH118 - relative, see above
    with suppress(OSError, ValueError, RecursionError, MemoryError):  # its importer will tell
        compile_file(
            path,
            cfile=cache_from_source(path),
            dfile=shown,
            quiet=2,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )


if __name__ == "__main__":
    main(sys.argv[1])
