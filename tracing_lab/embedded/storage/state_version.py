"""The format version of the state folder, checked so that no release misreads another's files."""

import json
from pathlib import Path

import tracing_lab
from tracing_lab.errors import EmbeddedError

from .append_log import read_log, record
from .damage import set_aside
from .state_folder import open_private

FORMAT = 3
"""The format that this version writes. Raise it when the version before could not read the new one.

1: SQLite files and lines of JSON (development versions of 0.1.0), without a version file.
2: files of records with checksums.
3: items of tables and objects of buckets in files of their own, no longer as journaled calls; calls
   with their time.
"""

OLDEST_FORMAT = 1
"""The oldest format that this version reads; its files are converted as they are opened."""

FILE_NAME = "state.version"


def check_state_version(folder: Path) -> None:
    """Raise if tracing_lab wrote the folder in a format that this version does not know.

    Only reads: the folder stays as it is. A folder without a version file is of the oldest format,
    or new.

    Raises
    ------
    EmbeddedError
        The format is newer than what this version writes, or older than what it reads.
    """
    stored = _read(folder / FILE_NAME)
    if stored is not None and not OLDEST_FORMAT <= stored[0] <= FORMAT:
        raise EmbeddedError(_message(folder, *stored))


def claim_state_version(folder: Path) -> None:
    """Check the folder as `check_state_version` does, and record that it has this format now.

    A version file that is damaged is set aside, as any damaged file of the folder.
    """
    check_state_version(folder)
    path = folder / FILE_NAME
    stored = _read(path)
    if stored is None and path.exists():
        set_aside(path, "the format of the state folder")
    if stored is None or stored[0] != FORMAT:
        _write(path)


def _read(path: Path) -> tuple[int, str] | None:
    """Return the format and the version that wrote it; None if there is no whole version file."""
    bodies, damaged = read_log(path)
    if damaged or not bodies:
        return None
    content = json.loads(bodies[-1])
    return content["format"], content["written_by"]


def _write(path: Path) -> None:
    content = {"format": FORMAT, "written_by": tracing_lab.__version__}
    temporary = path.with_suffix(".tmp")
    with open(temporary, "wb", opener=open_private) as file:
        file.write(record(json.dumps(content).encode()))
    temporary.replace(path)


def _message(folder: Path, number: int, writer: str) -> str:
    remedy = "Install that version or a later one" if number > FORMAT else "Install that version"
    return (
        f"The state folder {folder} is in format {number}, written by tracing_lab {writer}; this "
        f"is tracing_lab {tracing_lab.__version__}, which reads the formats {OLDEST_FORMAT} to "
        f"{FORMAT}. Nothing in the folder was changed. {remedy} to go on with it, choose another "
        "folder with TRACING_LAB_EMBEDDED_STATE_DIR or Config(embedded_state_dir=...), or delete "
        "the folder to begin with an empty one"
    )
