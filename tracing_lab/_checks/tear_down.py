"""Exercises of notebook 15: leaving nothing behind."""

from types import MappingProxyType
from typing import Any

from .compare import CheckTable, Hint, number

_SECONDS_PER_30_DAYS = 30 * 24 * 3600
_ORDERS_PER_S = 5
_FREE_TRACES = 100_000
_PRICE_PER_TRACE = 5.00 / 1e6


def left(answer: Any) -> Hint:
    """Check how many resources remain after the stack was destroyed."""
    return number(answer, 0, hint="Ask for a fresh plan to destroy and count what it lists.")


def bill(answer: Any) -> Hint:
    """Check X-Ray's bill for a month under the default sampling rule."""
    sampled_per_s = 1 + 0.05 * (_ORDERS_PER_S - 1)
    traces = sampled_per_s * _SECONDS_PER_30_DAYS
    truth = (traces - _FREE_TRACES) * _PRICE_PER_TRACE
    hint = (
        "First the traces per second (one, and 5 % of the other orders), "
        "then per month, then without the free ones, then the price."
    )
    return number(answer, truth, within=0.05, hint=hint)


CHECKS: CheckTable = MappingProxyType({"15.left": left, "15.bill": bill})
