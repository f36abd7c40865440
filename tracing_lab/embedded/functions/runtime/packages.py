"""Finds the packages of Lambda's Python runtime in this installation.

Lambda's runtime has boto3, the client of the Runtime API, and what these require; whatever else a
function imports has to be in its zip or a layer.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import PurePosixPath

_ROOTS = ("boto3", "awslambdaric")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")


@dataclass
class PackageFolder:
    """The packages for functions in a folder of site-packages.

    Parameters
    ----------
    modules
        Names of top-level modules and packages.
    distributions
        Names of distributions, normalised.
    """

    modules: set[str] = field(default_factory=set)
    distributions: set[str] = field(default_factory=set)


@cache
def runtime_packages() -> tuple[str, ...]:
    """Return the launcher's arguments: folder, modules, distributions, folder, and so on.

    It does not change within a process.
    """
    folders: dict[str, PackageFolder] = {}
    for name, installed in sorted(_required(_ROOTS).items()):
        folder = folders.setdefault(str(installed.locate_file("")), PackageFolder())
        folder.distributions.add(name)
        folder.modules.update(_modules(installed))
    return tuple(
        text
        for path, folder in folders.items()
        for text in (path, _joined(folder.modules), _joined(folder.distributions))
    )


def _required(names: tuple[str, ...]) -> dict[str, Distribution]:
    """Return some distributions with everything that they require, extras left out."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = _normalised(waiting.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # required on other systems only, as the client of AWS's is
        waiting += _requirements(found[name])
    return found


def _requirements(installed: Distribution) -> Iterator[str]:
    for line in installed.requires or ():
        match = _NAME.match(line)
        if match and "extra ==" not in line:
            yield match[0]


def _modules(installed: Distribution) -> Iterator[str]:
    for file in installed.files or ():
        path = PurePosixPath(file)
        top = path.parts[0]
        if len(path.parts) > 1:
            if top.isidentifier() and top != "__pycache__":
                yield top
        elif (name := inspect.getmodulename(top)) is not None:
            yield name


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _joined(names: set[str]) -> str:
    return ",".join(sorted(names))
