"""Deployment zips of the four Lambda functions: reproducible on any platform.

A zip holds the function's module, the packages that the services share, and what Lambda's Python
runtimes lack: Python files of Powertools, of the X-Ray SDK and of what these require, as they are
installed here. Zips for OpenTelemetry have no SDK: a layer has the tracer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tracing_lab.config import SERVICES, TRACERS
from tracing_lab.errors import PackageError

from .sources import HANDLER_SUFFIX, default_source_dir, sources_of
from .vendored import vendored
from .zips import code_sha256, zip_bytes


@dataclass(frozen=True, kw_only=True)
class DeploymentPackage:
    """A zip for Lambda's CreateFunction and UpdateFunctionCode.

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


def build(
    service: str, tracer: str = TRACERS[0], *, source_dir: Path | None = None
) -> DeploymentPackage:
    """Build the zip of one function.

    Parameters
    ----------
    service
        One of `SERVICES`.
    tracer
        One of `TRACERS`; the handlers for OpenTelemetry run with a layer, as of `otel_layer`.
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
    return _build((service,), tracer, source_dir)[service]


def build_all(
    tracer: str = TRACERS[0], *, source_dir: Path | None = None
) -> dict[str, DeploymentPackage]:
    """Build the zips of all functions, reading what they share only once.

    Parameters
    ----------
    tracer
        As in `build`.
    source_dir
        Where the services' modules are; the installed copy or the repository's if not given.

    Raises
    ------
    PackageError
        If sources or a distribution are missing.
    """
    return _build(SERVICES, tracer, source_dir)


def _build(
    services: Iterable[str], tracer: str, source_dir: Path | None
) -> dict[str, DeploymentPackage]:
    if tracer not in TRACERS:
        msg = f"there is no tracer {tracer!r}; use one of {', '.join(TRACERS)}"
        raise PackageError(msg)
    sources = sources_of(source_dir or default_source_dir(), tracer)
    shared = vendored(tracer)
    return {service: _package(service, sources, shared) for service in services}


def _package(
    service: str, sources: Mapping[str, bytes], shared: Mapping[str, bytes]
) -> DeploymentPackage:
    if service not in SERVICES:
        msg = f"there is no service {service!r}; use one of {', '.join(SERVICES)}"
        raise PackageError(msg)
    entry = service + HANDLER_SUFFIX
    if entry not in sources:
        msg = f"lambda_src has no {entry}; restore it from the repository"
        raise PackageError(msg)
    own = {
        name: content
        for name, content in sources.items()
        if name == entry or not name.endswith(HANDLER_SUFFIX)
    }
    data, digest = _zipped(tuple({**shared, **own}.items()))
    return DeploymentPackage(
        service=service,
        data=data,
        sha256_base64=digest,
        handler=f"{entry.removesuffix('.py')}.lambda_handler",
    )


@lru_cache(maxsize=4 * len(SERVICES))  # every plan needs them, and sources seldom change
def _zipped(files: tuple[tuple[str, bytes], ...]) -> tuple[bytes, str]:
    """Return files as a zip, and its digest."""
    data = zip_bytes(dict(files))
    return data, code_sha256(data)
