"""Reads deployment packages in zip files."""

import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

_WRITABLE = 0o600
_USUAL_MODE = 0o644
_ILLEGAL_ON_WINDOWS = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


@dataclass(frozen=True)
class ZippedFile:
    """One file or folder of a zip.

    Parameters
    ----------
    path
        Path within the target folder, never outside of it.
    content
        Its bytes; None for a folder.
    mode
        Its permissions.
    """

    path: str
    content: bytes | None = field(repr=False)
    mode: int = _USUAL_MODE


def unzipped_bytes(archive: bytes) -> int:
    """Return the size of a zip file's content, which is at most what its headers say.

    Raises
    ------
    zipfile.BadZipFile
        It is not a zip file.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as content:
        return sum(member.file_size for member in content.infolist())


def zipped_files(archive: bytes) -> Iterator[ZippedFile]:
    """Yield the files of a zip file; links become files with the target path.

    Raises
    ------
    zipfile.BadZipFile
        It is not a zip file.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as unpacking:
        for member in unpacking.infolist():
            mode = member.external_attr >> 16 & 0o777
            yield ZippedFile(
                inner_path(member.filename),
                None if member.is_dir() else unpacking.read(member),
                mode | _WRITABLE if mode else _USUAL_MODE,
            )


def inner_path(name: str) -> str:
    """Return a name in a zip file as a relative path without parts that leave the folder.

    Parameters
    ----------
    name
        The name in the zip file, with slashes.

    Examples
    --------
    >>> inner_path("/package/../../etc/passwd")
    'package/etc/passwd'
    """
    if os.name == "nt":
        name = name.replace("\\", "/").translate(_ILLEGAL_ON_WINDOWS)
    return "/".join(part for part in name.split("/") if part not in {"", ".", ".."})
