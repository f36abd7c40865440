"""The workshop's self-checks: ``check("07.p95", answer)`` says whether an answer is right.

A check compares with a truth that it works out itself from the data it is given, so an exercise
has one right answer on any machine and either target. It never gives the answer away, and a wrong
answer is a result, not an error, so a notebook with blanks still runs to its end.
"""

import difflib
import html
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tracing_lab._checks import (
    deploying,
    first_trace,
    latency,
    service_map,
    start,
    tear_down,
    traffic,
)
from tracing_lab._checks.compare import CheckTable, Hint
from tracing_lab.errors import TracingLabError

STRICT_VARIABLE = "TRACING_LAB_STRICT_CHECKS"

CHECKS: CheckTable = MappingProxyType(
    {
        **start.CHECKS,
        **deploying.CHECKS,
        **first_trace.CHECKS,
        **traffic.CHECKS,
        **latency.CHECKS,
        **service_map.CHECKS,
        **tear_down.CHECKS,
    }
)

_MARKS = {"right": ("✅", "#1a7f37"), "wrong": ("❌", "#cf222e"), "blank": ("✏️", "#6e7781")}


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """What a check found; renders in a notebook.

    Parameters
    ----------
    check_id
        Notebook number and name of the exercise, for example ``07.p95``.
    ok
        Whether the answer is right.
    answered
        Whether there was an answer at all.
    message
        What to read.
    """

    check_id: str
    ok: bool
    answered: bool
    message: str

    def __bool__(self) -> bool:
        """Tell whether the answer is right."""
        return self.ok

    def __str__(self) -> str:
        """Write the result as a line of text."""
        mark, _ = _MARKS[self._state]
        return f"{mark} {self.check_id}: {self.message}"

    def _repr_html_(self) -> str:
        mark, colour = _MARKS[self._state]
        style = f"border-left:4px solid {colour};padding:0.3em 0.8em"
        name, message = html.escape(self.check_id), html.escape(self.message)
        return f'<div style="{style}">{mark} <b>{name}</b> {message}</div>'

    @property
    def _state(self) -> str:
        if not self.answered:
            return "blank"
        return "right" if self.ok else "wrong"


def check(check_id: str, answer: Any, *, strict: bool | None = None, **context: Any) -> CheckResult:
    """Check the answer to an exercise.

    Parameters
    ----------
    check_id
        Notebook number and name of the exercise, for example ``07.p95``.
    answer
        The answer; ``...`` or ``None`` stands for "not answered yet".
    strict
        Raise unless the answer is right. Left out, the environment variable
        ``TRACING_LAB_STRICT_CHECKS=1`` decides; the solutions are tested with it.
    **context
        The data that the exercise was about, by the names that the exercise's cell shows.

    Returns
    -------
    CheckResult
        Right, wrong with a hint, or not answered yet.

    Raises
    ------
    TracingLabError
        There is no such check, or it needs other data than it was given.
    AssertionError
        The answer is not right and `strict` is on.

    Examples
    --------
    >>> print(check("15.left", 3))
    ❌ 15.left: 3 is too high. Ask for a fresh plan to destroy and count what it lists.
    >>> print(check("15.left", ...))
    ✏️ 15.left: Not answered yet: put your answer in place of the dots and run both cells again.
    """
    function = _function_of(check_id)
    _refuse_wrong_context(check_id, function, context)
    result = _judge(check_id, answer, function, context)
    if not result.ok and (_strict_by_environment() if strict is None else strict):
        raise AssertionError(str(result))
    return result


def _function_of(check_id: str) -> Callable[..., Hint]:
    if check_id in CHECKS:
        return CHECKS[check_id]
    near = difflib.get_close_matches(str(check_id), CHECKS, n=1)
    advice = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(CHECKS)}."
    msg = f"There is no check {check_id!r}. {advice}"
    raise TracingLabError(msg)


def _refuse_wrong_context(
    check_id: str, function: Callable[..., Hint], context: Mapping[str, Any]
) -> None:
    needed = [name for name in inspect.signature(function).parameters if name != "answer"]
    if set(context) != set(needed):
        wanted = "".join(f", {name}={name}" for name in needed)
        msg = f"The check {check_id!r} is called as check({check_id!r}, answer{wanted})."
        raise TracingLabError(msg)


def _judge(
    check_id: str, answer: Any, function: Callable[..., Hint], context: Mapping[str, Any]
) -> CheckResult:
    if answer is None or answer is ...:
        message = "Not answered yet: put your answer in place of the dots and run both cells again."
        return CheckResult(check_id=check_id, ok=False, answered=False, message=message)
    hint = function(answer, **context)
    return CheckResult(
        check_id=check_id, ok=hint is None, answered=True, message=hint or "Right. Well done."
    )


def _strict_by_environment() -> bool:
    return os.environ.get(STRICT_VARIABLE, "") == "1"
