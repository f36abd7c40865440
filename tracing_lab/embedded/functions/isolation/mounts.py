"""Read-only folders and folders of limited size, by mounting, where this server may do that.

Only root may do that, on Linux. The server then has a mount namespace of its own, which no other
process sees and which ends with it and its functions, however they end.

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
_TMP = Path("/tmp")  # noqa: S108 - the folder of that name on Lambda


class Mounts:
    """Mounts folders in the server's own namespace; does nothing where there is none.

    Parameters
    ----------
    allowed
        Whether this process is in a namespace of its own, by `enter_private_namespace`.
    """

    def __init__(self, *, allowed: bool = False) -> None:
        self.allowed = allowed

    def make_read_only(self, folder: Path) -> bool:
        """Make a folder read-only, and return whether it is."""
        flags = _BIND | _REMOUNT | _READ_ONLY | _NO_SUID | _NO_DEVICES
        return self._mounted(folder, [(str(folder), "", _BIND, ""), ("", "", flags, "")])

    def limit_size(self, folder: Path, *, size_mb: int) -> bool:
        """Limit how much an empty folder can hold, and return whether it is limited."""
        options = f"size={size_mb}m,mode=0700"
        return self._mounted(folder, [("tmpfs", "tmpfs", _NO_SUID | _NO_DEVICES, options)])

    def can_replace_tmp(self, *needed: Path) -> bool:
        """Return whether a function's process may have its own folder in place of ``/tmp``.

        Not where it needs something in this machine's ``/tmp``, which it would no longer see.

        Parameters
        ----------
        needed
            What the process reads: its code, its interpreter, this package.
        """
        return self.allowed and not any(path.is_relative_to(_TMP) for path in needed)

    def release(self, folder: Path) -> None:
        """Undo the mount of a folder, even while it is in use; do nothing if there is none."""
        if self.allowed:
            _library().umount2(os.fsencode(folder), _DETACH)

    def _mounted(self, folder: Path, mounts: list[tuple[str, str, int, str]]) -> bool:
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
