"""Exercises of notebook 15: leaving nothing behind."""

import math
from typing import Final

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Count, Number

_SECONDS: Final = 30 * 24 * 3600
_ORDERS_PER_S: Final = 5
_FREE_TRACES: Final = 100_000
_PRICE: Final = 5.00 / 1e6
# bills without free traces, for wrong numbers of traces per second
_UNFREE: Final = [per_s * _SECONDS * _PRICE for per_s in (_ORDERS_PER_S, 0.25, 1.25, 1.0, 0.2)]
_MOST_DOLLARS: Final = 10_000
_WHOLE_STACK: Final = 15  # so many resources remain only if nothing was deleted


def _left() -> Facts:
    return {"truth": 0, "plan_itself": 1}


LEFT = Exercise(
    id="15.left",
    form=Count(),
    facts=_left,
    mistakes=(
        Mistake("plan_itself", "Is this the number of plans? Count the steps of the dry run."),
        Mistake(
            "stack",
            "That is the whole stack: this dry run is older than the `destroy` for real, or it is "
            "the plan to create everything anew.",
            lambda value, _: value >= _WHOLE_STACK,
        ),
        Mistake(
            "some",
            "If so much is left, `destroy` was interrupted. Run it again with `confirm=True`, "
            "then count.",
            lambda value, _: 1 < value < _WHOLE_STACK,
        ),
    ),
    hints=(
        "A dry run is `destroy` without `confirm=True`.",
        "Make a fresh dry run, after the `destroy` for real, and count its steps.",
        "The steps of a dry run are in its `.steps`; `len(...)` counts them.",
    ),
)


def _bill() -> Facts:
    first, rest = 1.0, 0.05 * (_ORDERS_PER_S - 1)
    return {
        "truth": _cost(first + rest),
        "not_free": (first + rest) * _SECONDS * _PRICE,
        "all_orders": _cost(_ORDERS_PER_S),
        "only_share": _cost(0.05 * _ORDERS_PER_S),
        "share_of_all": _cost(first + 0.05 * _ORDERS_PER_S),
        "only_first": _cost(first),
        "only_rest": _cost(rest),
        "traces": (first + rest) * _SECONDS,
        "billed_traces": (first + rest) * _SECONDS - _FREE_TRACES,
        "one_day": (first + rest) * _SECONDS / 30 * _PRICE,
    }


def _cost(traces_per_s: float) -> float:
    return (traces_per_s * _SECONDS - _FREE_TRACES) * _PRICE


BILL = Exercise(
    id="15.bill",
    form=Number("dollars", within=0.003),
    facts=_bill,
    mistakes=(
        Mistake("not_free", "All steps but one: some traces are free each month."),
        Mistake("all_orders", "The first step: with the default rule, not all orders are traced."),
        Mistake(
            "only_share",
            "The first step: each second has a first request, which is always recorded.",
        ),
        Mistake(
            "share_of_all",
            "The first step: the share is taken of the *other* requests of a second, not of all.",
        ),
        Mistake(
            "only_first", "The first step: there are more requests than the first each second."
        ),
        Mistake("only_rest", "The first step: the first request of each second is missing."),
        Mistake("traces", "The last step: these are traces. What does a million of them cost?"),
        Mistake("billed_traces", "The last step: these are the traces to pay for, not dollars."),
        Mistake(
            "first_and_third",
            "Two steps: how many traces per second the rule records, and how many are free.",
            lambda value, _: any(math.isclose(value, bill, rel_tol=0.003) for bill in _UNFREE),
        ),
        Mistake(
            "no_price",
            "The last step: so many are traces, not dollars. Check the traces per second, too.",
            lambda value, _: value >= _MOST_DOLLARS,
        ),
        Mistake("one_day", "The second step: this is a day's worth. The bill is for a month."),
    ),
    hints=(
        "There are four steps: traces per second, per month, without the free ones, then dollars.",
        "Per second: the first request, and the share of those that come after it in that second.",
        "`(traces_per_s * 30 * 24 * 3600 - free) * price_per_million / 1e6`.",
    ),
)

EXERCISES = (LEFT, BILL)
