"""Deployment packages as zip files."""

import io
import os
import zipfile
from pathlib import Path


def unzipped_bytes(archive: bytes) -> int:
    """Return how large the content of a zip file is, which cannot be more than its headers say.

    Parameters
    ----------
    archive
        The zip file.

    Raises
    ------
    zipfile.BadZipFile
        It is none.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        return sum(member.file_size for member in content.infolist())


def extract(archive: bytes, folder: Path) -> None:
    """Unpack a zip file; names that lead out of the folder, and links, are made harmless.

    Parameters
    ----------
    archive
        The zip file.
    folder
        Where to.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacking:
        for member in unpacking.infolist():
            path = unpacking.extract(member, folder)
            mode = member.external_attr >> 16 & 0o777
            if mode and not member.is_dir():
                os.chmod(path, mode | 0o600)  # noqa: PTH101 - extract gives a str
