"""Answers that are numbers: amounts with a unit, and counts."""

import datetime as dt
import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from tracing_lab.xray_model.trace_ids import is_trace_id

from .base import Reading, Slip
from .unwrapping import no_single_value, single

TIME_UNITS: Final[Mapping[str, float]] = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
}
_NUMBER = re.compile(
    r"[$€]?\s*(?P<digits>[-+]?[\d.,]*\d[\d.,]*(?:e[-+]?\d+)?)\s*(?P<unit>[^\d]*)", re.IGNORECASE
)
_LONGEST = 100  # characters of text that may be a number
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")

_NAN = "NaN comes out when nothing was selected: check whether the selection has any rows."
_TEXT = "This is text. Give the number itself, in digits and without quotes."
_BOOL = "This is True or False, and a number was asked for."
_HUGE = "No measurement is that large."
_UNIT = "The digits fit, the unit does not. Compare the unit of the column with the one asked for."
_PERCENT = "The digits fit, the scale does not: percent and fraction differ by a factor of 100."
_SIGN = "The size fits, the sign does not: look at what is subtracted from what."
_INVERSE = "This is upside down: look at what is divided by what."
_ROUNDED = "This is rounded too far to tell it from common mistakes. Give at least three digits."
_NEAR = "Very near, but not exact. Look at both ends: is something counted twice, or left out?"
_WHOLE = "A count is a whole number. This looks like a mean, a share or a sum of durations."
_NEGATIVE = "A count cannot be negative: look at what is subtracted from what."

_UNIT_FACTORS = (1e-9, 1e-6, 1e-3, 1e3, 1e6, 1e9)
_PERCENT_FACTORS = (0.01, 100.0)


@dataclass(frozen=True)
class Number:
    """A number with a unit.

    Parameters
    ----------
    unit
        What the number is in: ``s``, ``ms``, ``minutes``, ``percent``, or words such as ``orders``.
        Durations are converted to a unit of time, and text in percent to a fraction.
    within
        How far a right answer may lie from the truth, as a fraction of it. The default lets
        three digits pass.
    slack
        The same as an absolute amount, for a truth near zero.

    Examples
    --------
    >>> form = Number("s")
    >>> form.read("400 ms").value, form.read("3 minutes").value, form.read("40 %").value
    (0.4, 180.0, 0.4)
    >>> form.distance(0.4, 0.4004) is None, form.distance(0.39, 0.4) is None
    (False, True)
    """

    unit: str = ""
    within: float = 0.005
    slack: float = 0.0

    def read(self, answer: Any) -> Reading:
        """Return the answer as a float in this form's unit."""
        value = single(answer)
        if isinstance(value, bool):
            return Reading(slip=Slip("bool", _BOOL))
        if value is pd.NaT or value is pd.NA:
            return Reading(slip=Slip("nan", _NAN))
        if isinstance(value, dt.timedelta):
            return self._duration(value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, numbers.Real | Decimal):
            return _finite(value)
        return Reading(slip=no_single_value(value))

    def _duration(self, value: dt.timedelta) -> Reading:
        if self.unit not in TIME_UNITS:
            return Reading(slip=Slip("kind", "This is a duration, which was not asked for."))
        return Reading(_rounded(value.total_seconds() / TIME_UNITS[self.unit]))

    def _text(self, text: str) -> Reading:
        match = _NUMBER.fullmatch(text.strip()) if len(text) <= _LONGEST else None
        number = _parse(match["digits"]) if match else None
        if match is None or number is None:
            is_label = is_trace_id(text.strip()[:_LONGEST])
            return Reading(slip=no_single_value((text,)) if is_label else Slip("text", _TEXT))
        return _finite(_rounded(number * self._factor(match["unit"])))

    def _factor(self, unit: str) -> float:
        """Return what a number with a unit is multiplied by to be in this form's."""
        if unit == "%":
            return 1.0 if self.unit == "percent" else 0.01
        written, wanted = (TIME_UNITS.get(name.lower()) for name in (unit, self.unit))
        return written / wanted if written and wanted else 1.0

    def distance(self, value: Any, target: Any) -> float | None:
        """Return how far a value is from a number, or from a range given as ``[low, high]``."""
        if target is None:
            return None
        low, high = target if isinstance(target, list) else (target, target)
        gap = max(low - value, value - high, 0.0)
        allowed = max(self.within * abs(_middle(target)), self.slack, 1e-12 * abs(high))
        return gap if gap <= allowed else None

    def slip(self, value: Any, truth: Any) -> Slip | None:
        """Return the unit, percent, sign, fraction or rounding slip that explains the value."""
        middle = _middle(truth)
        factors = {
            **dict.fromkeys(_UNIT_FACTORS, Slip("unit", _UNIT)),
            **dict.fromkeys(_PERCENT_FACTORS, Slip("percent", _PERCENT)),
            -1.0: Slip("sign", _SIGN),
        }
        for factor, slip in factors.items():
            if value and self.distance(value / factor, truth) is not None:
                return slip
        if value and self.distance(1 / value, truth) is not None:
            return Slip("inverse", _INVERSE)
        digits = max(0, -Decimal(repr(value)).normalize().as_tuple().exponent)  # type: ignore[operator] # finite
        return Slip("rounded", _ROUNDED) if value == round(middle, digits) else None

    def miss(self, value: Any, truth: Any) -> str:
        """Return which side of the truth the value is on."""
        return f"{value:.6g} is too {'high' if value > _middle(truth) else 'low'}."


@dataclass(frozen=True)
class Count(Number):
    """How many there are of something: a whole number, exactly.

    Examples
    --------
    >>> Count().read("5").value, Count().read([1, 2]).slip.name, Count().slip(4.0, 5).name
    (5.0, 'collection', 'off_by_one')
    """

    within: float = 0.0

    def slip(self, value: Any, truth: Any) -> Slip | None:
        """Return the slip of fractions, negative counts and counts that are one off."""
        if value != int(value):
            return Slip("fraction", _WHOLE)
        if value < 0 <= truth:
            return Slip("negative", _NEGATIVE)
        return Slip("off_by_one", _NEAR) if abs(value - truth) == 1 else None


def _finite(value: Any) -> Reading:
    try:
        number = float(value)
    except OverflowError:
        return Reading(slip=Slip("huge", _HUGE))
    if math.isnan(number):
        return Reading(slip=Slip("nan", _NAN))
    return Reading(slip=Slip("huge", _HUGE)) if math.isinf(number) else Reading(number)


def _parse(digits: str) -> float | None:
    plain = digits.replace(",", "" if _THOUSANDS.fullmatch(digits) else ".")
    try:
        return float(plain)
    except ValueError:
        return None


def _rounded(value: float) -> float:
    return float(f"{value:.15g}")  # 0.4, not 0.4000000000000001, from 400 ms


def _middle(target: Any) -> float:
    return float(sum(target) / len(target)) if isinstance(target, list) else float(target)
