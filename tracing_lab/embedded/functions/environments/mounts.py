"""Read-only folders and folders of limited size, by mounting, where this server may do that.

Only root may, on Linux. The server then has a mount namespace of its own, which nobody else sees
and which ends with it and its functions, however they end.

Source: https://man7.org/linux/man-pages/man2/mount.2.html and mount_namespaces.7.html there
"""

import ctypes
import logging
import os
import sys
from pathlib import Path

_LOGGER = logging.getLogger(__name__)

_NEW_NAMESPACE = 0x00020000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _REMOUNT, _BIND = 1, 2, 4, 32, 4096
_RECURSIVE, _PRIVATE = 16384, 1 << 18
_DETACH = 2


class Mounts:
    """Mounts in the server's own namespace; does nothing where there is none.

    Parameters
    ----------
    allowed
        Whether this process is in a namespace of its own, by `enter_private_namespace`.
    """

    def __init__(self, *, allowed: bool = False) -> None:
        self.allowed = allowed

    def make_read_only(self, folder: Path) -> bool:
        """Make a folder read-only, and return whether it is.

        Parameters
        ----------
        folder
            An existing folder.
        """
        flags = _BIND | _REMOUNT | _READ_ONLY | _NO_SUID | _NO_DEVICES
        return self._tried(folder, [(str(folder), "", _BIND, ""), ("", "", flags, "")])

    def limit_size(self, folder: Path, *, size_mb: int) -> bool:
        """Make an empty folder one that holds no more than a size, and return whether it is.

        Parameters
        ----------
        folder
            An existing folder.
        size_mb
            How much it holds.
        """
        options = f"size={size_mb}m,mode=0700"
        return self._tried(folder, [("tmpfs", "tmpfs", _NO_SUID | _NO_DEVICES, options)])

    def release(self, folder: Path) -> None:
        """Undo what was done to a folder, even while it is in use; harmless when nothing was.

        Parameters
        ----------
        folder
            The folder.
        """
        if self.allowed:
            _library().umount2(os.fsencode(folder), _DETACH)

    def _tried(self, folder: Path, mounts: list[tuple[str, str, int, str]]) -> bool:
        if not self.allowed:
            return False
        try:
            for source, kind, flags, options in mounts:
                _mount(source, folder, kind, flags, options)
        except OSError as error:
            _LOGGER.warning("%s: %s; functions are kept apart by file modes only", folder, error)
            self.release(folder)
            return False
        return True


def enter_private_namespace() -> bool:
    """Move this process into a mount namespace of its own, and return whether that worked.

    Only the calling thread moves, and threads and processes that it starts later. So this must be
    called before others are started.
    """
    if sys.platform != "linux":
        return False
    library = _library()
    if library.unshare(_NEW_NAMESPACE):
        return False
    try:
        _mount("none", Path("/"), "", _RECURSIVE | _PRIVATE, "")
    except OSError:  # mounts would be seen outside
        return False
    return True


def _mount(source: str, target: Path, kind: str, flags: int, options: str) -> None:
    arguments = (source.encode(), os.fsencode(target), kind.encode())
    if _library().mount(*arguments, ctypes.c_ulong(flags), options.encode()):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
