"""Files of installed distributions: what Lambda's Python runtimes lack.

Of Powertools, which is large, only the parts in use are taken. wrapt's C extension is optional and
left out, so nothing in a zip depends on where it was built.
"""

import importlib.metadata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from tracing_lab.config import OPENTELEMETRY
from tracing_lab.errors import PackageError

from .sources import as_text

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "aws-lambda-powertools": (
        "aws_lambda_powertools/*",
        "aws_lambda_powertools/exceptions/**",
        "aws_lambda_powertools/logging/**",
        "aws_lambda_powertools/metrics/**",
        "aws_lambda_powertools/shared/**",
        "aws_lambda_powertools/tracing/**",
        "aws_lambda_powertools/utilities/__init__.py",
        "aws_lambda_powertools/utilities/jmespath_utils/**",
        "aws_lambda_powertools/warnings/**",
    ),
    "aws-xray-sdk": ("aws_xray_sdk/**",),
    "typing_extensions": ("typing_extensions.py",),
    "wrapt": ("wrapt/**",),
}
"""Installed distributions that go into the zips, and which of their files: ``/**`` for a folder
with all below it, ``/*`` for a folder without its own folders."""

_SDK_ONLY = frozenset({"aws-xray-sdk", "wrapt"})
_RUNTIME_SUFFIXES = frozenset({".py", ".json"})
_LICENCE_PREFIXES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")


def vendored(tracer: str) -> dict[str, bytes]:
    """Return the files that zips of a tracer have of `DISTRIBUTIONS`, by their paths in a zip.

    Parameters
    ----------
    tracer
        Its own distributions are left out if it is OpenTelemetry: a layer has them.

    Raises
    ------
    PackageError
        If a distribution is missing or incomplete.
    """
    files: dict[str, bytes] = {}
    for distribution, patterns in DISTRIBUTIONS.items():
        if tracer != OPENTELEMETRY or distribution not in _SDK_ONLY:
            files |= installed_files(distribution, patterns)
    return files


def installed_files(distribution: str, patterns: tuple[str, ...]) -> Mapping[str, bytes]:
    """Return some of a distribution's files, and its licences.

    Parameters
    ----------
    distribution
        Its name.
    patterns
        Which files, as in `DISTRIBUTIONS`.

    Raises
    ------
    PackageError
        If it is not installed, or lacks a file.
    """
    try:
        installed = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        msg = f"{distribution} is not installed, but every function needs it; "
        raise PackageError(msg + _remedy(distribution)) from error
    return _files_of(distribution, installed.read_text("RECORD"), patterns)


@lru_cache(maxsize=2 * len(DISTRIBUTIONS))  # the record has all files' digests
def _files_of(
    distribution: str, _record: str | None, patterns: tuple[str, ...]
) -> Mapping[str, bytes]:
    listed = {str(path): path for path in importlib.metadata.files(distribution) or ()}
    for pattern in patterns:
        if not any(_matches(name, pattern) for name in listed):
            msg = f"{distribution} does not list the file {pattern}; {_remedy(distribution)}"
            raise PackageError(msg)
    wanted = {name: path for name, path in listed.items() if _is_wanted(path, patterns)}
    try:
        return {
            name: as_text(Path(str(path.locate())).read_bytes()) for name, path in wanted.items()
        }
    except OSError as error:
        msg = f"{distribution} is incomplete ({error}); {_remedy(distribution)}"
        raise PackageError(msg) from error


def _remedy(distribution: str) -> str:
    return f"install it again with: python -m pip install --force-reinstall {distribution}"


def _is_wanted(path: importlib.metadata.PackagePath, patterns: tuple[str, ...]) -> bool:
    if path.parts[0].endswith(".dist-info"):
        return path.name.startswith(_LICENCE_PREFIXES)
    name = str(path)
    return path.suffix in _RUNTIME_SUFFIXES and any(_matches(name, each) for each in patterns)


def _matches(name: str, pattern: str) -> bool:
    folder, _, last = pattern.rpartition("/")
    if last == "**":
        return name.startswith(f"{folder}/")
    return name == pattern or (last == "*" and name.rpartition("/")[0] == folder)
