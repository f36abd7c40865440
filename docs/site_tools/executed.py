"""Notebooks with outputs, kept until a notebook, the library or a pinned package changes."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .running import execute, fresh_environment

Run = Callable[[Path], NotebookNode]


def run_notebook(path: Path) -> NotebookNode:
    """Run a notebook against an embedded AWS of its own and return it with its outputs."""
    with fresh_environment() as (environment, folder):
        return asyncio.run(execute(path, environment, folder))


def fingerprint(paths: Iterable[Path]) -> str:
    """Return a digest of the files' names and contents, whatever their order.

    Parameters
    ----------
    paths
        The files.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def with_outputs(
    path: Path, cache: Path, *, depends_on: str, run: Run = run_notebook
) -> NotebookNode:
    """Return a notebook with its outputs, from the cache if nothing has changed since its run.

    Parameters
    ----------
    path
        The notebook.
    cache
        Folder of executed notebooks; an outdated copy of this notebook is deleted.
    depends_on
        Fingerprint of what else the outputs depend on.
    run
        Runs a notebook.

    Returns
    -------
    NotebookNode
        The notebook with outputs.
    """
    kept = cache / f"{path.stem}-{depends_on}-{fingerprint([path])}.ipynb"
    if not kept.is_file():
        _keep(_timed(path, run), kept)
    for outdated in set(cache.glob(f"{path.stem}-*.ipynb")) - {kept}:
        outdated.unlink()
    return nbformat.read(kept, as_version=4)


def _timed(path: Path, run: Run) -> NotebookNode:
    begun = time.monotonic()
    notebook = run(path)
    print(f"ran {path.name} in {time.monotonic() - begun:.0f} s", flush=True)
    return notebook


def _keep(notebook: NotebookNode, kept: Path) -> None:
    """Write all or nothing, so that an interrupted build leaves no half of a notebook."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".unfinished")
    nbformat.write(notebook, unfinished)
    unfinished.replace(kept)
