"""Reading what learners handed in: progress files, and notebooks with their outputs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracing_lab.errors import TracingLabError, WorkshopError

from .results import MIME
from .store import ANSWER, Entry, read_collected

_NOTEBOOK_NAME = re.compile(r"[-_ ]*\d\d_\w+$")
_MOST_BYTES = 100_000_000  # a notebook with figures is far smaller


@dataclass
class Collected:
    """Entries by learner, and what could not be read.

    Parameters
    ----------
    entries
        What each learner did, progress files before notebooks.
    problems
        A sentence for each file that could not be read.
    """

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def collect(folder: Path) -> Collected:
    """Return what is in the progress files and notebooks of a folder and those below it.

    Parameters
    ----------
    folder
        One folder or file per learner: ``anna/progress.sqlite``, ``anna/04_traffic.ipynb``,
        ``anna.sqlite`` and ``anna_04_traffic.ipynb`` all belong to ``anna``.

    Raises
    ------
    WorkshopError
        If there are no such files.
    """
    paths = [*sorted(folder.rglob("*.sqlite")), *sorted(folder.rglob("*.ipynb"))]
    paths = [path for path in paths if ".ipynb_checkpoints" not in path.parts]
    if not paths:
        msg = f"There are no progress files (*.sqlite) and no notebooks (*.ipynb) in {folder}."
        raise WorkshopError(msg)
    collected = Collected()
    for path in paths:
        known = collected.entries.setdefault(learner_of(path.relative_to(folder), folder.name), [])
        try:
            read = read_collected(path) if path.suffix == ".sqlite" else read_notebook(path)
        except TracingLabError as error:
            collected.problems.append(str(error))
        else:
            known += [entry for entry in read if not _is_known(entry, known)]
    return collected


def learner_of(path: Path, folder_name: str) -> str:
    """Return whose file this is, by its path in the folder that was handed in.

    Examples
    --------
    >>> names = ("anna/04_traffic.ipynb", "anna.sqlite", "anna_04_traffic.ipynb", "00_start.ipynb")
    >>> [learner_of(Path(name), "class") for name in names]
    ['anna', 'anna', 'anna', 'class']
    """
    if len(path.parts) > 1:
        return path.parts[0]
    name = _NOTEBOOK_NAME.sub("", path.stem)
    return folder_name if name in {"", "progress"} else name


def read_notebook(path: Path) -> list[Entry]:
    """Return the answers in a notebook's outputs.

    Raises
    ------
    WorkshopError
        If it is no notebook.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            msg = f"{path} is too large for a notebook. Have the learner clear its large outputs."
            raise WorkshopError(msg)
        notebook = json.loads(path.read_bytes())
        return [_entry(record) for record in _records(notebook)]
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        if isinstance(error, WorkshopError):
            raise
        msg = f"{path} is no notebook ({type(error).__name__}). Have the learner send it once more."
        raise WorkshopError(msg) from error


def _records(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            if MIME in output.get("data", {}):
                yield output["data"][MIME]


def _entry(record: dict[str, Any]) -> Entry:
    body = {name: value for name, value in record.items() if name != "exercise"}
    return Entry(kind=ANSWER, exercise=str(record["exercise"]), body=body)


def _is_known(entry: Entry, known: list[Entry]) -> bool:
    """Return whether a notebook's answer is in the progress file, too."""
    same = (
        other for other in known if (other.kind, other.exercise) == (entry.kind, entry.exercise)
    )
    return not entry.at and any(other.body == entry.body for other in same)
