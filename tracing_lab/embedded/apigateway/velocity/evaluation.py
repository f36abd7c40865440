"""What the nodes of a template are evaluated with: variables, and limits."""

from collections.abc import Mapping
from typing import Any

from .errors import TemplateError
from .values import checked_length

MAX_ITERATIONS = 1000
"""Iterations of one ``#foreach``.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

MAX_STEPS = 200_000
"""Nodes that one template may evaluate, so that loops within loops end; a choice of ours."""


class BreakLoop(Exception):  # noqa: N818 - not an error: `#break` leaves the loop
    """The innermost loop ends."""


class Variables:
    """The variables of one evaluation of a template.

    Parameters
    ----------
    variables
        The variables of the environment, by name without ``$``.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.environment = frozenset(variables)
        self.variables: dict[str, Any] = dict(variables)
        self._steps = 0

    def step(self) -> None:
        """Count a node; TemplateError if there were too many."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            msg = f"the template takes more than {MAX_STEPS} steps"
            raise TemplateError(msg)


class Output:
    """The text that a template writes."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def write(self, text: str) -> None:
        """Append a text; TemplateError if there is too much."""
        self._length = checked_length(self._length + len(text))
        self._parts.append(text)

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._parts)
