"""Answers that are tried on the workshop's exercises, a module for each notebook."""

import importlib
import pkgutil
from collections.abc import Mapping

from .rows import Rows as Rows, no_data as no_data


def load_rows() -> Mapping[str, Rows]:
    """Return the answers of all modules, by the id of their exercise."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name[0] == "n"]
    modules = [importlib.import_module(f"{__name__}.{name}") for name in sorted(names)]
    return {exercise: rows for module in modules for exercise, rows in module.ROWS.items()}


ROWS = load_rows()
