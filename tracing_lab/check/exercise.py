"""What an exercise consists of; `docs/authoring.md` shows how to write one."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .forms import Form

TRUTH = "truth"
"""The fact that holds the right answer."""

Facts = Mapping[str, Any]
"""The right answer and the plausible wrong ones, by name, as plain JSON values."""


@dataclass(frozen=True)
class Mistake:
    """A misconception and the hint that helps out of it.

    Parameters
    ----------
    name
        Short, for statistics. Without `when`, also the fact that holds the wrong answer.
    hint
        What leads to this answer and where to look instead; never the right answer.
    when
        Whether an answer, as its form reads it, shows this misconception, given the facts.
    """

    name: str
    hint: str
    when: Callable[[Any, Facts], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise of a notebook.

    Parameters
    ----------
    id
        Notebook number and name, for example ``07.p95``.
    form
        How answers are read and compared.
    facts
        Works out the right answer (``truth``) and what the mistakes lead to, from the data that
        the check is called with; its parameters' names are those of the call.
    mistakes
        At least three, the most specific first.
    hints
        Where to look, what to compute, and nearly the code.
    """

    id: str
    form: Form
    facts: Callable[..., Facts]
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, str, str]

    @property
    def notebook(self) -> str:
        """The number of the notebook."""
        return self.id.partition(".")[0]

    @property
    def data_names(self) -> tuple[str, ...]:
        """The names of the data that a check of this exercise needs."""
        return tuple(inspect.signature(self.facts).parameters)
