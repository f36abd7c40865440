"""All exercises, gathered from the modules of `exercises`."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from tracing_lab.errors import WorkshopError

from . import exercises
from .exercise import Exercise


def load_exercises() -> Mapping[str, Exercise]:
    """Return the exercises of all modules of `exercises` by id, in the order of the notebooks."""
    modules = sorted(module.name for module in pkgutil.iter_modules(exercises.__path__))
    loaded = (importlib.import_module(f"{exercises.__name__}.{name}") for name in modules)
    return by_id(exercise for module in loaded for exercise in module.EXERCISES)


def by_id(many: Iterable[Exercise]) -> Mapping[str, Exercise]:
    """Return exercises by id.

    Raises
    ------
    WorkshopError
        If two have the same id.
    """
    table: dict[str, Exercise] = {}
    for exercise in many:
        if exercise.id in table:
            msg = f"There are two exercises {exercise.id!r}: give one of them another name."
            raise WorkshopError(msg)
        table[exercise.id] = exercise
    return MappingProxyType(table)


def find(exercise_id: object, table: Mapping[str, Exercise]) -> Exercise:
    """Return an exercise by its id.

    Raises
    ------
    WorkshopError
        If there is none; the message names the nearest.
    """
    if isinstance(exercise_id, str) and exercise_id in table:
        return table[exercise_id]
    near = difflib.get_close_matches(str(exercise_id)[:100], table, n=1)
    advice = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(table)}."
    msg = f"There is no check {str(exercise_id)[:100]!r}. {advice}"
    raise WorkshopError(msg)


def refuse_wrong_data(exercise: Exercise, data: Mapping[str, Any]) -> None:
    """Raise if a check is called with other data than the exercise needs.

    Raises
    ------
    WorkshopError
        If so; the message shows the right call.
    """
    if set(data) != set(exercise.data_names):
        wanted = "".join(f", {name}={name}" for name in exercise.data_names)
        msg = f"The check {exercise.id!r} is called as check({exercise.id!r}, answer{wanted})."
        raise WorkshopError(msg)
