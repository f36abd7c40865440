"""Print constraints for pip that make the oldest environment that pyproject.toml allows.

What users install has exactly its lowest version; what only developers install, and what all of it
depends on, is as new as fits. Needs nothing but the standard library. Try: make test-lowest
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

USER_EXTRAS = ("lab",)
"""What users install beside the library."""

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?>=(?P<lowest>[\w.]+)(?P<marker>\s*;.*)?")


def constraints(requirements: Iterable[str], operator: str) -> Iterator[str]:
    """Yield a constraint for each requirement, with its marker and without its extras.

    Parameters
    ----------
    requirements
        As in pyproject.toml: a name, ``>=`` and a version.
    operator
        What stands between name and version instead, ``==`` or ``>=``.

    Raises
    ------
    ValueError
        If a requirement has another form.
    """
    for requirement in requirements:
        match = _REQUIREMENT.fullmatch(requirement)
        if match is None:
            msg = f"{requirement}: expected a name, '>=' and a version"
            raise ValueError(msg)
        yield f"{match['name']}{operator}{match['lowest']}{match['marker'] or ''}"


def lowest(pyproject: Path) -> Iterator[str]:
    """Yield the constraints of a project's oldest environment."""
    project = tomllib.loads(pyproject.read_text())["project"]
    extras = project["optional-dependencies"]
    users = [*project["dependencies"], *(item for name in USER_EXTRAS for item in extras[name])]
    yield from constraints(users, "==")
    yield from constraints(extras["dev"], ">=")


if __name__ == "__main__":
    root = Path(__file__).resolve().parents[1]
    sys.stdout.writelines(f"{line}\n" for line in lowest(root / "pyproject.toml"))
