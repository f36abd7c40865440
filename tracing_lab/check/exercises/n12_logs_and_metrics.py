"""Exercises of notebook 12: logs, metrics and alarms."""

import re

import pandas as pd

from tracing_lab.check.exercise import Exercise, Facts, Mistake
from tracing_lab.check.forms import Choice, Count, Name
from tracing_lab.check.forms.spelling import is_service
from tracing_lab.check.near_ties import largest

_BILLED = re.compile(r"Billed Duration: (\d+) ms")


def _declined(lines: pd.DataFrame) -> Facts:
    payment = lines[lines["service"] == "payment"]
    errors = payment[payment["level"] == "ERROR"]
    told = errors[errors["fields"].map(lambda fields: fields.get("error")).eq("CardDeclined")]
    orders, declined = payment["trace_id"].nunique(), told["trace_id"].nunique()
    return {
        "truth": declined,
        "words": len(errors),
        "attempts": len(told),
        "orders": orders,
        "good": orders - declined,
        "lines": len(payment),
    }


DECLINED = Exercise(
    id="12.declined",
    form=Count(),
    facts=_declined,
    mistakes=(
        Mistake("words", "Those are all lines about errors, including those of Lambda's runtime."),
        Mistake("attempts", "Those are lines: one for each attempt. Count each order once."),
        Mistake("orders", "That is how many orders payment saw at all."),
        Mistake("good", "Those are the orders that were paid: turn the condition round."),
        Mistake("lines", "Those are all of payment's lines. Pass `fetch` a pattern."),
    ),
    hints=(
        "The member `error` of a line names the exception, `trace_id` the order's trace.",
        "Fetch payment's lines with a pattern on `$.error`, and count different trace ids.",
        'The pattern has the form `{ $.member = "value" }`; a column has `.nunique()`.',
    ),
)


def _billed(lines: pd.DataFrame) -> Facts:
    text = lines["message"].str.extract(_BILLED, expand=False)
    billed = text.dropna().astype(float).groupby(lines["service"].astype(str))
    totals = billed.sum()
    return {
        "truth": largest(totals),
        "longest": largest(billed.max(), within=0),
        "runs": largest(billed.size(), within=0),
        "least": largest(-totals, within=0),
    }


BILLED = Exercise(
    id="12.billed",
    form=Name(),
    facts=_billed,
    mistakes=(
        Mistake("longest", "That one had the longest single run. Add all of its runs up."),
        Mistake("runs", "That one runs most often, but not for long each time."),
        Mistake("least", "That is the other end of the table: mind the direction of `sort`."),
        Mistake(
            "smaller", "Its sum is not the largest: sort by it.", lambda value, _: is_service(value)
        ),
    ),
    hints=(
        "The query above groups by `@log`; only what it computes has to change.",
        "Replace the three statistics by one, and sort by it, downwards.",
        "Fill in: `stats ...(@billedDuration) as ms by @log | sort ms desc`.",
    ),
)


def _silent() -> Facts:
    return {"truth": "b", "function": "a", "queue": "c", "lines": "d"}


SILENT = Exercise(
    id="12.silent",
    form=Choice(("a", "b", "c", "d")),
    facts=_silent,
    mistakes=(
        Mistake("function", "Each attempt that ends with an exception counts as an error."),
        Mistake("queue", "After the third attempt an event that still fails is put there."),
        Mistake("lines", "Payment writes such a line for each attempt that fails."),
    ),
    hints=(
        "Follow a declined order: who notices, and when?",
        "Who already has an answer when payment starts?",
        "Compare what the customers saw in `log` with what each alarm watches.",
    ),
)

EXERCISES = (DECLINED, BILLED, SILENT)
