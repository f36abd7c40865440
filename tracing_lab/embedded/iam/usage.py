"""Which role used which action how often, kept over restarts."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tracing_lab.embedded.storage.damage import set_aside

_LOGGER = logging.getLogger(__name__)

Counts = Counter[tuple[str, str]]
"""(role ARN, action) -> number of calls."""


class ActionBook:
    """Counts actions. May be used from any thread.

    What was not saved is forgotten when the process is killed.

    Parameters
    ----------
    path
        A file of JSON; without it, the book is forgotten with the process.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._used, self._denied = _read(path)
        self._changed = False

    def note(self, role_arn: str, action: str, *, allowed: bool) -> None:
        """Count a call."""
        with self._lock:
            (self._used if allowed else self._denied)[role_arn, action] += 1
            self._changed = True

    def counts(self) -> tuple[Counts, Counts]:
        """Give what was allowed and what was refused."""
        with self._lock:
            return Counter(self._used), Counter(self._denied)

    def save(self) -> None:
        """Write the file when there is something new."""
        with self._lock:
            if self._path is None or not self._changed:
                return
            text = json.dumps({"used": _nested(self._used), "denied": _nested(self._denied)})
            temporary = self._path.with_suffix(".tmp")
            try:
                temporary.write_text(text)
                temporary.replace(self._path)
            except OSError as error:
                temporary.unlink(missing_ok=True)
                _LOGGER.warning("%s is not up to date: %s", self._path, error)
                return
            self._changed = False

    def clear(self) -> None:
        """Forget everything, the file included."""
        with self._lock:
            self._used, self._denied, self._changed = Counter(), Counter(), False
            if self._path is not None:
                self._path.unlink(missing_ok=True)


def _read(path: Path | None) -> tuple[Counts, Counts]:
    if path is None or not path.exists():
        return Counter(), Counter()
    try:
        content = json.loads(path.read_bytes())
        return _flat(content["used"]), _flat(content["denied"])
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        set_aside(path, f"which actions roles have used ({type(error).__name__}: {error})")
        return Counter(), Counter()


def _nested(counts: Counts) -> dict[str, dict[str, int]]:
    nested: dict[str, dict[str, int]] = {}
    for (role_arn, action), count in sorted(counts.items()):
        nested.setdefault(role_arn, {})[action] = count
    return nested


def _flat(nested: Mapping[str, Mapping[str, int]]) -> Counts:
    return Counter(
        {
            (role_arn, action): _natural(count)
            for role_arn, actions in nested.items()
            for action, count in actions.items()
        }
    )


def _natural(count: object) -> int:
    if type(count) is not int:
        message = f"{count!r} is no number of calls"
        raise TypeError(message)
    return count
