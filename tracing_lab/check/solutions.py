"""The solutions that `notebooks/build.py` takes out of the notebooks' sources."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

FILE_NAME = "solutions.json"


@cache
def load_solutions() -> Mapping[str, str]:
    """Return the code of each exercise's solution by the exercise's id."""
    text = (files(__package__) / FILE_NAME).read_text(encoding="utf-8")
    solutions: dict[str, str] = json.loads(text)
    return solutions
