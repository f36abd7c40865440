"""Predictions beside measurements, in words."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tracing_lab.errors import WorkshopError

from .forms import Name, Number
from .forms.number import TIME_UNITS
from .forms.unwrapping import is_blank
from .store import MEASUREMENT, PREDICTION, Entry

Values = Mapping[str, float | str]
"""Predicted or measured quantities by name."""

CLOSE, SAME_SIZE, FAR = 1.25, 2.0, 10.0

_ID = re.compile(r"\d\d\.\w+")


def refuse_bad_id(prediction_id: object) -> None:
    """Raise if this cannot be the id of a prediction.

    Raises
    ------
    WorkshopError
        If so.
    """
    if not isinstance(prediction_id, str) or not _ID.fullmatch(prediction_id):
        shown = str(prediction_id)[:100]
        msg = f"{shown!r} is no id of a prediction: write notebook and name, such as '07.slow'."
        raise WorkshopError(msg)


def plain_values(given: Mapping[str, Any]) -> tuple[dict[str, float | str], list[str]]:
    """Return the quantities that are numbers or names, and a sentence for each of the others.

    Examples
    --------
    >>> plain_values({"p95_s": 0.4, "slowest": "order", "share": ..., "rows": [1, 2]})[0]
    {'p95_s': 0.4, 'slowest': 'order'}
    """
    values: dict[str, float | str] = {}
    problems = []
    for name, value in given.items():
        read, problem = _plain(name, value)
        if problem:
            problems.append(f"{name}: {problem}")
        else:
            values[name] = read
    return values, problems


def _plain(name: str, value: Any) -> tuple[float | str, str]:
    try:
        if is_blank(value):
            return 0.0, "not filled in yet: put a value in place of the dots."
        reading = Number(_unit(name)).read(value)
        if reading.slip and reading.slip.name == "text":
            if _unit(name) in TIME_UNITS:
                return 0.0, f"this is text; give a duration, such as 40 or '40 {_unit(name)}'."
            reading = Name().read(value)
    except Exception as error:  # noqa: BLE001 - an answer's methods may do anything
        return 0.0, f"cannot be read ({type(error).__name__}); give a plain number or a name."
    return reading.value, reading.slip.hint if reading.slip else ""


def _unit(name: str) -> str:
    return name.rpartition("_")[2]


def latest(entries: Sequence[Entry], kind: str, prediction_id: str) -> Values:
    """Return what was last predicted or measured, all quantities together."""
    own = [entry for entry in entries if (entry.kind, entry.exercise) == (kind, prediction_id)]
    together: dict[str, float | str] = {}
    for entry in own:
        together |= entry.body.get("values", {})
    return together


def was_measured(entries: Sequence[Entry], prediction_id: str) -> bool:
    """Return whether the result of a prediction is known already."""
    return bool(latest(entries, MEASUREMENT, prediction_id))


def is_late(entries: Sequence[Entry], prediction_id: str) -> bool:
    """Return whether the prediction that holds was made when a result was known."""
    own = [
        entry for entry in entries if (entry.kind, entry.exercise) == (PREDICTION, prediction_id)
    ]
    return bool(own) and bool(own[-1].body.get("late"))


def comparison_row(
    name: str, predicted: float | str | None, measured: float | str
) -> tuple[str, str, str, str, str]:
    """Return name, prediction, measurement, their ratio and a sentence about it.

    Examples
    --------
    >>> comparison_row("p95_s", 0.4, 0.5)
    ('p95_s', '0.4', '0.5', '1.25', 'Close: within 25 % of your prediction.')
    >>> comparison_row("slowest", "order", "shop-dev-order-0de6b2b1")[-1]
    'As you predicted.'
    """
    if predicted is None:
        return name, "-", _shown(measured), "-", "You did not predict this."
    ratio = _ratio(predicted, measured)
    written = "-" if ratio is None else f"{ratio:.3g}"
    return name, _shown(predicted), _shown(measured), written, sentence(predicted, measured)


def sentence(predicted: float | str, measured: float | str) -> str:
    """Return one sentence about a prediction and what was measured.

    Examples
    --------
    >>> sentence(1, 30)
    'More than ten times what you predicted: which assumption does not hold?'
    """
    if isinstance(predicted, str) or isinstance(measured, str):
        same = Name().distance(str(predicted), str(measured)) is not None
        return "As you predicted." if same else "Not what you predicted: what did you assume?"
    ratio = _ratio(predicted, measured)
    if predicted == measured:
        return "Exactly as you predicted."
    if ratio is None or ratio < 0:
        return "Zero or the sign is the difference: is it there at all, and in which direction?"
    return _sentence_for(ratio)


def _sentence_for(ratio: float) -> str:
    size = max(ratio, 1 / ratio)
    if size <= CLOSE:
        return "Close: within 25 % of your prediction."
    direction = "more" if ratio > 1 else "less"
    if size <= SAME_SIZE:
        return f"The right size, though {direction} than you predicted."
    if size <= FAR:
        return f"Much {direction} than you predicted: what did you leave out?"
    far = "More than ten times" if ratio > 1 else "Less than a tenth of"
    return f"{far} what you predicted: which assumption does not hold?"


def _ratio(predicted: float | str, measured: float | str) -> float | None:
    if isinstance(predicted, str) or isinstance(measured, str) or not predicted or not measured:
        return None
    ratio = measured / predicted
    return ratio if math.isfinite(ratio) and ratio else None


def _shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4g}"
