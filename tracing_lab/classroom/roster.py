"""The learners of a class: names that can be part of the names of AWS resources."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tracing_lab import files
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError

MOST_LEARNERS = 200
"""More than any account has event buses for; a larger number is most likely a slip."""

COLUMN = "learner"
SHARED = "class-shared"
"""Environment of the one stack that all learners share; see `ClassObservation`."""


def roster(learners: int, *, prefix: str = "learner") -> list[str]:
    """Return numbered names for the learners of a class.

    Parameters
    ----------
    learners
        How many there are, 1 to 200.
    prefix
        What the names begin with.

    Returns
    -------
    list[str]
        A name for each learner.

    Raises
    ------
    ConfigError
        If there are no learners or too many.

    Examples
    --------
    >>> roster(3, prefix="monday")
    ['monday-01', 'monday-02', 'monday-03']
    """
    if not 1 <= learners <= MOST_LEARNERS:
        msg = f"A class has 1 to {MOST_LEARNERS} learners, not {learners}."
        raise ConfigError(msg)
    digits = max(2, len(str(learners)))
    return [f"{prefix}-{number:0{digits}}" for number in range(1, learners + 1)]


def roster_from_csv(path: Path) -> list[str]:
    """Return the learners' names from the column ``learner`` of a CSV file.

    Parameters
    ----------
    path
        A file with a header, UTF-8; the file that ``class create`` writes is one.

    Returns
    -------
    list[str]
        The names in the order of the file.

    Raises
    ------
    FileError
        If the file cannot be read.
    ConfigError
        If it is no CSV with that column, or a row has no name.
    """
    content = files.read_bytes(path, remedy="Name a CSV file with a column 'learner'")
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{path} is not a CSV file in UTF-8: {error}. Save it as one."
        raise ConfigError(msg) from error
    if not rows or COLUMN not in rows[0]:
        msg = f"{path} has no learners. Add a first line with {COLUMN!r} and a name per line."
        raise ConfigError(msg)
    names = [(row[COLUMN] or "").strip() for row in rows]
    if "" in names:
        msg = f"{path}: line {names.index('') + 2} has no name in the column {COLUMN!r}."
        raise ConfigError(msg)
    return names


def configs_of(config: Config, learners: Sequence[str]) -> list[Config]:
    """Return each learner's config; reject invalid names.

    Returns
    -------
    list[Config]
        One per learner, in the same order.

    Raises
    ------
    ConfigError
        If there are no learners or too many, or if a name is invalid or a duplicate.
    """
    if not 1 <= len(learners) <= MOST_LEARNERS:
        msg = f"A class has 1 to {MOST_LEARNERS} learners, not {len(learners)}."
        raise ConfigError(msg)
    _check_distinct(learners)
    configs, wrong = [], []
    for learner in learners:
        try:
            configs.append(config.replace(environment=learner))
        except ConfigError as error:
            wrong.append(f"- {learner!r}: {error}")
    if wrong:
        raise ConfigError("Names of learners that cannot be used:\n" + "\n".join(wrong))
    return configs


def _check_distinct(learners: Sequence[str]) -> None:
    """Raise ConfigError for duplicate names; like IAM's, they are case-insensitive."""
    counted = Counter(learner.lower() for learner in learners)
    twice = sorted(name for name, times in counted.items() if times > 1)
    if twice:
        msg = (
            f"These learners occur more than once: {', '.join(twice)}. Give each a name of "
            "its own; upper and lower case do not count."
        )
        raise ConfigError(msg)
    if SHARED in counted:
        msg = f"No learner can be called {SHARED!r}, the name of what the class shares."
        raise ConfigError(msg)
