"""Read and write files; errors name the file and the remedy."""

import codecs
import gzip
import itertools
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from .errors import FileError, MissingFileError, TraceDataError

_NOT_BLANK: Final = re.compile(r"\S")
_GZIP: Final = b"\x1f\x8b"
_ENCODINGS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks that editors and PowerShell write, and what decodes the text after them."""


def read_bytes(path: str | os.PathLike[str], *, remedy: str) -> bytes:
    """Return the content of a file.

    Parameters
    ----------
    path
        The file.
    remedy
        What to do when it cannot be read, a sentence without its full stop.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    with reading(path, remedy=remedy):
        return Path(path).read_bytes()


def read_json(path: str | os.PathLike[str], *, remedy: str, hint: str) -> list[Any]:
    """Return the JSON documents in a file: usually one, or several after each other.

    Parameters
    ----------
    path
        A file of JSON or of JSON lines, perhaps compressed by gzip, perhaps with a byte order mark.
    remedy
        What to do when it cannot be read, a sentence without its full stop.
    hint
        Sentences that say what to do when it is not JSON.

    Returns
    -------
    documents
        At least one.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If it is not JSON, or empty.
    """
    return json_documents(read_content(path, remedy=remedy, hint=hint), path, hint=hint)


def read_content(path: str | os.PathLike[str], *, remedy: str, hint: str) -> bytes:
    """Return the content of a file, without its compression by gzip.

    Parameters
    ----------
    path
        The file.
    remedy
        What to do when it cannot be read, a sentence without its full stop.
    hint
        Sentences that say what to do when it cannot be decompressed.

    Returns
    -------
    bytes
        The content.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If it is compressed and cut off or damaged.
    """
    content = read_bytes(path, remedy=remedy)
    try:
        return gzip.decompress(content) if content.startswith(_GZIP) else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        msg = f"{path} is not JSON ({error}). {hint}"
        raise TraceDataError(msg) from error


def json_documents(content: bytes, path: str | os.PathLike[str], *, hint: str) -> list[Any]:
    """Return the JSON documents in the content of a file.

    Parameters
    ----------
    content
        One document, or several after each other.
    path
        The file, for messages.
    hint
        Sentences that say what to do when it is not JSON.

    Returns
    -------
    documents
        At least one.

    Raises
    ------
    TraceDataError
        If it is not JSON, or empty.
    """
    try:
        documents = _documents(content)
    except (RecursionError, ValueError) as error:
        msg = f"{path} is not JSON ({error}). {hint}"
        raise TraceDataError(msg) from error
    if not documents:
        msg = f"{path} is empty. {hint}"
        raise TraceDataError(msg)
    return documents


def _documents(content: bytes) -> list[Any]:
    mark = next((mark for mark in _ENCODINGS if content.startswith(mark)), None)
    try:
        return [orjson.loads(content)] if mark is None else [*_parsed(content, _ENCODINGS[mark])]
    except orjson.JSONDecodeError:
        return [*_parsed(content, "utf-8")]  # several documents, or a better error message


def _parsed(content: bytes, encoding: str) -> Iterator[Any]:
    decoder, text, at = json.JSONDecoder(), content.decode(encoding), 0
    while start := _NOT_BLANK.search(text, at):
        document, at = decoder.raw_decode(text, start.start())
        yield document


@contextmanager
def reading(path: str | os.PathLike[str], *, remedy: str) -> Iterator[None]:
    """Raise a FileError where the block raises an error of the operating system.

    Parameters
    ----------
    path
        The file that the block reads.
    remedy
        What to do when it cannot be read, a sentence without its full stop.

    Raises
    ------
    FileError
        If it cannot be read.
    """
    try:
        yield
    except OSError as error:
        kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
        msg = f"{path} cannot be read: {_reason(error)}. {remedy}."
        raise kind(msg) from error


def write_bytes(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file atomically; create its folder when missing.

    Parameters
    ----------
    path
        The file.
    content
        What to write.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(content)
            draft.replace(target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(target, _reason(error)) from error
    return target


def partial_path(path: str | os.PathLike[str]) -> Path:
    """Return the path for a part of what should have been in a file.

    Parameters
    ----------
    path
        Where the whole should have been written.

    Returns
    -------
    Path
        The same, as long as there is no file that would be lost; otherwise the first free name
        beside it: ``traces.partial.json``, ``traces.partial-2.json``, and so on.

    Examples
    --------
    >>> partial_path("no-such-folder/traces.json").name
    'traces.json'
    """
    whole = Path(path)
    numbered = (whole.with_suffix(f".partial-{n}{whole.suffix}") for n in itertools.count(2))
    names = itertools.chain([whole, whole.with_suffix(f".partial{whole.suffix}")], numbered)
    return next(name for name in names if not name.exists())


def check_file(path: str | os.PathLike[str]) -> None:
    """Raise a FileError if a file cannot be written; nothing is changed.

    For commands that take long before they write. A later write can still fail.

    Parameters
    ----------
    path
        The file, which may exist.
    """
    target = Path(path)
    if target.is_dir():
        raise _unwritable(target, "it is a folder")
    _check_writable(target, target.parent)


def check_folder(path: str | os.PathLike[str]) -> None:
    """Raise a FileError if files cannot be written into a folder; nothing is changed.

    Parameters
    ----------
    path
        The folder, which may be missing.
    """
    _check_writable(Path(path), Path(path))


def _check_writable(target: Path, folder: Path) -> None:
    """Check the nearest folder that exists: the missing ones would be made in it."""
    near = next(p for p in (folder, *folder.absolute().parents) if os.path.lexists(p))
    if not near.is_dir():
        raise _unwritable(target, f"{near} is not a folder")
    if not os.access(near, os.W_OK | os.X_OK):
        raise _unwritable(target, f"{near} is read-only or belongs to another user")


def _unwritable(target: Path, reason: str) -> FileError:
    return FileError(f"{target} cannot be written: {reason}. Choose another place.")


def _reason(error: OSError) -> str:
    """Return what went wrong in one line, without the path that the message names anyway."""
    return error.strerror or " ".join(str(error).split())
