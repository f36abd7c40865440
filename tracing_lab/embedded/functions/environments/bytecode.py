"""Adds bytecode to the Python files of a function: what exists at once, the rest in a process."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .contents import bytecode_of, link

CACHE = "__pycache__"

_COMPILER = Path(__file__).parent / "compiling.py"


@dataclass(frozen=True)
class ToCompile:
    """A Python file without bytecode.

    Parameters
    ----------
    source
        The file.
    shared
        Where the bytecode for all files with its content belongs.
    bytecode
        Where Python looks for it.
    """

    source: str
    shared: str
    bytecode: str


def link_bytecode(sources: Mapping[str, str]) -> list[ToCompile]:
    """Link the bytecode of files, and return the files that have none yet.

    Parameters
    ----------
    sources
        The shared content of each file, as `contents.Contents.place` returned it.
    """
    for folder in {os.path.dirname(path) for path in sources}:
        os.makedirs(os.path.join(folder, CACHE), exist_ok=True)
    files = [
        ToCompile(path, bytecode_of(shared), _bytecode_path(path))
        for path, shared in sources.items()
    ]
    return [file for file in files if not link(file.shared, file.bytecode)]


def start_compiler(files: list[ToCompile], folder: Path) -> "subprocess.Popen[bytes]":
    """Start a process that compiles files and then makes the folders of the bytecode read-only.

    Parameters
    ----------
    files
        Files below `folder`.
    folder
        May be mounted read-only once this has returned.
    """
    command = [sys.executable, "-S", "-I", "-X", "utf8", str(_COMPILER)]
    with tempfile.TemporaryFile() as jobs:
        for file in files:
            source, bytecode = (
                os.path.relpath(path, folder) for path in (file.source, file.bytecode)
            )
            jobs.write(json.dumps([source, file.shared, bytecode]).encode() + b"\n")
        jobs.seek(0)
        return subprocess.Popen(  # noqa: S603 - our own script
            command,
            cwd=folder,
            env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
            stdin=jobs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _bytecode_path(source: str) -> str:
    """Return where Python looks; unlike importlib's function, whatever this process has set."""
    folder, name = os.path.split(source)
    stem = name.rpartition(".")[0]
    return os.path.join(folder, CACHE, f"{stem}.{sys.implementation.cache_tag}.pyc")
