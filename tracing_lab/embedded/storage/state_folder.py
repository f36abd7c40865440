"""Creates the state folder, readable by its user only: it holds tokens, code and traces."""

import os
from pathlib import Path

from tracing_lab.errors import EmbeddedError

_USER_ONLY = 0o700


def make_private(folder: Path) -> None:
    """Create the folder if it is missing, and deny access to all other users.

    On Windows the folder inherits the access rights of its parent.

    Raises
    ------
    EmbeddedError
        If it cannot be created, or belongs to another user.
    """
    try:
        folder.mkdir(mode=_USER_ONLY, parents=True, exist_ok=True)
        folder.chmod(_USER_ONLY)
    except OSError as error:
        msg = (
            f"The state folder {folder} cannot be used: {error.strerror}. Choose a folder of your "
            "own with TRACING_LAB_EMBEDDED_STATE_DIR or Config(embedded_state_dir=...)"
        )
        raise EmbeddedError(msg) from error


def open_private(path: str, flags: int) -> int:
    """Open a file, as argument ``opener`` of `open`; a new one is readable by its user only."""
    return os.open(path, flags, 0o600)
