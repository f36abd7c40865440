"""Unpacks deployment packages and layers, each content once."""

import hashlib
import io
import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Sequence
from pathlib import Path


class CodeStore:
    """Folders with unpacked code, named by the content of the archives.

    They are kept, bytecode included, so the next cold start of the same code is faster. Safe to
    use from several threads.

    Parameters
    ----------
    folder
        Where the unpacked code goes; made when needed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def unpacked(self, archives: Sequence[bytes]) -> Path:
        """Give the folder with these archives' content, later ones over earlier ones.

        Parameters
        ----------
        archives
            Zip files.

        Raises
        ------
        zipfile.BadZipFile
            One of them is not a zip file.
        """
        digest = hashlib.sha256()
        for archive in archives:
            digest.update(hashlib.sha256(archive).digest())
        folder = self._folder / digest.hexdigest()[:32]
        with self._lock:
            if not folder.exists():
                self._unpack(archives, folder)
        return folder

    def _unpack(self, archives: Sequence[bytes], folder: Path) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=self._folder, prefix="unpacking-"))
        try:
            for archive in archives:
                _extract(archive, partial)
            partial.replace(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _extract(archive: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacking:
        for member in unpacking.infolist():
            path = unpacking.extract(member, folder)
            mode = member.external_attr >> 16 & 0o777
            if mode and not member.is_dir():
                os.chmod(path, mode | 0o600)  # noqa: PTH101 - extract gives a str
