"""The state folder, which only its user may read: it holds tokens, code and traces."""

import os
from pathlib import Path

from tracing_lab.errors import EmbeddedError

_USER_ONLY = 0o700


def make_private(folder: Path) -> None:
    """Make the folder if it is missing, and shut it for all other users.

    On Windows the folder keeps the access rights of the one that it is in.

    Raises
    ------
    EmbeddedError
        If it cannot be made, or belongs to another user.
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
    """Open a file as `open` does, for the argument ``opener``; a new one is the user's alone."""
    return os.open(path, flags, 0o600)
