"""Update running functions to the local code in under a second, without an apply.

Only functions whose zip differs from the deployed one are updated, and only their code, so that the
next `plan` is empty.
"""

import ast
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tracing_lab import package
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.errors import ConfigError, PackageError
from tracing_lab.package import DeploymentPackage

from .own_functions import OwnFunctions

__all__ = ["Pushed", "push", "watch"]

_POLL_S = 0.1


@dataclass(frozen=True)
class Pushed:
    """The result of a push for one function.

    Parameters
    ----------
    service
        Its service.
    function_name
        Its name.
    changed
        Whether its code was updated; otherwise it had this code already.
    duration_s
        How long that took, in seconds.
    """

    service: str
    function_name: str
    changed: bool
    duration_s: float

    def __str__(self) -> str:
        what = f"updated in {self.duration_s:.2f} s" if self.changed else "is up to date"
        return f"{self.service} {what}"


def push(
    config: Config,
    services: Sequence[str] = SERVICES,
    *,
    source_dir: Path | None = None,
    aws: Aws | None = None,
) -> tuple[Pushed, ...]:
    """Update functions to the local code.

    Parameters
    ----------
    config
        The stack's variables.
    services
        The services to update; all by default.
    source_dir
        Where their modules are; the installed copy or the repository's if not given.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    tuple[Pushed, ...]
        The result for each function, in the order of `services`.

    Raises
    ------
    ConfigError
        If a service is unknown.
    PackageError
        If a zip cannot be built, or a module is not valid Python; nothing is pushed then.
    DeployError
        If a function does not carry the stack's tag.
    NotFoundError
        If a function does not exist: the stack is not deployed.
    AwsError
        If AWS cannot be reached.
    """
    _check_services(services)
    folder = source_dir or package.default_source_dir()
    check_syntax(folder)
    packages = package.build_all(config.tracer, source_dir=folder)
    pusher = _Pusher(OwnFunctions.of(config, aws or Aws(config)), packages)
    with ThreadPoolExecutor(len(SERVICES), thread_name_prefix="push") as pool:
        return tuple(pool.map(pusher.push, services))


def watch(
    config: Config,
    services: Sequence[str] = SERVICES,
    *,
    source_dir: Path | None = None,
    aws: Aws | None = None,
    stop: threading.Event | None = None,
) -> Iterator[tuple[Pushed, ...] | PackageError]:
    """Push now, and again whenever a module changes, until stopped.

    Parameters
    ----------
    config
        The stack's variables.
    services
        The services to update.
    source_dir
        Where their modules are.
    aws
        The AWS clients.
    stop
        Ends the iteration when set; otherwise it continues until interrupted.

    Yields
    ------
    tuple[Pushed, ...] | PackageError
        The results for the functions, or why this state of the modules cannot be pushed.

    Raises
    ------
    ConfigError
        If a service is unknown.
    DeployError
        If a function does not carry the stack's tag.
    AwsError
        If AWS cannot be reached.
    """
    folder, stop = source_dir or package.default_source_dir(), stop or threading.Event()
    aws = aws or Aws(config)
    seen: Mapping[str, tuple[int, int]] | None = None
    while not stop.is_set():
        now = snapshot(folder)
        if now != seen:
            seen = now
            try:
                yield push(config, services, source_dir=folder, aws=aws)
            except PackageError as error:
                yield error
        stop.wait(_POLL_S)


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the state of modules, so that two states can be compared.

    Parameters
    ----------
    folder
        Where they are.

    Returns
    -------
    dict[str, tuple[int, int]]
        Time of the last change, in nanoseconds, and size by path; files that are being replaced at
        this moment are left out.
    """
    found = {}
    for path in package.source_files(folder):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        found[path.relative_to(folder).as_posix()] = (stat.st_mtime_ns, stat.st_size)
    return found


def check_syntax(folder: Path) -> None:
    """Raise PackageError for modules that Python cannot parse, before they are pushed.

    Parameters
    ----------
    folder
        Where they are.

    Raises
    ------
    PackageError
        If a module is not valid Python.
    """
    for path in package.source_files(folder):
        try:
            ast.parse(path.read_bytes(), filename=str(path))
        except OSError as error:
            msg = f"{path} cannot be read: {error.strerror}. Nothing was pushed; correct it first."
            raise PackageError(msg) from error
        except (SyntaxError, ValueError, RecursionError) as error:
            what, line = getattr(error, "msg", error), getattr(error, "lineno", "?")
            name = path.relative_to(folder).as_posix()
            msg = f"{name}, line {line}: {what}. Nothing was pushed; correct it first."
            raise PackageError(msg) from error


@dataclass(frozen=True)
class _Pusher:
    """Pushes the packages of one stack."""

    functions: OwnFunctions
    packages: Mapping[str, DeploymentPackage]

    def push(self, service: str) -> Pushed:
        """Update one function, if its code differs."""
        started = time.monotonic()
        name, wanted = self.functions.names.function(service), self.packages[service]
        found = self.functions.read(service)
        changed = found["Configuration"]["CodeSha256"] != wanted.sha256_base64
        if changed:
            self.functions.aws.lambda_.update_code(name, wanted.data)
        return Pushed(service, name, changed, time.monotonic() - started)


def _check_services(services: Sequence[str]) -> None:
    for service in services:
        if service not in SERVICES:
            msg = f"{service!r} is not a service. Choose from: {', '.join(SERVICES)}."
            raise ConfigError(msg)
