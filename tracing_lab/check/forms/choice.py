"""Answers that are one of a few offered texts."""

from dataclasses import dataclass
from typing import Any

from .base import Reading, Slip
from .unwrapping import no_single_value, single


@dataclass(frozen=True)
class Choice:
    """One of the options that the exercise lists.

    Parameters
    ----------
    options
        What to choose from, for example ``("a", "b", "c", "d")``. With four there are three
        wrong answers, each of which deserves a mistake of its own.

    Examples
    --------
    >>> form = Choice(("a", "b", "c", "d"))
    >>> form.read(" B) ").value, form.read("e").slip.hint
    ('b', 'Choose one of a, b, c, d.')
    """

    options: tuple[str, ...]

    def read(self, answer: Any) -> Reading:
        """Return the chosen option."""
        value = single(answer)
        if not isinstance(value, str | int | float):
            return Reading(slip=no_single_value(value))
        written = _plain(str(value)[:100])
        chosen = next((option for option in self.options if _plain(option) == written), None)
        slip = Slip("option", f"Choose one of {', '.join(self.options)}.")
        return Reading(slip=slip) if chosen is None else Reading(chosen)

    def distance(self, value: Any, target: Any) -> float | None:
        """Return 0 for the same option."""
        return 0.0 if value == target else None

    def slip(self, value: Any, truth: Any) -> Slip | None:  # noqa: ARG002 - none is common
        """Return None: wrong options are the exercise's to explain."""
        return None

    def miss(self, value: Any, truth: Any) -> str:  # noqa: ARG002 - the same for all truths
        """Return that this is another option."""
        return f"{value!r} is not it."


def _plain(text: str) -> str:
    return text.strip().strip("().").strip().casefold()
