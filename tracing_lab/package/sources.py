"""The services' own modules, as they go into the zips of one tracer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tracing_lab.config import OPENTELEMETRY
from tracing_lab.errors import PackageError

HANDLER_SUFFIX: Final = "_service.py"

_OTEL_FOLDER = "otel/"  # its handlers replace those beside it
STAND_IN_FOLDER: Final = "stand_in/"
"""A function of its own, which is in none of the services' zips."""
_OF_OTHER_TRACERS = {
    "xray-sdk": "shop/otel_spans.py",
    OPENTELEMETRY: "shop/invocation.py",
}


def default_source_dir(package_dir: Path = Path(__file__).parents[1]) -> Path:
    """Return the folder of the services' modules: the repository's or the wheel's.

    Parameters
    ----------
    package_dir
        Where this package is.
    """
    bundled = package_dir / "_lambda_src"  # their place in a wheel
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


def sources_of(source_dir: Path, tracer: str) -> dict[str, bytes]:
    """Return the modules that zips of a tracer may have, by their paths in a zip.

    Parameters
    ----------
    source_dir
        Where the services' modules are.
    tracer
        Whose handlers are wanted.

    Raises
    ------
    PackageError
        If they cannot be read, or there are none.
    """
    files = read_sources(source_dir)
    return dict(_zip_paths(files, tracer))


def read_sources(source_dir: Path) -> dict[str, bytes]:
    """Return all modules by their paths in a folder.

    Parameters
    ----------
    source_dir
        Where they are.

    Raises
    ------
    PackageError
        If they cannot be read, or there are none.
    """
    try:
        files = {
            path.relative_to(source_dir).as_posix(): as_text(path.read_bytes())
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


def _zip_paths(files: dict[str, bytes], tracer: str) -> Iterator[tuple[str, bytes]]:
    for name, content in files.items():
        if name.startswith(STAND_IN_FOLDER):
            continue
        is_otel = name.startswith(_OTEL_FOLDER)
        if name.endswith(HANDLER_SUFFIX) or is_otel:
            if is_otel == (tracer == OPENTELEMETRY):
                yield name.removeprefix(_OTEL_FOLDER), content
        elif name != _OF_OTHER_TRACERS[tracer]:
            yield name, content


def as_text(content: bytes) -> bytes:
    """Return a file with the line ends of Unix, which a checkout on Windows may have changed.

    Parameters
    ----------
    content
        The file.
    """
    return content.replace(b"\r\n", b"\n")
