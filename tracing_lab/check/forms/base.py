"""What every form of an answer can do."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol


class Slip(NamedTuple):
    """A recognised mistake: its name, for statistics, and the hint to show."""

    name: str
    hint: str


@dataclass(frozen=True)
class Reading:
    """An answer as a plain value, or the slip that keeps it from being one.

    Parameters
    ----------
    value
        A float, text, or list or mapping of them, fit for JSON.
    slip
        Why there is no value; None when there is.
    """

    value: Any = None
    slip: Slip | None = None


class Form(Protocol):
    """How answers to an exercise are read and compared.

    `truth` and the other facts of an exercise are plain JSON values in all methods.
    """

    def read(self, answer: Any) -> Reading:
        """Return the answer as a plain value; reading that value again gives the same."""
        ...

    def distance(self, value: Any, target: Any) -> float | None:
        """Return how far a value is from a target that it matches; None if it does not match."""
        ...

    def slip(self, value: Any, truth: Any) -> Slip | None:
        """Return the common mistake that explains a wrong value."""
        ...

    def miss(self, value: Any, truth: Any) -> str:
        """Return the sentence for a wrong value that nothing explains."""
        ...
