"""Zips whose bytes depend on the files in them only.

The order of the files, their time stamps and permissions, and the named system are fixed. Files are
stored, not compressed: zlib's output differs between its implementations.
"""

import base64
import hashlib
import io
import zipfile
from collections.abc import Collection, Mapping

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can store
_UNIX = 3  # Lambda's system; it gives the permissions below their meaning
_FILE_0644, _PROGRAM_0755 = 0o100644 << 16, 0o100755 << 16


def zip_bytes(files: Mapping[str, bytes], *, programs: Collection[str] = ()) -> bytes:
    r"""Return files as a zip whose bytes depend only on them.

    Parameters
    ----------
    files
        Contents by path inside the zip, in any order.
    programs
        Which of them can be executed.

    Examples
    --------
    >>> zip_bytes({"a.py": b"1\n", "b.py": b""}) == zip_bytes({"b.py": b"", "a.py": b"1\n"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(path, _EPOCH)
            info.create_system = _UNIX
            info.external_attr = _PROGRAM_0755 if path in programs else _FILE_0644
            archive.writestr(info, files[path])
    return buffer.getvalue()


def code_sha256(data: bytes) -> str:
    """Return a zip's digest the way Lambda reports it.

    Parameters
    ----------
    data
        The zip.

    Returns
    -------
    str
        The SHA-256 digest in base64.

    Examples
    --------
    >>> code_sha256(b"")
    '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
