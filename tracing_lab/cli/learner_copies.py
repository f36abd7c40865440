"""Copy the workshop's notebooks for learners, with the pages that they link to.

They are copied from where the package is installed, so that a learner's folder holds nothing else,
and answers change no file of a repository.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tracing_lab import files
from tracing_lab.errors import WorkshopError

LEARNER_COPIES = "[0-9][0-9]_*.ipynb"
_PAGES = "docs"
_LINK, _COPIED_LINK = b"(../docs/", b"(docs/"
_PAGE = re.compile(rb"\]\((?:docs/)?([\w-]+\.md)[#)]")


def default_notebook_dir(package_dir: Path = Path(__file__).parents[1]) -> Path:
    """Return the folder of the learners' notebooks: the wheel's, or the repository's."""
    bundled = package_dir / "_notebooks"  # their place in a wheel
    return bundled if bundled.is_dir() else package_dir.parent / "notebooks"


def copy_notebooks(
    folder: Path, *, force: bool = False, keep: bool = False, source: Path | None = None
) -> Mapping[Path, str]:
    """Copy the learners' notebooks into a folder, which is created when missing.

    Parameters
    ----------
    folder
        Where the notebooks go.
    force
        Overwrite notebooks that differ, with the answers in them.
    keep
        Leave notebooks that differ as they are, and copy the others.
    source
        Where they come from; left out, `default_notebook_dir`.

    Returns
    -------
    copies
        ``copied``, ``overwritten``, ``kept`` or ``unchanged`` by file.

    Raises
    ------
    WorkshopError
        If a notebook in the folder differs and both `force` and `keep` are off, or if there are no
        notebooks to copy. Nothing is changed then.
    FileError
        If a file cannot be read or written.
    """
    notebooks = source or default_notebook_dir()
    wanted = {folder / name: content for name, content in _notebooks_in(notebooks).items()}
    files.check_folder(folder)
    states = {path: _state(path, content, keep=keep) for path, content in wanted.items()}
    changed = [path.name for path, state in states.items() if state == "overwritten"]
    if changed and not force:
        msg = (
            f"{folder} has a different {', '.join(changed)}: changed, or of another version. "
            "Nothing was copied. Choose another folder, or overwrite with --force (force=True)."
        )
        raise WorkshopError(msg)
    for path, state in states.items():
        if state in {"copied", "overwritten"}:
            files.write_bytes(path, wanted[path])
    _copy_pages(notebooks, folder, wanted.values())
    return states


def _copy_pages(notebooks: Path, folder: Path, texts: Iterable[bytes]) -> None:
    """Copy the pages that notebooks link to; they hold no answers to keep."""
    bundled = notebooks / _PAGES  # their place in a wheel
    pages = bundled if bundled.is_dir() else notebooks.parent / _PAGES
    for name, content in _pages_behind(texts, pages).items():
        files.write_bytes(folder / _PAGES / name, content.replace(b"(../notebooks/", b"(../"))


def _pages_behind(texts: Iterable[bytes], folder: Path) -> dict[str, bytes]:
    """Return the pages of a folder that documents link to, directly or through other pages."""
    pages: dict[str, bytes] = {}
    waiting = {name for text in texts for name in _names_of_pages(text)}
    while waiting:
        name = waiting.pop()
        pages[name] = files.read_bytes(folder / name, remedy="Install the package again")
        waiting |= _names_of_pages(pages[name]) - set(pages)
    return pages


def _names_of_pages(text: bytes) -> set[str]:
    return {name.decode() for name in _PAGE.findall(text)}


def _notebooks_in(source: Path) -> dict[str, bytes]:
    remedy = "Install the package again"
    paths = sorted(source.glob(LEARNER_COPIES))
    if not paths:
        msg = f"There are no notebooks in {source}. {remedy}, or name their folder."
        raise WorkshopError(msg)
    contents = {path.name: files.read_bytes(path, remedy=remedy) for path in paths}
    return {name: content.replace(_LINK, _COPIED_LINK) for name, content in contents.items()}


def _state(path: Path, content: bytes, *, keep: bool) -> str:
    if not path.exists():
        return "copied"
    if files.read_bytes(path, remedy="Choose another folder") == content:
        return "unchanged"
    return "kept" if keep else "overwritten"
