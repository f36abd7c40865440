"""Deployment zips of the four Lambda functions: same input, same bytes, on any platform.

A zip holds the function's module, the packages that the services share, and what Lambda's Python
runtimes lack: Python files of the X-Ray SDK, of Powertools and of what these require, as they are
installed here. Of Powertools, which is large, only the parts in use are in it. wrapt's C extension
is optional and left out, so nothing in a zip depends on where it was built.

The bytes are reproducible because everything that could differ is fixed: the order of the files,
their time stamps, permissions and line ends, and the system named as creator. Files are stored,
not compressed: zlib's output differs between its implementations, and a zip stays below 1 MB.
"""

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from .errors import PackageError

SERVICES = ("order", "payment", "inventory", "notification")
"""The functions that can be built."""

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
"""Installed distributions that go into each zip, and which of their files: ``/**`` for a folder
with all below it, ``/*`` for a folder without its own folders."""

_HANDLER_SUFFIX = "_service.py"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_UNIX = 3  # Lambda's system; it gives the permissions below their meaning
_REGULAR_FILE_0644 = 0o100644 << 16
_RUNTIME_SUFFIXES = frozenset({".py", ".json"})
_LICENCE_PREFIXES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")


@dataclass(frozen=True, kw_only=True)
class DeploymentPackage:
    """A zip that Lambda's CreateFunction and UpdateFunctionCode take.

    Parameters
    ----------
    service
        The service it runs.
    data
        The zip's bytes.
    sha256_base64
        Its digest, as Lambda reports it in ``CodeSha256``.
    handler
        Module and function that Lambda calls.
    """

    service: str
    data: bytes = field(repr=False)
    sha256_base64: str
    handler: str


def build(service: str, *, source_dir: Path | None = None) -> DeploymentPackage:
    """Build the zip of one function.

    Parameters
    ----------
    service
        One of `SERVICES`.
    source_dir
        Where the services' modules are; the installed copy or the repository's if not given.

    Returns
    -------
    DeploymentPackage
        The zip, built in memory.

    Raises
    ------
    PackageError
        If the service is unknown, or its sources or a distribution are missing.
    """
    return _build((service,), source_dir)[service]


def build_all(*, source_dir: Path | None = None) -> dict[str, DeploymentPackage]:
    """Build the zips of all functions, reading what they share only once.

    Parameters
    ----------
    source_dir
        Where the services' modules are; the installed copy or the repository's if not given.

    Returns
    -------
    dict
        Packages by service.

    Raises
    ------
    PackageError
        If sources or a distribution are missing.
    """
    return _build(SERVICES, source_dir)


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    r"""Return files as a zip whose bytes depend on nothing else.

    Parameters
    ----------
    files
        Contents by path inside the zip, in any order.

    Returns
    -------
    bytes
        The zip.

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
            info.external_attr = _REGULAR_FILE_0644
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


def default_source_dir(package_dir: Path = Path(__file__).parent) -> Path:
    """Find the services' modules: those of the repository, or those that a wheel has.

    Parameters
    ----------
    package_dir
        Where this package is.

    Returns
    -------
    Path
        The folder.
    """
    bundled = package_dir / "_lambda_src"  # where a wheel has them
    return bundled if bundled.is_dir() else package_dir.parent / "lambda_src"


def source_files(source_dir: Path) -> list[Path]:
    """Return the modules of the services: the handlers, and the packages beside them.

    Parameters
    ----------
    source_dir
        Where they are.

    Returns
    -------
    list[Path]
        All Python files, in the order of their names.
    """
    return sorted([*source_dir.glob("*.py"), *source_dir.glob("*/*.py")])


def _build(services: Iterable[str], source_dir: Path | None) -> dict[str, DeploymentPackage]:
    sources = _sources(source_dir or default_source_dir())
    vendored = _vendored(DISTRIBUTIONS)
    return {service: _package(service, sources, vendored) for service in services}


def _package(
    service: str, sources: Mapping[str, bytes], vendored: Mapping[str, bytes]
) -> DeploymentPackage:
    if service not in SERVICES:
        msg = f"there is no service {service!r}; use one of {', '.join(SERVICES)}"
        raise PackageError(msg)
    entry = service + _HANDLER_SUFFIX
    if entry not in sources:
        msg = f"lambda_src has no {entry}; restore it from the repository"
        raise PackageError(msg)
    own = {
        name: content
        for name, content in sources.items()
        if name == entry or not name.endswith(_HANDLER_SUFFIX)
    }
    data, digest = _zipped(tuple({**vendored, **own}.items()))
    return DeploymentPackage(
        service=service,
        data=data,
        sha256_base64=digest,
        handler=f"{entry.removesuffix('.py')}.lambda_handler",
    )


@lru_cache(maxsize=2 * len(SERVICES))  # every plan asks for them, and sources seldom change
def _zipped(files: tuple[tuple[str, bytes], ...]) -> tuple[bytes, str]:
    """Return files as a zip, and its digest."""
    data = zip_bytes(dict(files))
    return data, code_sha256(data)


def _sources(source_dir: Path) -> dict[str, bytes]:
    try:
        files = {
            path.relative_to(source_dir).as_posix(): _text(path.read_bytes())
            for path in source_files(source_dir)
        }
    except OSError as error:
        msg = f"the sources in {source_dir} cannot be read: {error}; correct that or name others"
        raise PackageError(msg) from error
    if not files:
        msg = (
            f"no Lambda sources in {source_dir}; run from a clone of the repository or install "
            "tracing-lab again"
        )
        raise PackageError(msg)
    return files


def _vendored(distributions: Mapping[str, tuple[str, ...]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for distribution, patterns in distributions.items():
        files |= _installed_files(distribution, patterns)
    return files


def _installed_files(distribution: str, patterns: tuple[str, ...]) -> Mapping[str, bytes]:
    try:
        installed = importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        msg = f"{distribution} is not installed, but every function needs it; "
        raise PackageError(msg + _again(distribution)) from error
    return _files_of(distribution, installed.read_text("RECORD"), patterns)


@lru_cache(maxsize=2 * len(DISTRIBUTIONS))  # the record has all files' digests
def _files_of(
    distribution: str, _record: str | None, patterns: tuple[str, ...]
) -> Mapping[str, bytes]:
    listed = {str(path): path for path in importlib.metadata.files(distribution) or ()}
    for pattern in patterns:
        if not any(_matches(name, pattern) for name in listed):
            msg = f"{distribution} does not list the file {pattern}; {_again(distribution)}"
            raise PackageError(msg)
    wanted = {name: path for name, path in listed.items() if _is_wanted(path, patterns)}
    try:
        return {name: _text(Path(str(path.locate())).read_bytes()) for name, path in wanted.items()}
    except OSError as error:
        msg = f"{distribution} is incomplete ({error}); {_again(distribution)}"
        raise PackageError(msg) from error


def _again(distribution: str) -> str:
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


def _text(content: bytes) -> bytes:
    # a checkout or an installer on Windows may have changed the line ends
    return content.replace(b"\r\n", b"\n")
