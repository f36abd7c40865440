"""Counts which role used which action, over restarts."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracing_lab.embedded.storage.damage import set_aside

_LOGGER = logging.getLogger(__name__)

Counts = Counter[tuple[str, str]]
"""(role ARN, action) -> number of calls."""


@dataclass(frozen=True)
class RoleUse:
    """The actions that a role may use, used, and was denied.

    Parameters
    ----------
    role_arn
        The role.
    used
        Action to the number of calls that were allowed.
    unused
        Actions that its policies allow and that were never used.
    denied
        Action to the number of calls that were denied.
    """

    role_arn: str
    used: Mapping[str, int]
    unused: tuple[str, ...]
    denied: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-able data."""
        return {
            "role_arn": self.role_arn,
            "used": dict(self.used),
            "unused": list(self.unused),
            "denied": dict(self.denied),
        }


class ActionUsage:
    """Counts actions. Thread-safe.

    Counts since the last save are lost when the process is killed.

    Parameters
    ----------
    path
        A JSON file; without it, counts end with the process.
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
        """Return the counts of allowed and of denied calls."""
        with self._lock:
            return Counter(self._used), Counter(self._denied)

    def save(self) -> None:
        """Write the file if counts have changed."""
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
        """Delete all counts and the file."""
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
        message = f"{count!r} is not a number of calls"
        raise TypeError(message)
    return count
