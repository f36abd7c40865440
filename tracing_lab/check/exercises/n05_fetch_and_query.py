"""Exercises of notebook 05: summaries, and filter expressions."""

from typing import Any

import pandas as pd

from tracing_lab.check import samples
from tracing_lab.check.exercise import Exercise, Facts, Mistake, Rows
from tracing_lab.check.forms import Count
from tracing_lab.check.forms.spelling import spelled
from tracing_lab.spans import spans_from_traces
from tracing_lab.summaries import frame_from_summaries

AFTER_S = 0.5
EXPENSIVE = 500


def _after(summaries: pd.DataFrame) -> Facts:
    later_s = summaries["duration_s"] - summaries["response_s"]
    return {
        "truth": int((later_s > AFTER_S).sum()),
        "duration": int((summaries["duration_s"] > AFTER_S).sum()),
        "response": int((summaries["response_s"] > AFTER_S).sum()),
        "any": int((later_s > 0).sum()),
        "turned": int((later_s <= AFTER_S).sum()),
        "all": len(summaries),
    }


def _summaries() -> pd.DataFrame:
    """Return summaries of ten traces: work goes on in six, in three for 0.6 s or more."""
    times = [(0.1, 0.1), (0.7, 0.7), (0.8, 0.8), (0.9, 0.9)]
    times += [(0.1, 0.2), (0.3, 0.6), (0.3, 0.7), (0.1, 0.7), (0.2, 0.9), (0.6, 1.2)]
    return frame_from_summaries(
        {"Id": samples.trace_id(number), "ResponseTime": response, "Duration": duration}
        for number, (response, duration) in enumerate(times)
    )


AFTER = Exercise(
    id="05.after",
    form=Count(),
    facts=_after,
    mistakes=(
        Mistake("duration", "That looks at durations alone, in which the client's wait counts."),
        Mistake("response", "Those clients waited long. What happened once they had an answer?"),
        Mistake("any", "That counts each order with any work afterwards, however little."),
        Mistake("turned", "Those are the orders that were done soon: turn the condition round."),
        Mistake("all", "That is how many summaries there are. Compare two of their columns."),
    ),
    hints=(
        "`duration_s` and `response_s` begin together, and end at different times.",
        "Subtract one column from the other, compare with the limit, and count what is True.",
        "Fill in: `(summaries[...] - summaries[...] > ...).sum()`.",
    ),
    rows=Rows(
        data=lambda: {"summaries": _summaries()},
        right=(3, "3", 3.0, pd.Series([3])),
        wrong=(
            (8, "duration"),
            (4, "response"),
            (6, "any"),
            (7, "turned"),
            (10, "all"),
            (2, "off_by_one"),
            (0.5, "fraction"),
            (True, "bool"),
            (_summaries()["duration_s"] > AFTER_S, "mask"),
            (_summaries(), "table"),
        ),
    ),
)


def _orders(spans: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each trace: what its client and its payment had, and its amount."""
    trace = spans.index.get_level_values("trace_id")
    failed = spans["error"] | spans["fault"]
    is_payment = spans["service"].map(lambda name: spelled(name).name == "payment")
    amount = spans["annotations"].map(lambda own: own.get("payment_amount"))
    table = {
        "ok": ~(failed & spans["parent_id"].isna()),
        "reached": ~is_payment,
        "paid": ~(failed & is_payment & spans["kind"].eq("segment")),
    }
    orders = pd.DataFrame(table).groupby(trace).all()
    return orders.assign(amount=amount.astype(float).groupby(trace).max())


def _declined(spans: pd.DataFrame) -> Facts:
    orders = _orders(spans)
    reached = ~orders["reached"]
    return {
        "truth": int((orders["ok"] & ~orders["paid"]).sum()),
        "root": int((~orders["ok"]).sum()),
        "either": int((~orders["ok"] | ~orders["paid"]).sum()),
        "reached": int(reached.sum()),
        "paid": int((reached & orders["paid"]).sum()),
        "nothing": 0,
        "all": len(orders),
    }


def _expensive(spans: pd.DataFrame) -> Facts:
    orders = _orders(spans)
    declined, dear = ~orders["paid"], orders["amount"] > EXPENSIVE
    return {
        "truth": int((declined & dear).sum()),
        "amount": int(dear.sum()),
        "declined": int(declined.sum()),
        "either": int((declined | dear).sum()),
        "paid": int((~declined & dear).sum()),
        "cheap": int((declined & (orders["amount"] < EXPENSIVE)).sum()),
        "nothing": 0,
    }


def _trace(number: int, amount: float | None, *, fails: bool = False) -> dict[str, Any]:
    """Return a trace of an order; without an amount, one that failed before the payment."""
    times: dict[str, Any] = {"start_time": 100.0, "end_time": 101.0}
    root = {**times, "id": "a1", "name": samples.API, "fault": amount is None}
    charge = {**times, "id": "a3", "name": "charge", "annotations": {"payment_amount": amount}}
    payment = {**times, "id": "a2", "name": samples.full_name("payment"), "parent_id": "a1"}
    payment |= {"error": fails, "subsegments": [charge]}
    documents = [root] if amount is None else [root, payment]
    segments = [{"Id": each["id"], "Document": each} for each in documents]
    return {"Id": samples.trace_id(number), "Segments": segments}


def _spans() -> pd.DataFrame:
    """Return 20 orders: 3 fail at once, 9 payments fail, 3 of them of more than 500.

    Of the 8 payments that succeed, 4 are of more than 500.
    """
    declined = [600.0, 700.0, 800.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    paid = [600.0, 700.0, 800.0, 900.0, 10.0, 20.0, 30.0, 40.0]
    traces = [_trace(number, None) for number in range(3)]
    traces += [_trace(3 + at, amount, fails=True) for at, amount in enumerate(declined)]
    traces += [_trace(12 + at, amount) for at, amount in enumerate(paid)]
    return spans_from_traces(traces)


DECLINED = Exercise(
    id="05.declined",
    form=Count(),
    facts=_declined,
    mistakes=(
        Mistake("root", "Those clients were told that it failed: a keyword alone is the root's."),
        Mistake("either", "Some of these failed in front of the client. Ask for `ok` as well."),
        Mistake("reached", "That counts all orders that got to the payment, however it went."),
        Mistake("paid", "Those payments went well: look at the `!` and the braces."),
        Mistake("nothing", "Nothing at all? See above which flag a function has that raises."),
        Mistake("all", "That is every order. What do you ask about the payment?"),
    ),
    hints=(
        "What the client was told is a keyword alone; the payment needs its service.",
        "In braces behind the payment's service, ask for the flag of a function that raised.",
        'Count `payment + " { ... } AND ..."`.',
    ),
    rows=Rows(
        data=lambda: {"spans": _spans()},
        right=(9, "9", 9.0, pd.Series([9])),
        wrong=(
            (3, "root"),
            (12, "either"),
            (17, "reached"),
            (8, "paid"),
            (0, "nothing"),
            (20, "all"),
            (10, "off_by_one"),
            (["1-00000064-1"] * 9, "collection"),
        ),
    ),
)

DEAR = Exercise(
    id="05.expensive",
    form=Count(),
    facts=_expensive,
    mistakes=(
        Mistake("amount", "Those are all expensive orders, paid or not."),
        Mistake("declined", "Those are all failed payments, of whatever amount."),
        Mistake("either", "One of the two conditions is enough here. Which word asks for both?"),
        Mistake("paid", "Those are expensive orders whose payment went well."),
        Mistake("cheap", "Those are the cheap ones: turn the comparison round."),
        Mistake("nothing", "Nothing? A number stands without quotes; text is never larger."),
    ),
    hints=(
        "It takes two conditions: on the payment's service, and on an annotation.",
        "The amount is `annotation.payment_amount`; compare it with a number.",
        'Count `payment + " { ... } AND annotation.... > ..."`.',
    ),
    rows=Rows(
        data=lambda: {"spans": _spans()},
        right=(3, "3", 3.0, pd.Series([3])),
        wrong=(
            (7, "amount"),
            (9, "declined"),
            (13, "either"),
            (4, "paid"),
            (6, "cheap"),
            (0, "nothing"),
            (2, "off_by_one"),
            (500, ""),
        ),
    ),
)

EXERCISES = (AFTER, DECLINED, DEAR)
