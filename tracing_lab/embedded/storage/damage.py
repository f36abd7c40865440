"""Sets state files aside that cannot be read: they are logged and never deleted.

A damaged file is renamed to ``<name>.damaged-<time>`` and stays until the user deletes it or resets
the embedded AWS; the readable part is in the file that replaces it.
"""

import logging
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

_LOGGER = logging.getLogger(__name__)
_MARK = ".damaged-"
_FOLDERS = ("", "*/", "*/xray/", "*/functions/", "*/tables/", "buckets/*/")
_SQLITE_SIDES = ("-wal", "-shm", "-journal")


def set_aside(path: Path, missing: str) -> Path:
    """Rename a file that cannot be read, and SQLite's files beside it; return its new name.

    Parameters
    ----------
    path
        The file.
    missing
        What cannot be read, for the log.
    """
    aside = _free_name(path)
    path.replace(aside)
    for side in _SQLITE_SIDES:
        beside = path.with_name(path.name + side)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + side))
    _warn(path, missing, aside)
    return aside


def keep_copy(path: Path, missing: str) -> None:
    """Copy a file that can be read in part, before it is rewritten.

    Parameters
    ----------
    path
        The file.
    missing
        What cannot be read, for the log.
    """
    aside = _free_name(path)
    try:
        shutil.copy2(path, aside)
    except OSError as error:
        _LOGGER.error("%s is damaged: %s; no copy could be kept: %s", path, missing, error)  # noqa: TRY400 - the trace would say nothing more
    else:
        _warn(path, missing, aside)


def damaged_files(state_dir: Path) -> list[str]:
    """Return the files that were set aside, relative to the state folder."""
    return sorted(path.relative_to(state_dir).as_posix() for path in _damaged(state_dir))


def forget_damaged(state_dir: Path) -> None:
    """Delete the files that were set aside."""
    for path in list(_damaged(state_dir)):
        path.unlink(missing_ok=True)


def _damaged(state_dir: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from state_dir.glob(f"{folder}*{_MARK}*")


def _free_name(path: Path) -> Path:
    stamp, number = time.strftime("%Y%m%dT%H%M%S", time.gmtime()), 0
    aside = path.with_name(f"{path.name}{_MARK}{stamp}")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}{_MARK}{stamp}-{number}")
    return aside


def _warn(path: Path, missing: str, aside: Path) -> None:
    _LOGGER.warning(
        "%s is damaged: %s cannot be read; the file is kept as %s", path, missing, aside
    )
