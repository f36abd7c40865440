"""Zips of functions and layers; the same files make the same bytes."""

import io
import zipfile
from collections.abc import Mapping


def zip_of(files: Mapping[str, str], *, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return a zip of files by their path in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text, compression)
    return content.getvalue()


def app_zip(source: str = "def handler(event, context): return 1") -> bytes:
    """Return the zip of a function whose module is ``app``."""
    return zip_of({"app.py": source})
