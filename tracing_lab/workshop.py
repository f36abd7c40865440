"""The workshop's notebooks, as learners get them, copied from where the package is installed."""

from collections.abc import Mapping
from pathlib import Path

from . import _files
from .errors import WorkshopError

LEARNER_COPIES = "[0-9][0-9]_*.ipynb"


def default_notebook_dir(package_dir: Path = Path(__file__).parent) -> Path:
    """Return the folder of the learners' notebooks: the wheel's, or the repository's.

    Parameters
    ----------
    package_dir
        Where this package is.

    Returns
    -------
    Path
        The folder.
    """
    bundled = package_dir / "_notebooks"  # where a wheel has them
    return bundled if bundled.is_dir() else package_dir.parent / "notebooks"


def copy_notebooks(
    folder: Path, *, force: bool = False, source: Path | None = None
) -> Mapping[Path, str]:
    """Copy the learners' notebooks into a folder, which is made when missing.

    Parameters
    ----------
    folder
        Where the notebooks go.
    force
        Overwrite notebooks that differ, with the answers in them.
    source
        Where they come from; left out, `default_notebook_dir`.

    Returns
    -------
    copies
        ``copied``, ``overwritten`` or ``unchanged`` by file.

    Raises
    ------
    WorkshopError
        If a notebook in the folder differs and `force` is off, or if there are no notebooks to
        copy. Nothing is changed then.
    FileError
        If a file cannot be read or written.
    """
    wanted = _notebooks_in(source or default_notebook_dir())
    _files.check_folder(folder)
    states = {folder / name: _state(folder / name, content) for name, content in wanted.items()}
    changed = [path.name for path, state in states.items() if state == "overwritten"]
    if changed and not force:
        msg = (
            f"{folder} has a different {', '.join(changed)}: changed, or of another version. "
            "Nothing was copied. Choose another folder, or overwrite with --force (force=True)."
        )
        raise WorkshopError(msg)
    for path, state in states.items():
        if state != "unchanged":
            _files.write_bytes(path, wanted[path.name])
    return states


def _notebooks_in(source: Path) -> dict[str, bytes]:
    remedy = "Install the package again"
    paths = sorted(source.glob(LEARNER_COPIES))
    if not paths:
        msg = f"There are no notebooks in {source}. {remedy}, or name their folder."
        raise WorkshopError(msg)
    return {path.name: _files.read_bytes(path, remedy=remedy) for path in paths}


def _state(path: Path, content: bytes) -> str:
    if not path.exists():
        return "copied"
    there = _files.read_bytes(path, remedy="Choose another folder")
    return "unchanged" if there == content else "overwritten"
