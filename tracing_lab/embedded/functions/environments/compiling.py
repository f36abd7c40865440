"""Compile Python files to shared bytecode, and link that to where Python looks for it.

Run as a script beside the server, in the folder of a function's code. Its standard input has a line
for each file: a JSON list of the file, the shared bytecode, and the link to make. The first and the
last are relative to the working directory, which functions may see as read-only by now. Files that
cannot be compiled are left to their import.
"""

import json
import os
import random
import shutil
import sys
from contextlib import suppress
from py_compile import PycInvalidationMode, compile as compile_file

_NICE = 10  # environments that start meanwhile have the processor first
_READ_ONLY_FOLDER = 0o555
_READ_ONLY_FILE = 0o444


def main() -> None:
    """Compile everything, then make the folders with the links read-only."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    jobs = [json.loads(line) for line in sys.stdin]
    random.shuffle(jobs)  # so that compilers of functions with the same files share the work
    for source, shared, bytecode in jobs:
        with suppress(OSError, ValueError, RecursionError, MemoryError):  # its importer will tell
            _compile(source, shared, bytecode)
    for folder in {os.path.dirname(bytecode) for _, _, bytecode in jobs}:
        os.chmod(folder, _READ_ONLY_FOLDER)


def _compile(source: str, shared: str, bytecode: str) -> None:
    if not os.path.exists(shared):
        by_hash = PycInvalidationMode.UNCHECKED_HASH  # and its importer puts its own path in
        compile_file(source, cfile=shared, quiet=2, invalidation_mode=by_hash)
        os.chmod(shared, _READ_ONLY_FILE)
    try:
        os.link(shared, bytecode)
    except OSError:  # too many links, or a file system that has none
        shutil.copyfile(shared, bytecode)


if __name__ == "__main__":
    main()
