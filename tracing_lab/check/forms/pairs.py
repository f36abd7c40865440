"""Answers that are ``key=value`` pairs in one line, such as a tracing header."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import Reading, Slip
from .unwrapping import no_single_value, single

_LONGEST = 1000
_SHAPE = "The answer is text made of parts like {parts}."


@dataclass(frozen=True)
class Pairs:
    """A line of ``key=value`` parts, in any order.

    Parameters
    ----------
    keys
        The parts that count.
    separator
        What stands between them.
    prefix
        A name that may stand before the line, with a colon.

    Examples
    --------
    >>> form = Pairs(("Root", "Sampled"))
    >>> form.read("sampled=1; Root=abc").value
    {'Root': 'abc', 'Sampled': '1'}
    >>> form.miss({"Root": "abc"}, {"Root": "abc", "Sampled": "1"})
    'Have another look at Sampled.'
    """

    keys: tuple[str, ...]
    separator: str = ";"
    prefix: str = ""

    def read(self, answer: Any) -> Reading:
        """Return the parts that count as a mapping."""
        value = single(answer)
        parts = _parts_of(value, self.separator, self.prefix)
        if parts is None:
            return Reading(slip=no_single_value(value))
        known = {key: parts[key.casefold()] for key in self.keys if key.casefold() in parts}
        shape = self.separator.join(f"{key}=..." for key in self.keys)
        slip = Slip("shape", _SHAPE.format(parts=shape))
        return Reading(known) if known else Reading(slip=slip)

    def distance(self, value: Any, target: Any) -> float | None:
        """Return 0 when all parts that count are the same."""
        return 0.0 if target and not self._differing(value, target) else None

    def slip(self, value: Any, truth: Any) -> Slip | None:
        """Return the slip of a part that is not there."""
        missing = [key for key in truth if not value.get(key)]
        return Slip("missing", f"There is no {' and no '.join(missing)}.") if missing else None

    def miss(self, value: Any, truth: Any) -> str:
        """Return which parts are not right."""
        return f"Have another look at {' and '.join(self._differing(value, truth))}."

    def _differing(self, value: Mapping[str, str], target: Mapping[str, str]) -> list[str]:
        return [key for key in self.keys if value.get(key) != target.get(key)]


def _parts_of(value: Any, separator: str, prefix: str) -> dict[str, str] | None:
    if isinstance(value, dict):
        return {str(key)[:_LONGEST].casefold(): str(value[key])[:_LONGEST] for key in value}
    if not isinstance(value, str):
        return None
    line = value.strip()[:_LONGEST]
    if prefix and line.casefold().startswith(f"{prefix.casefold()}:"):
        line = line[len(prefix) + 1 :]
    pairs = (part.strip().partition("=") for part in line.split(separator))
    return {key.strip().casefold(): rest.strip() for key, sign, rest in pairs if sign}
