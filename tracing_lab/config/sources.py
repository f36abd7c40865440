"""Where settings come from besides arguments: the environment and ``tracing_lab.toml``.

Every `Config` reads both again, so there is no state that could be out of date.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from tracing_lab.errors import ConfigError

ENV_PREFIX = "TRACING_LAB_"
FILE_NAME = "tracing_lab.toml"
# How alike an unknown variable must be to a setting to count as a misspelling. The environment is
# shared with other programs, so a variable that resembles nothing is not ours to complain about.
_TYPO_LIKENESS = 0.8

T = TypeVar("T")


def find_file(folder: Path | None = None) -> Path | None:
    """Return the nearest ``tracing_lab.toml``, here or in a folder above.

    Parameters
    ----------
    folder
        Where to begin; the working directory by default.

    Returns
    -------
    Path | None
        The file, or None if there is none up to the root.

    Raises
    ------
    ConfigError
        If the working directory was deleted.
    """
    try:
        start = (folder or Path.cwd()).resolve()
    except FileNotFoundError as error:
        msg = "The working directory does not exist any more. Change to another one."
        raise ConfigError(msg) from error
    candidates = (parent / FILE_NAME for parent in (start, *start.parents))
    return next((path for path in candidates if path.is_file()), None)


def read_file(path: Path | None) -> dict[str, Any]:
    """Return the settings of a file; without a file there are none.

    Parameters
    ----------
    path
        The file, or None.

    Raises
    ------
    ConfigError
        If the file is not valid TOML or cannot be read.
    """
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:  # not TOML, not UTF-8, not readable
        msg = f"{path} cannot be read as TOML: {error}. Correct that line or remove the file."
        raise ConfigError(msg) from error


@dataclass(frozen=True)
class Sources:
    """The environment and the nearest file, as they were at one moment.

    Parameters
    ----------
    environment
        The process's variables.
    path
        The file; None if there is none.
    values
        What the file holds.
    """

    environment: Mapping[str, str]
    path: Path | None
    values: Mapping[str, Any]

    @classmethod
    def read(cls) -> Self:
        """Read both.

        Raises
        ------
        ConfigError
            If the file is not valid TOML or cannot be read.
        """
        path = find_file()
        return cls(dict(os.environ), path, read_file(path))

    def lookup(self, name: str, default: T, parse: Callable[[str], T]) -> tuple[T, str]:
        """Return a setting's value and where it came from.

        Parameters
        ----------
        name
            The setting.
        default
            What counts when neither source has it.
        parse
            Turns the text of an environment variable into a value.

        Raises
        ------
        ConfigError
            If the text in the environment cannot be parsed.
        """
        variable = ENV_PREFIX + name.upper()
        if variable in self.environment:
            text = self.environment[variable]
            try:
                return parse(text), variable
            except (ValueError, RecursionError) as error:
                msg = f"{variable}={text!r}: {error}. Correct or unset the variable."
                raise ConfigError(msg) from error
        if name in self.values:
            return self.values[name], str(self.path)
        return default, "default"

    def check_names(self, known: Iterable[str]) -> None:
        """Reject misspelt settings in the environment and unknown ones in the file.

        Raises
        ------
        ConfigError
            If there is one; it names the closest setting.
        """
        names = sorted(known)
        for name in self.values:
            if name not in names:
                raise ConfigError(unknown_name(name, names, where=str(self.path)))
        for variable in self.environment:
            name = variable.removeprefix(ENV_PREFIX).lower()
            if variable.startswith(ENV_PREFIX) and name not in names and closest(name, names):
                raise ConfigError(unknown_name(variable, names, where="the environment"))


def closest(name: str, names: Iterable[str]) -> str | None:
    """Return the setting that a misspelling most likely means.

    Returns
    -------
    str | None
        The likely setting, or None if nothing is close.

    Examples
    --------
    >>> closest("lamda_timeout", ["lambda_timeout", "tags"])
    'lambda_timeout'
    >>> closest("zzz", ["tags"]) is None
    True
    """
    return next(iter(difflib.get_close_matches(name, list(names), 1, _TYPO_LIKENESS)), None)


def unknown_name(name: str, names: Iterable[str], *, where: str) -> str:
    """Return a message about an unknown setting, with the one that was probably meant."""
    known = sorted(names)
    bare = name.removeprefix(ENV_PREFIX).lower()
    likely = next(iter(difflib.get_close_matches(bare, known, 1, 0)), "")
    correct = ENV_PREFIX + likely.upper() if name.startswith(ENV_PREFIX) else likely
    return f"{name!r} in {where} is not a setting. Did you mean {correct!r}?"
